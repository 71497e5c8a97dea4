import {
  defer,
  type Observable,
  ReplaySubject,
  type SchedulerLike,
  Subject,
  takeUntil,
  throwError,
} from 'rxjs';
import { type ConnectionChange, nextStatus } from '../../client/connection/connection-status.ts';
import { dateBy } from '../../clock.ts';
import {
  ClosedError,
  ConnectError,
  ConnectionLostError,
  type RequestOutcome,
  type SerfError,
} from '../../errors.ts';
import type { ConnectionStatus, DropReport, SerfEvent } from '../../model.ts';
import type { Command } from '../../protocol/commands.ts';
import { AskedQueries } from './asked-queries.ts';
import type { FakeCall } from './fake-call.ts';
import { Ledger } from './ledger.ts';
import { type FakeReplyKey, Replies } from './replies.ts';
import { describe, type FakeRequest, request, subjectOf, wireName } from './requests.ts';

/** What stands behind a fake: a connection that is there or not, what was asked, and how it is answered. */
export class FakeAgent {
  readonly scheduler: SchedulerLike;
  readonly address: string;
  readonly replies = new Replies();
  readonly ledger = new Ledger();
  readonly queries = new AskedQueries();
  readonly status$ = new ReplaySubject<ConnectionStatus>(1);
  readonly dropped$ = new Subject<DropReport>();
  readonly #calls = new Set<FakeCall>();
  /** The streams and monitors whose gap was reported on this connection. */
  readonly #missed = new Set<string>();
  readonly #closing = new Subject<void>();
  readonly #whenEmpty: (() => void)[] = [];
  #status: ConnectionStatus = { state: 'idle' };
  #reachable = true;
  #refusing = false;
  /** How often it was lost, since it was there last. */
  #failures = 0;

  constructor(scheduler: SchedulerLike, address: string) {
    this.scheduler = scheduler;
    this.address = address;
    this.status$.next(this.#status);
  }

  // What the client's side does.

  call(call: FakeCall): void {
    if (this.#refusing) {
      call.fail(new ClosedError());
      return;
    }
    this.#calls.add(call);
    if (this.#status.state === 'idle') this.#try();
    this.#send();
  }

  /** Nobody wants to hear of it any more. */
  cancel(call: FakeCall): void {
    if (this.delete(call) && call.sent && isListening(call))
      this.ledger.sent(request('stop', { subject: subjectOf(call.request) }));
  }

  /** It is over; whether it was not before. */
  delete(call: FakeCall): boolean {
    const open = this.#calls.delete(call);
    if (this.#calls.size > 0 || !open) return open;
    if (this.#status.state === 'connecting' || this.#status.state === 'waiting')
      this.#change({ type: 'rest' });
    for (const resolve of this.#whenEmpty.splice(0)) resolve();
    return open;
  }

  answerTo(asked: FakeRequest, fallback?: () => Observable<unknown>): Observable<unknown> {
    const about = asked.command === 'query' ? (`query:${asked.name}` as const) : asked.command;
    const own$ = this.replies.next(about as FakeReplyKey, asked);
    const answer$ = own$ ?? this.replies.next(asked.command as FakeReplyKey, asked) ?? fallback?.();
    if (answer$) return answer$;
    const message = `${describe(asked)} was asked, and the test sets no answer for ${JSON.stringify(about)}`;
    return throwError(() => this.ledger.mistake(message));
  }

  /** Streams and monitors complete; the others may finish, or get a `ClosedError`. */
  async close(drain: boolean): Promise<void> {
    this.#refusing = true;
    this.#closing.next();
    this.endStreams((call) => call.complete());
    if (drain && this.#calls.size > 0) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
    if (this.#status.state === 'closed') return;
    this.#change({ type: 'close' });
    for (const call of [...this.#calls]) call.close();
    this.status$.complete();
    this.dropped$.complete();
  }

  // What the test does.

  emit(item: SerfEvent<unknown> | string): void {
    for (const call of [...this.#calls]) if (call.sent && !call.subscriber.closed) call.hear(item);
  }

  get reachable(): boolean {
    return this.#reachable;
  }

  /** There is no connection yet. */
  startAway(): void {
    this.#reachable = false;
  }

  lose(error: SerfError | undefined, retryIn: number): void {
    if (!this.#reachable) return;
    this.#reachable = false;
    this.#failures = 1;
    this.queries.forget();
    if (this.#status.state !== 'connected') return;
    const { address } = this;
    const message = `lost the connection to ${address}: the test says so`;
    const cause = error ?? new ConnectionLostError(message, { address, outcome: 'unknown' });
    const sent = [...this.#calls].filter((call) => call.sent);
    for (const call of sent) {
      call.sent = false;
      if (call.spec.onLoss === 'resend') call.interrupted();
    }
    for (const call of sent) if (this.#calls.has(call)) this.#settle(call, cause);
    // Whoever was told may have had it back already.
    if (this.#reachable) return;
    if (this.#calls.size === 0) this.#change({ type: 'rest', error: cause });
    else {
      const retryAt = dateBy(this.scheduler) + retryIn;
      this.#change({ type: 'wait', address, attempt: this.#failures, retryAt, error: cause });
    }
  }

  connect(): void {
    if (this.#reachable) return;
    this.#reachable = true;
    this.#missed.clear();
    if (this.#calls.size === 0) return;
    if (this.#status.state === 'connecting') this.#accept();
    else this.#try();
    this.#send();
  }

  /** It is not there (any more), and is not tried again before somebody asks. */
  giveUp(error: unknown): void {
    const { address } = this;
    const reason =
      error ??
      new ConnectError('connect-failed', `could not connect to ${address}: the test says so`, { address });
    this.#reachable = false;
    this.queries.forget();
    const calls = [...this.#calls];
    this.#change({ type: 'rest', error: reason as SerfError });
    for (const call of calls) call.fail(reason);
  }

  /** All streams and monitors end. */
  endStreams(end: (call: FakeCall) => void): void {
    for (const call of [...this.#calls]) if (isListening(call)) end(call);
  }

  // What calls tell.

  /** A stream or a monitor goes on after a time without a connection: told once for all of its subscribers. */
  missed(subject: string, away: number): void {
    if (this.#missed.has(subject)) return;
    this.#missed.add(subject);
    this.dropped$.next({ cause: 'reconnect', subject, away });
  }

  /** What the end of the connection is to a request. */
  lost(command: Command, outcome: RequestOutcome, cause?: SerfError): ConnectionLostError {
    const { address } = this;
    const message = `the connection to ${address} has ended`;
    return new ConnectionLostError(message, { command, address, outcome, cause });
  }

  /** What is open, for people. */
  get open(): readonly string[] {
    const calls = [...this.#calls].map(({ request, since, sent }) => {
      return `${describe(request)} since ${since} ms${sent ? '' : ', not sent'}`;
    });
    return [...calls, ...this.ledger.open];
  }

  /** What is no request, but ends as they do when the client is closed. */
  untilClosed<V>(what: string, values$: Observable<V>): Observable<V> {
    const since = () => `${what} since ${this.scheduler.now()} ms`;
    const watched$ = this.ledger.watch(since, values$.pipe(takeUntil(this.#closing)));
    return defer(() => (this.#refusing ? throwError(() => new ClosedError()) : watched$));
  }

  #try(): void {
    this.#change({ type: 'try', address: this.address, attempt: this.#failures + 1 });
    if (this.#reachable && this.#status.state === 'connecting') this.#accept();
  }

  #accept(): void {
    this.#failures = 0;
    this.#change({ type: 'accept', address: this.address });
  }

  /** In the order in which they were asked. */
  #send(): void {
    for (const call of this.#calls) {
      if (!this.#reachable || this.#status.state !== 'connected') return;
      if (call.sent) continue;
      call.sent = true;
      this.ledger.sent(call.request);
      call.answer();
    }
  }

  #settle(call: FakeCall, cause: SerfError): void {
    if (call.spec.onLoss === 'done') call.settle(undefined);
    if (call.spec.onLoss === 'fail') call.fail(this.lost(wireName(call.request.command), 'unknown', cause));
  }

  #change(change: ConnectionChange): void {
    const before = this.#status;
    this.#status = nextStatus(before, change);
    if (this.#status !== before) this.status$.next(this.#status);
  }
}

function isListening(call: FakeCall): boolean {
  return call.spec.records === 'until-stop';
}
