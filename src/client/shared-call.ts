import {
  concat,
  defer,
  EMPTY,
  ignoreElements,
  interval,
  type Observable,
  type SchedulerLike,
  type Subscriber,
  type Subscription,
  take,
  takeWhile,
} from 'rxjs';
import type { SerfError } from '../errors.ts';
import type { StreamGap } from '../model.ts';
import type { WireValue } from '../protocol/reader.ts';
import type { RequestBody } from '../protocol/wire.ts';
import { timedOut } from './ask.ts';
import { Call, type Caller } from './call.ts';
import type { Deadlines, Expiring } from './deadlines.ts';
import type { Session } from './session.ts';

/** The commands whose records several subscribers can share. */
export type SharedCommand = 'stream' | 'monitor';

/** One subscriber, and how it wants its records read. */
export interface Listener<R, V> {
  readonly subscriber: Subscriber<V>;
  /** Listeners with the same reader share what it makes of a record. */
  readonly reader: R;
  /** Told when records may have been missed; what it throws ends this subscriber. */
  readonly onGap?: (gap: StreamGap, subscriber: Subscriber<V>) => void;
}

/** The listeners with the same reader. */
interface Group<R, V> {
  readonly reader: R;
  readonly listeners: Listener<R, V>[];
}

function groupByReader<R, V>(listeners: readonly Listener<R, V>[]): Group<R, V>[] {
  const groups: Group<R, V>[] = [];
  for (const listener of listeners) {
    const group = groups.find(({ reader }) => reader === listener.reader);
    if (group) group.listeners.push(listener);
    else groups.push({ reader: listener.reader, listeners: [listener] });
  }
  return groups;
}

/** What a {@link SharedCall} is made of. */
export interface SharedCallOptions<R, V> {
  readonly caller: Caller;
  readonly deadlines: Deadlines;
  readonly scheduler: SchedulerLike;
  /** How long to wait for the first response, in ms. */
  readonly timeout: number;
  /** How long there must have been no record before the agent is told to stop, in ms. */
  readonly linger: number;
  /** Where the agent begins with old records: how many at most, and what makes two the same one. */
  readonly repeats?: { readonly most: number; readonly identify: (body: WireValue) => unknown };
  /** What a record means to a reader. What it throws ends that record only. */
  readonly read: (body: WireValue | undefined, reader: R, session: Session) => V;
  readonly onMalformed: (error: SerfError) => void;
  /** It goes on after a time without a connection. */
  readonly onGap: (gap: StreamGap) => void;
  /** It has ended: who subscribes from now on needs another one. */
  readonly onOver: () => void;
}

/**
 * One stream of the agent's, for any number of subscribers here.
 *
 * ```
 * a subscribes      --!                       stream is sent
 * records           ----x----y----z------
 * a                 ----x----y--!
 * b subscribes      -------!                  nothing is sent
 * b                 ---------y----z-!
 * stop              ---------------------!    once it has been silent for `linger`
 * ```
 *
 * An agent can crash when a stream is stopped while events flow: it closes the stream's channel, and its event loop
 * may be about to send there ("send on closed channel", hashicorp/serf `ipc_event_stream.go`). So a stream that
 * nobody listens to is silenced here and stopped in a quiet moment, or taken up by the next subscriber.
 */
export class SharedCall<R, V> extends Call<SharedCommand> implements Expiring {
  readonly deadline: number;
  readonly #options: SharedCallOptions<R, V>;
  // Replaced, never changed: a subscriber that comes or goes during a record does not disturb its delivery.
  #listeners: readonly Listener<R, V>[] = [];
  /** The same, by reader: a record is read once for each of these. */
  #groups: readonly Group<R, V>[] = [];
  #records = 0;
  readonly #last: WireValue[] = [];
  /** While the agent repeats old records after a reconnect: those that were delivered before it. */
  #delivered: readonly WireValue[] = [];
  /** Those that may be repeated ones, until that is clear. */
  #held: readonly WireValue[] = [];
  #lostAt: number | undefined;
  #session: Session | undefined;
  #lingering: Subscription | undefined;

  constructor(command: SharedCommand, body: RequestBody<SharedCommand>, options: SharedCallOptions<R, V>) {
    super(command, body);
    this.#options = options;
    this.deadline = options.deadlines.now() + options.timeout;
  }

  add(listener: Listener<R, V>): void {
    this.#lingering?.unsubscribe();
    this.#listen([...this.#listeners, listener]);
    listener.subscriber.add(() => this.#remove(listener));
    for (const body of this.#last) this.#deliver(body, groupByReader([listener]));
    if (listener.subscriber.closed) return;
    if (this.state !== 'unsent' || this.#listeners.length > 1) return;
    this.#options.deadlines.add(this);
    this.#options.caller.call(this);
  }

  reply(_body: WireValue | undefined, session: Session): void {
    const { deadlines } = this.#options;
    this.#session = session;
    deadlines.delete(this);
    if (this.#listeners.length === 0) this.#linger();
    if (this.#lostAt === undefined) return;
    const gap: StreamGap = {
      event: 'gap',
      cause: 'reconnect',
      address: session.address,
      away: deadlines.now() - this.#lostAt,
    };
    this.#lostAt = undefined;
    this.#options.onGap(gap);
    for (const { subscriber, onGap } of this.#listeners) {
      if (subscriber.closed) continue;
      try {
        onGap?.(gap, subscriber);
      } catch (error) {
        subscriber.error(error);
      }
    }
  }

  override interrupted(): boolean {
    if (this.#listeners.length === 0) {
      this.#retire();
      return false;
    }
    this.#lostAt ??= this.#options.deadlines.now();
    this.#delivered = [...this.#last];
    this.#held = [];
    return true;
  }

  override record(body: WireValue): void {
    this.#records++;
    if (this.#delivered.length > 0) this.#takeUnlessRepeated(body);
    else this.#take(body);
  }

  #take(body: WireValue): void {
    const { repeats } = this.#options;
    if (repeats && this.#last.push(body) > repeats.most) this.#last.shift();
    this.#deliver(body, this.#groups);
  }

  /**
   * A new monitor begins with old lines, in order. If they are those that were delivered before, up to the last one, they
   * are repeated; if they differ somewhere on the way, it is another agent, whose lines just began alike.
   */
  #takeUnlessRepeated(body: WireValue): void {
    const identify = this.#options.repeats?.identify ?? String;
    const line = identify(body);
    const at = this.#held.length === 0 ? this.#delivered.findIndex((record) => identify(record) === line) : 0;
    const next = this.#delivered[at];
    const repeated = next !== undefined && identify(next) === line;
    const held = this.#held;
    if (repeated) {
      this.#delivered = this.#delivered.slice(at + 1);
      this.#held = this.#delivered.length > 0 ? [...held, body] : [];
      return;
    }
    this.#delivered = [];
    this.#held = [];
    for (const record of held) this.#take(record);
    this.#take(body);
  }

  fail(error: SerfError): void {
    for (const { subscriber } of this.#retire()) subscriber.error(error);
  }

  expire(): void {
    this.#options.caller.cancel(this);
    this.fail(timedOut(this.command, this.#options.timeout));
  }

  /** Completes all subscribers, and completes when the agent has been told to stop: in a quiet moment, or after `most` looks. */
  close(window: number, most: number): Observable<never> {
    const quiet = this.state === 'unsent' ? EMPTY : this.#quiet(window).pipe(take(most), ignoreElements());
    for (const { subscriber } of this.#retire()) subscriber.complete();
    return concat(
      quiet,
      defer(() => {
        this.#options.caller.cancel(this);
        return EMPTY;
      }),
    );
  }

  #deliver(body: WireValue, groups: readonly Group<R, V>[]): void {
    for (const { reader, listeners } of groups) {
      let value: V;
      try {
        value = this.#options.read(body, reader, this.#session as Session);
      } catch (error) {
        this.#options.onMalformed(error as SerfError);
        return;
      }
      for (const { subscriber } of listeners) subscriber.next(value);
    }
  }

  #listen(listeners: readonly Listener<R, V>[]): void {
    this.#listeners = listeners;
    this.#groups = groupByReader(listeners);
  }

  #remove(listener: Listener<R, V>): void {
    const listeners = this.#listeners.filter((other) => other !== listener);
    if (listeners.length === this.#listeners.length) return;
    this.#listen(listeners);
    if (listeners.length > 0) return;
    if (this.state === 'unsent') this.#stop();
    else if (this.state === 'answered') this.#linger();
  }

  #linger(): void {
    this.#lingering = this.#quiet(this.#options.linger).subscribe({ complete: () => this.#stop() });
  }

  /** Completes when no record has come between two looks, `window` ms apart. */
  #quiet(window: number): Observable<number> {
    let seen = this.#records;
    return interval(window, this.#options.scheduler).pipe(
      takeWhile(() => {
        const answered = this.state !== 'asked' && this.state !== 'cancelled';
        const quiet = answered && seen === this.#records;
        seen = this.#records;
        return !quiet;
      }),
    );
  }

  #stop(): void {
    this.#options.caller.cancel(this);
    this.#retire();
  }

  /** It is over: gives those who listened until now. */
  #retire(): readonly Listener<R, V>[] {
    const listeners = this.#listeners;
    this.#listen([]);
    this.#lingering?.unsubscribe();
    this.#options.deadlines.delete(this);
    this.#options.onOver();
    return listeners;
  }
}
