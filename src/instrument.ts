import type { SerfError } from './errors.ts';
import type { ConnectionStatus, DropReport } from './model.ts';
import type { Command } from './protocol/commands.ts';

/**
 * Hooks into a client, for whoever measures it: each is optional, and costs nothing where it is not there. They are called in the
 * midst of things, so they should be quick. What one throws is nobody's: it is swallowed, and the client goes on.
 *
 * ```
 * members()     --^------v|     request({command: 'members'}) … end({outcome: 'done', duration: 6})
 * stream('*')   --^-e--e---!    request({command: 'stream', subject: '*'}) record(e) record(e) end({outcome: 'unsubscribed'})
 * ```
 *
 * `rxserf/opentelemetry` has hooks that make spans and metrics of all this.
 *
 * @example
 * ```ts
 * import { connect, type Instrument } from 'rxserf';
 *
 * const slow: Instrument = {
 *   request: ({ command }) => ({
 *     end: ({ duration, outcome }) => duration > 500 && console.log(command, outcome, duration),
 *   }),
 *   connection: (status) => console.log(status.state),
 *   dropped: (report) => console.log('lost', report.cause),
 * };
 * connect('127.0.0.1:7373', { instrument: slow });
 * ```
 */
export interface Instrument {
  /** Called when a request, a query, a stream or a monitor is subscribed to. What it returns is told what becomes of it. */
  readonly request?: (request: InstrumentedRequest) => RequestHooks | undefined;
  /** Called with each state of the main connection, `idle` first: as `status$` has them. */
  readonly connection?: (status: ConnectionStatus) => void;
  /** Called with everything that was lost: as `dropped$` has it. */
  readonly dropped?: (report: DropReport) => void;
}

/** What was asked for. */
export interface InstrumentedRequest {
  /** The command's name on the wire, such as `get-coordinate`. */
  readonly command: Command;
  /** The name of an event or a query, the filter of a stream, the level of a monitor. */
  readonly subject?: string;
  /** The agent that the client is connected to, as `host:port`; none: it has yet to connect. */
  readonly address?: string;
}

/** What is told of one request. */
export interface RequestHooks {
  /** Called with each value on its way to the subscriber: an answer, a reply, an event, a line. */
  readonly record?: (value: unknown) => void;
  /** Called once, at the end, just before the subscriber hears of it. */
  readonly end?: (end: RequestEnd) => void;
}

/** How a request ended. */
export interface RequestEnd {
  /**
   * - `done`: it was answered, or completed
   * - `failed`: with an `error`
   * - `unsubscribed`: nobody wanted to know any more, as `take(1)` does
   */
  readonly outcome: 'done' | 'failed' | 'unsubscribed';
  readonly error?: SerfError;
  /** How long it took, in ms, from the subscription on, connecting included. */
  readonly duration: number;
  /** The agent that it was for, as `host:port`, where that is known. */
  readonly address?: string;
}
