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
import type { SerfError } from '../../errors.ts';
import type { StreamGap } from '../../model.ts';
import type { RequestBody, WireValue } from '../../protocol/wire.ts';
import type { Deadlines } from '../../rpc/deadlines.ts';
import { Call, type Caller, type CallSession } from './call.ts';
import type { Repeats } from './replay-filter.ts';
import { type Group, groupByReader, Listener, type Listening, type Reading } from './stream-subscriber.ts';

/** The commands whose records several subscribers can share. */
export type SharedCommand = 'stream' | 'monitor';

/** What all shared calls of one kind have. */
export interface SharedKind<R, V> {
  readonly command: SharedCommand;
  readonly deadlines: Deadlines;
  readonly scheduler: SchedulerLike;
  /** How long there must have been no record before the agent is told to stop, in ms. */
  readonly linger: number;
  /** Where the agent begins with old records: what is known of those. */
  readonly repeats?: () => Repeats;
  /** Whether who comes later begins with those as well. */
  readonly retell?: boolean;
  /** What is asked for a subject: a filter, a level. */
  readonly body: (subject: string) => RequestBody<SharedCommand>;
  /** What a record means to a reader. What it throws ends that record only. */
  readonly read: (body: WireValue | undefined, reader: R, session: CallSession) => V;
  readonly onMalformed: (subject: string, error: SerfError) => void;
  /** It goes on after a time without a connection. */
  readonly onGap: (subject: string, gap: StreamGap) => void;
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
export class SharedCall<R, V> extends Call<SharedCommand> implements Listening<R, V> {
  readonly subject: string;
  readonly #kind: SharedKind<R, V>;
  readonly #caller: Caller;
  /** It has ended: who subscribes from now on needs another one. */
  readonly #onOver: (call: SharedCall<R, V>) => void;
  readonly #repeats: Repeats | undefined;
  // Replaced, never changed: a subscriber that comes or goes during a record does not disturb its delivery.
  #listeners: readonly Listener<R, V>[] = [];
  /** The same, by reader: a record is read once for each of these. Made for the first record. */
  #groups: readonly Group<R, V>[] | undefined;
  #records = 0;
  #lostAt: number | undefined;
  #session: CallSession | undefined;
  #lingering: Subscription | undefined;

  constructor(
    kind: SharedKind<R, V>,
    subject: string,
    caller: Caller,
    onOver: (call: SharedCall<R, V>) => void,
  ) {
    super(kind.command, kind.body(subject));
    this.subject = subject;
    this.#kind = kind;
    this.#caller = caller;
    this.#onOver = onOver;
    this.#repeats = kind.repeats?.();
  }

  /** @param timeout how long it waits for the agent's first answer, in ms */
  add(subscriber: Subscriber<V>, reading: Reading<R, V>, timeout: number): void {
    const { deadlines, retell } = this.#kind;
    this.#lingering?.unsubscribe();
    const listener = new Listener(subscriber, reading, this, timeout, deadlines.now());
    this.#listen([...this.#listeners, listener]);
    // Behind that: one that has gone already is removed here.
    subscriber.add(listener);
    if (retell) for (const body of this.#repeats?.last ?? []) this.#deliver(body, groupByReader([listener]));
    if (subscriber.closed || this.state === 'answered') return;
    deadlines.add(listener);
    if (this.state === 'unsent' && this.#listeners.length === 1) this.#caller.call(this);
  }

  reply(_body: WireValue | undefined, session: CallSession): void {
    const { deadlines, onGap: onAnyGap } = this.#kind;
    this.#session = session;
    this.#repeats?.begin(session.address);
    for (const listener of this.#listeners) deadlines.delete(listener);
    if (this.#listeners.length === 0) this.#linger();
    if (this.#lostAt === undefined) return;
    const lostAt = this.#lostAt;
    const away = deadlines.now() - lostAt;
    const gap: StreamGap = { event: 'gap', cause: 'reconnect', address: session.address, away };
    this.#lostAt = undefined;
    onAnyGap(this.subject, gap);
    for (const { subscriber, reading, since } of this.#listeners) {
      if (subscriber.closed || since > lostAt) continue;
      try {
        reading.onGap?.(gap, subscriber);
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
    // What the agent has never accepted has no gap.
    if (this.#session) this.#lostAt ??= this.#kind.deadlines.now();
    return true;
  }

  override record(body: WireValue): void {
    this.#records++;
    if (this.#repeats && !this.#isNew(body, this.#repeats)) return;
    this.#deliver(body, this.#byReader);
  }

  #isNew(body: WireValue, repeats: Repeats): boolean {
    try {
      return repeats.isNew(body);
    } catch (error) {
      this.#kind.onMalformed(this.subject, error as SerfError);
      return false;
    }
  }

  fail(error: SerfError): void {
    for (const { subscriber } of this.#retire()) subscriber.error(error);
  }

  /** Completes all subscribers, and completes when the agent has been told to stop: in a quiet moment, or after `most` looks. */
  close(window: number, most: number): Observable<never> {
    const quiet = this.state === 'unsent' ? EMPTY : this.#quiet(window).pipe(take(most), ignoreElements());
    for (const { subscriber } of this.#retire()) subscriber.complete();
    return concat(
      quiet,
      defer(() => {
        this.#caller.cancel(this);
        return EMPTY;
      }),
    );
  }

  #deliver(body: WireValue, groups: readonly Group<R, V>[]): void {
    for (const { reader, listeners } of groups) {
      let value: V;
      try {
        value = this.#kind.read(body, reader, this.#session as CallSession);
      } catch (error) {
        this.#kind.onMalformed(this.subject, error as SerfError);
        return;
      }
      for (const { subscriber } of listeners) subscriber.next(value);
    }
  }

  #listen(listeners: readonly Listener<R, V>[]): void {
    this.#listeners = listeners;
    this.#groups = undefined;
  }

  get #byReader(): readonly Group<R, V>[] {
    this.#groups ??= groupByReader(this.#listeners);
    return this.#groups;
  }

  /** One subscriber has gone. */
  remove(listener: Listener<R, V>): void {
    const listeners = this.#listeners.filter((other) => other !== listener);
    if (listeners.length === this.#listeners.length) return;
    this.#kind.deadlines.delete(listener);
    this.#listen(listeners);
    if (listeners.length > 0) return;
    if (this.state === 'unsent') this.#stop();
    else if (this.state === 'answered') this.#linger();
  }

  #linger(): void {
    this.#lingering = this.#quiet(this.#kind.linger).subscribe({ complete: () => this.#stop() });
  }

  /** Completes when no record has come between two looks, `window` ms apart. */
  #quiet(window: number): Observable<number> {
    let seen = this.#records;
    return interval(window, this.#kind.scheduler).pipe(
      takeWhile(() => {
        const answered = this.state !== 'asked' && this.state !== 'cancelled';
        const quiet = answered && seen === this.#records;
        seen = this.#records;
        return !quiet;
      }),
    );
  }

  #stop(): void {
    // Over first: by the end of a connection somebody may be told who subscribes anew.
    this.#retire();
    this.#caller.cancel(this);
  }

  /** It is over: gives those who listened until now. */
  #retire(): readonly Listener<R, V>[] {
    const listeners = this.#listeners;
    this.#listen([]);
    for (const listener of listeners) this.#kind.deadlines.delete(listener);
    this.#lingering?.unsubscribe();
    this.#onOver(this);
    return listeners;
  }
}
