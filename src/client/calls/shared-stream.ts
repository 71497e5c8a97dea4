import {
  concat,
  defer,
  EMPTY,
  ignoreElements,
  type Observable,
  type SchedulerLike,
  type Subscriber,
  type Subscription,
  take,
  takeWhile,
} from 'rxjs';
import type { SerfError } from '../../errors.ts';
import type { StreamGap } from '../../model.ts';
import { unexpected } from '../../protocol/fields.ts';
import type { RequestBody, WireValue } from '../../protocol/wire.ts';
import type { Deadlines } from '../../rpc/deadlines.ts';
import { fairInterval } from '../../rpc/fair-timer.ts';
import { Call, type CallSession, type Channel } from './call.ts';
import { errorOf } from './call-error.ts';
import type { ReplayFilter } from './replay-filter.ts';
import {
  type Group,
  groupByReader,
  type StreamSource,
  StreamSubscriber,
  type SubscriberOptions,
} from './stream-subscriber.ts';

/** The commands whose records several subscribers can share. */
export type SharedCommand = 'stream' | 'monitor';

/** What all shared calls of one kind have. */
export interface SharedStreamOptions<R, V> {
  readonly command: SharedCommand;
  readonly deadlines: Deadlines;
  readonly scheduler: SchedulerLike;
  /** How long there must have been no record before the agent is told to stop, in ms. */
  readonly linger: number;
  /** Where the agent begins with old records: what is known of those. */
  readonly replayFilter?: () => ReplayFilter;
  /** Whether who comes later begins with those as well. */
  readonly replay?: boolean;
  /** What is asked for a subject: a filter, a level. */
  readonly body: (subject: string) => RequestBody<SharedCommand>;
  /** Makes, for a reader and a connection, what says what a record means. What that throws ends the record only. */
  readonly readWith: (reader: R, session: CallSession) => (body: WireValue) => V;
  /** Whether it is what a subject asks for, where an agent may send others. */
  readonly matcher?: (subject: string) => (value: V) => boolean;
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
export class SharedStream<R, V> extends Call<SharedCommand> implements StreamSource<R, V> {
  readonly subject: string;
  readonly #options: SharedStreamOptions<R, V>;
  readonly #channel: Channel;
  /** It has ended: who subscribes from now on needs another one. */
  readonly #onOver: (call: SharedStream<R, V>) => void;
  readonly #isAskedFor: ((value: V) => boolean) | undefined;
  readonly #replayFilter: ReplayFilter | undefined;
  // Replaced, never changed: a subscriber that comes or goes during a record does not disturb its delivery.
  #subscribers: readonly StreamSubscriber<R, V>[] = [];
  /** The same, by reader: a record is read once for each of these. Made for the first record of a connection. */
  #groups: readonly Group<R, V>[] | undefined;
  #records = 0;
  #lostAt: number | undefined;
  #session: CallSession | undefined;
  #lingering: Subscription | undefined;

  constructor(
    options: SharedStreamOptions<R, V>,
    subject: string,
    channel: Channel,
    onOver: (call: SharedStream<R, V>) => void,
  ) {
    super(options.command, options.body(subject));
    this.subject = subject;
    this.#options = options;
    this.#channel = channel;
    this.#onOver = onOver;
    this.#isAskedFor = options.matcher?.(subject);
    this.#replayFilter = options.replayFilter?.();
  }

  /** @param timeout how long it waits for the agent's first answer, in ms */
  add(destination: Subscriber<V>, options: SubscriberOptions<R, V>, timeout: number): void {
    const { deadlines, replay } = this.#options;
    this.#lingering?.unsubscribe();
    const subscriber = new StreamSubscriber(destination, options, this, timeout, this.#options);
    // The first one alone: behind a spread of nothing, V8 keeps places for 16 more.
    this.#setSubscribers(this.#subscribers.length === 0 ? [subscriber] : [...this.#subscribers, subscriber]);
    // Behind that: one that has gone already is removed here.
    destination.add(subscriber);
    if (replay)
      for (const body of this.#replayFilter?.last ?? []) this.#deliver(body, this.#group([subscriber]));
    if (destination.closed || this.state === 'answered') return;
    deadlines.add(subscriber);
    if (this.state === 'unsent' && this.#subscribers.length === 1) this.#channel.call(this);
  }

  reply(_body: WireValue | undefined, session: CallSession): void {
    const { deadlines, scheduler, onGap: onAnyGap } = this.#options;
    this.#session = session;
    this.#groups = undefined;
    this.#replayFilter?.begin(session.address);
    for (const subscriber of this.#subscribers) deadlines.delete(subscriber);
    if (this.#subscribers.length === 0) this.#linger();
    if (this.#lostAt === undefined) return;
    const lostAt = this.#lostAt;
    const away = scheduler.now() - lostAt;
    const gap: StreamGap = { event: 'gap', cause: 'reconnect', address: session.address, away };
    this.#lostAt = undefined;
    onAnyGap(this.subject, gap);
    for (const { destination, onGap, since } of this.#subscribers) {
      if (destination.closed || since > lostAt) continue;
      try {
        onGap?.(gap, destination);
      } catch (error) {
        destination.error(error);
      }
    }
  }

  override interrupted(): boolean {
    if (this.#subscribers.length === 0) {
      this.#retire();
      return false;
    }
    // What the agent has never accepted has no gap.
    if (this.#session) this.#lostAt ??= this.#options.scheduler.now();
    return true;
  }

  override record(body: WireValue): void {
    this.#records++;
    if (this.#replayFilter && !this.#isNew(body, this.#replayFilter)) return;
    this.#deliver(body, this.#byReader());
  }

  #isNew(body: WireValue, replayFilter: ReplayFilter): boolean {
    try {
      return replayFilter.isNew(body);
    } catch (error) {
      this.#options.onMalformed(this.subject, error as SerfError);
      return false;
    }
  }

  fail(error: SerfError): void {
    const ended = errorOf(this.command, error);
    for (const { destination } of this.#retire()) destination.error(ended);
  }

  /** Completes all subscribers, and completes when the agent has been told to stop: in a quiet moment, or after `most` looks. */
  close(window: number, most: number): Observable<never> {
    const quiet = this.state === 'unsent' ? EMPTY : this.#quiet(window).pipe(take(most), ignoreElements());
    for (const { destination } of this.#retire()) destination.complete();
    return concat(
      quiet,
      defer(() => {
        this.#channel.cancel(this);
        return EMPTY;
      }),
    );
  }

  #deliver(body: WireValue, groups: readonly Group<R, V>[]): void {
    // By index, both: to iterate takes several times as long until V8 has compiled it.
    for (let i = 0; i < groups.length; i++) {
      const { read, subscribers } = groups[i] as Group<R, V>;
      let value: V;
      try {
        value = read(body);
        if (this.#isAskedFor?.(value) === false) unexpected('Event', `one that ${this.subject} asks for`);
      } catch (error) {
        this.#options.onMalformed(this.subject, error as SerfError);
        return;
      }
      for (let j = 0; j < subscribers.length; j++)
        (subscribers[j] as StreamSubscriber<R, V>).destination.next(value);
    }
  }

  #setSubscribers(subscribers: readonly StreamSubscriber<R, V>[]): void {
    this.#subscribers = subscribers;
    this.#groups = undefined;
  }

  #byReader(): readonly Group<R, V>[] {
    this.#groups ??= this.#group(this.#subscribers);
    return this.#groups;
  }

  #group(subscribers: readonly StreamSubscriber<R, V>[]): readonly Group<R, V>[] {
    const session = this.#session as CallSession;
    return groupByReader(subscribers, (reader) => this.#options.readWith(reader, session));
  }

  /** One subscriber has gone. */
  remove(subscriber: StreamSubscriber<R, V>): void {
    const subscribers = this.#subscribers.filter((other) => other !== subscriber);
    if (subscribers.length === this.#subscribers.length) return;
    this.#options.deadlines.delete(subscriber);
    this.#setSubscribers(subscribers);
    if (subscribers.length > 0) return;
    if (this.state === 'unsent') this.#stop();
    else if (this.state === 'answered') this.#linger();
  }

  #linger(): void {
    this.#lingering = this.#quiet(this.#options.linger).subscribe({ complete: () => this.#stop() });
  }

  /** Completes when no record has come between two looks, `window` ms apart; and none was waiting to be read. */
  #quiet(window: number): Observable<number> {
    let seen = this.#records;
    return fairInterval(window, this.#options.scheduler).pipe(
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
    this.#channel.cancel(this);
  }

  /** It is over: gives those who listened until now. */
  #retire(): readonly StreamSubscriber<R, V>[] {
    const subscribers = this.#subscribers;
    this.#setSubscribers([]);
    for (const subscriber of subscribers) this.#options.deadlines.delete(subscriber);
    this.#lingering?.unsubscribe();
    this.#onOver(this);
    return subscribers;
  }
}
