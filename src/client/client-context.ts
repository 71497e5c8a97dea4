import { type Observable, Subject } from 'rxjs';
import type { Address } from '../address.ts';
import { countOf, optionsOf, payloadBytes, timeoutOf } from '../arguments.ts';
import { type Codec, codecOr } from '../codec.ts';
import type { SerfError } from '../errors.ts';
import type { DropReport, Member } from '../model.ts';
import type { ClientOptions } from '../options.ts';
import { COMMANDS, type Command } from '../protocol/commands.ts';
import type { RequestBody, WireValue } from '../protocol/wire.ts';
import { Deadlines } from '../rpc/deadlines.ts';
import type { RequestOptions, RespondOptions } from '../serf.ts';
import type { Channel } from './calls/call.ts';
import { traced } from './calls/call-error.ts';
import { Instrumentation } from './calls/instrumented.ts';
import { membersByPattern } from './calls/members-by-pattern.ts';
import { PatternCheck } from './calls/pattern-check.ts';
import { unaryCall } from './calls/unary-call.ts';
import { Connections } from './connection/connections.ts';
import { Dialer } from './connection/dialer.ts';

/** What all requests of a client share: its options, connections, deadlines, and where losses are told. */
export class ClientContext {
  readonly options: ClientOptions<unknown>;
  readonly connections: Connections;
  readonly deadlines: Deadlines;
  readonly dropped = new Subject<DropReport>();
  readonly patterns = new PatternCheck((body) => this.filteredMembers(body, {}));
  readonly #instrumentation: Instrumentation | undefined;

  constructor(addresses: readonly Address[], options: ClientOptions<unknown>) {
    const { authKey, scheduler, idleTimeout, reconnect, wake$, instrument } = options;
    const dialer = new Dialer(addresses, authKey, options);
    this.options = options;
    this.deadlines = new Deadlines(scheduler);
    const single = addresses.every(({ peer }) => peer === 'gateway');
    this.connections = new Connections({ dialer, scheduler, idleTimeout, reconnect, wake$, single });
    if (instrument)
      this.#instrumentation = new Instrumentation(
        instrument,
        scheduler,
        this.connections.status$,
        this.dropped,
      );
  }

  /** A request with a single answer, on the connection that the table says, or through `channel`. */
  request<C extends Command, T>(
    command: C,
    options: RequestOptions,
    toValue: (body: WireValue | undefined) => T,
    body: RequestBody<C>,
    channel: Channel = this.connections.lane(COMMANDS[command].lane),
  ): Observable<T> {
    const timeout = this.timeout(command, options);
    const answer$ = unaryCall(channel, this.deadlines, { command, body, timeout, toValue });
    return this.instrumented(command, body && 'Name' in body ? body.Name : undefined, this.traced(answer$));
  }

  /** `members` that match patterns. */
  filteredMembers(body: RequestBody<'members-filtered'>, options: RequestOptions): Observable<Member[]> {
    const { connections, deadlines } = this;
    const { lane } = COMMANDS['members-filtered'];
    const members$ = membersByPattern(body, {
      channel: connections.lane(lane),
      another: connections.single ? undefined : () => connections.spare(),
      deadlines,
      timeout: this.timeout('members-filtered', options),
    });
    return this.instrumented('members-filtered', undefined, this.traced(members$));
  }

  /** What an application subscribes to: with the option `instrument`, its hooks are told. */
  instrumented<T>(command: Command, subject: string | undefined, source$: Observable<T>): Observable<T> {
    return this.#instrumentation ? this.#instrumentation.request(command, subject, source$) : source$;
  }

  /** What an application subscribes to: with the option `trace`, its errors say where it did. */
  traced<T>(source$: Observable<T>): Observable<T> {
    return this.options.trace ? traced(source$) : source$;
  }

  /** An answer to a query, on the connection that the query came on. */
  respond<T>(
    channel: Channel,
    id: number,
    payload: T | undefined,
    options: RespondOptions<T>,
  ): Observable<void> {
    const { codec } = optionsOf('respond', options);
    const body = {
      ID: countOf('respond', 'the id', id, Number.MAX_SAFE_INTEGER),
      Payload: this.payload('respond', this.codec(codec), payload),
    };
    return this.request('respond', options, toNothing, body, channel);
  }

  /** A payload as bytes. */
  payload<T>(command: Command, codec: Codec<T>, payload: T | undefined): Uint8Array {
    return payloadBytes(command, codec, payload, this.options.payloadLimit);
  }

  /** The call's own codec or the client's: where a call brings none, its T is the client's P. */
  codec<T>(codec: Codec<T> | undefined): Codec<T> {
    return codecOr(codec, this.options.codec);
  }

  /** How long to wait for the agent's first answer, in ms. */
  timeout(command: Command, options: RequestOptions): number {
    return timeoutOf(command, options, this.options.timeout);
  }

  /** A record that is not what its stream should carry was left out. */
  malformed(subject: string, error: SerfError): void {
    this.dropped.next({ cause: 'malformed', count: 1, subject, error });
  }
}

/** An answer that says no more than "ok". */
export function toNothing(): void {}
