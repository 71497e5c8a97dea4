import type { SchedulerLike } from 'rxjs';
import { monotonicScheduler } from '../clock.ts';
import { InvalidArgumentError } from '../errors.ts';
import { DEFAULT_PATCH_LIMITS, type JsonPatchLimits, patchLimits } from '../json-patch/limits.ts';
import { atLeast, duration } from '../options.ts';

/** What a peer may call: its arguments in, the answer out, as a value, a Promise, or the first value of an Observable. */
// biome-ignore lint/suspicious/noExplicitAny: the arguments come from the peer, and each action says what it expects.
export type JugglerAction = (...args: any[]) => unknown;

/** Bounds on what a peer may send, and on what waits for one that reads slowly. */
export interface JugglerLimits extends JsonPatchLimits {
  /** The largest frame that is taken, in bytes. @defaultValue 4,194,304 of a client, 33,554,432 of a server */
  readonly frameBytes: number;
  /** How long the peer's document may become, in characters of JSON text. @defaultValue 4,194,304 of a client, 33,554,432 of a server */
  readonly size: number;
  /**
   * How much one patch may take, as `rxserf/json-patch` counts it: to change one member of a large object is to copy it, so a peer with a
   * large document can keep a process busy with small frames. @defaultValue 1,000,000 of a client, 5,000,000 of a server
   */
  readonly work: number;
  /**
   * How much may wait to be sent, in bytes. Data waits then, and only its last state is sent; `send` and `call` fail with
   * `overflow`, and a peer that asks and does not read is disconnected. @defaultValue 8,388,608
   */
  readonly sendBytes: number;
  /** How many calls may wait for an answer. @defaultValue 10,000 */
  readonly calls: number;
  /** How many actions run at a time. @defaultValue 64 */
  readonly concurrency: number;
  /** How many more calls of the peer may wait, in `sendBytes` altogether; others are refused. @defaultValue 1,000 */
  readonly waiting: number;
}

/** Options of a juggler connection, on either side. Times are in ms. */
export interface JugglerOptions {
  /**
   * When local data is sent after it was set: so many ms after the first change that was not sent, with the last value then;
   * `0`: each value, at once; `'manual'`: by `flush()`. @defaultValue 200
   */
  readonly autoflush?: number | 'manual';
  /**
   * What the peer may call, by name; own properties only. Without it (and without `defaultAction`), calls are messages like any other, and come on
   * `messages$`. @defaultValue none
   */
  readonly actions?: Readonly<Record<string, JugglerAction>>;
  /** Called with name and arguments for what `actions` does not have. @defaultValue the peer is told "invalid action" */
  readonly defaultAction?: JugglerAction;
  /** Whether actions run side by side; `false`: one after the other, in the order of the calls. @defaultValue true */
  readonly parallel?: boolean;
  /** How long an action may take, in ms; 0: for ever. @defaultValue 60,000 */
  readonly actionTimeout?: number;
  /** Called with what an action threw that was no `RpcError`; the peer is told nothing of it. @defaultValue it is ignored */
  readonly onActionError?: (error: unknown, action: string) => void;
  /** How long a call waits for its answer, in ms; 0: for ever. @defaultValue 10,000 */
  readonly timeout?: number;
  /** How many messages are kept while nobody is subscribed to `messages$`, in `limits.frameBytes` altogether. @defaultValue 1,000 */
  readonly buffer?: number;
  /**
   * How often the peer is sent a PING, in ms; one that has not answered when the next one is due is gone. Only for peers that
   * know it: others close the connection. A PING is answered in any case. @defaultValue false
   */
  readonly ping?: number | false;
  /** Bounds; `Infinity` takes one away. */
  readonly limits?: Partial<JugglerLimits>;
  /** Where all time comes from; a `TestScheduler` makes it virtual. @defaultValue monotonic time */
  readonly scheduler?: SchedulerLike;
}

/** {@link JugglerOptions} with the defaults in their places. */
export interface JugglerSettings {
  readonly autoflush: number | 'manual';
  readonly actions: Readonly<Record<string, JugglerAction>> | undefined;
  readonly defaultAction: JugglerAction | undefined;
  readonly parallel: boolean;
  readonly actionTimeout: number;
  readonly onActionError: (error: unknown, action: string) => void;
  readonly timeout: number;
  readonly buffer: number;
  /** 0: never. */
  readonly ping: number;
  readonly limits: JugglerLimits;
  readonly scheduler: SchedulerLike;
}

const MIB = 1024 * 1024;

/** What differs by side. */
type PeerLimits = Pick<JugglerLimits, 'frameBytes' | 'size' | 'work'>;

/** What is taken from a client: it is one of many. */
export const OF_A_CLIENT: PeerLimits = { frameBytes: 4 * MIB, size: 4 * MIB, work: 1_000_000 };
/** What is taken from a server. */
export const OF_A_SERVER: PeerLimits = { frameBytes: 32 * MIB, size: 32 * MIB, work: 5_000_000 };

/**
 * Adds the defaults.
 *
 * @throws `InvalidArgumentError` for what cannot be
 */
export function withDefaults(options: JugglerOptions, peer: PeerLimits): JugglerSettings {
  if (typeof options !== 'object' || options === null) throw invalid('the options should be an object');
  const { actions, defaultAction, autoflush = 200, ping = false, limits = {}, scheduler } = options;
  if (actions !== undefined && (typeof actions !== 'object' || actions === null))
    throw invalid('actions should be a table of functions');
  for (const [name, action] of Object.entries(actions ?? {}))
    if (typeof action !== 'function') throw invalid(`actions.${name} should be a function`);
  if (defaultAction !== undefined && typeof defaultAction !== 'function')
    throw invalid('defaultAction should be a function');
  return {
    autoflush: autoflush === 'manual' ? autoflush : duration('autoflush', autoflush),
    actions,
    defaultAction,
    parallel: options.parallel ?? true,
    actionTimeout: duration('actionTimeout', options.actionTimeout ?? 60_000),
    onActionError: options.onActionError ?? (() => undefined),
    timeout: duration('timeout', options.timeout ?? 10_000),
    buffer: atLeast('buffer', 0, options.buffer ?? 1_000),
    ping: ping === false ? 0 : Math.max(1, duration('ping', ping)),
    limits: {
      ...patchLimits({ ...DEFAULT_PATCH_LIMITS, ...peer, ...defined(limits) }),
      frameBytes: atLeast('limits.frameBytes', 1, limits.frameBytes ?? peer.frameBytes),
      sendBytes: atLeast('limits.sendBytes', 1, limits.sendBytes ?? 8 * MIB),
      calls: atLeast('limits.calls', 1, limits.calls ?? 10_000),
      concurrency: atLeast('limits.concurrency', 1, limits.concurrency ?? 64),
      waiting: atLeast('limits.waiting', 0, limits.waiting ?? 1_000),
    },
    scheduler: scheduler ?? monotonicScheduler,
  };
}

function defined<T extends object>(table: T): T {
  return Object.fromEntries(Object.entries(table).filter(([, value]) => value !== undefined)) as T;
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', `juggler: ${message}`);
}
