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
import type { ConnectionStatus, DropReport } from '../../model.ts';
import type { Command } from '../../protocol/commands.ts';
import { EmittedQueries } from './emitted-queries.ts';
import type { CalledAgent, EmittedItem, FakeCall } from './fake-call.ts';
import { type FakeReplyKey, Replies } from './replies.ts';
import { RequestRecord } from './request-record.ts';
import { describe, type FakeRequest, request, subjectOf, wireName } from './requests.ts';

/** The agent of a fake: its connection, the calls under way, and how they are answered. */
export class FakeAgent implements CalledAgent {
  readonly scheduler: SchedulerLike;
  readonly address: string;
  readonly replies = new Replies();
  readonly ledger = new RequestRecord();
  readonly queries = new EmittedQueries();
  readonly status$ = new ReplaySubject<ConnectionStatus>(1);
  readonly dropped$ = new Subject<DropReport>();
  readonly #calls = new Set<FakeCall>();
  /** The streams and monitors whose gap was reported on this connection: as many as the test opens. */
  readonly #missed = new Set<string>();
  readonly #closing = new Subject<void>();
  readonly #whenEmpty: (() => void)[] = [];
  #status: ConnectionStatus = { state: 'idle' };
  #reachable = true;
  #refusing = false;
  /** How many attempts have failed since it was connected. */
  #failures = 0;

  constructor(scheduler: SchedulerLike, address: string) {
    this.scheduler = scheduler;
    this.address = address;
    this.status$.next(this.#status);
  }

  // The client's side.

  call(call: FakeCall): void {
    if (this.#refusing) {
      call.fail(new ClosedError());
      return;
    }
    this.#calls.add(call);
    if (this.#status.state === 'idle') this.#try();
    this.#send();
  }

  /** Sends a `stop` for a stream that was unsubscribed. */
  cancel(call: FakeCall): void {
    if (this.delete(call) && call.sent && isStream(call))
      this.ledger.sent(request('stop', { subject: subjectOf(call.request) }));
  }

  /** Takes a call off the list. @returns whether it was on it */
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

  // The test's side.

  emit(item: EmittedItem): void {
    for (const call of [...this.#calls]) if (call.sent && !call.subscriber.closed) call.emit(item);
  }

  get reachable(): boolean {
    return this.#reachable;
  }

  /** Begins without a connection. */
  startAway(): void {
    this.#reachable = false;
  }

  lose(error: SerfError | undefined, retryIn: number): void {
    if (!this.#reachable) return;
    this.#reachable = false;
    this.#failures = 1;
    this.queries.clear();
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
    // A callback may have reconnected already.
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

  /** Fails all calls: no connection can be had. It is tried again with the next call. */
  giveUp(error: unknown): void {
    const { address } = this;
    const reason =
      error ??
      new ConnectError('connect-failed', `could not connect to ${address}: the test says so`, { address });
    this.#reachable = false;
    this.queries.clear();
    const calls = [...this.#calls];
    this.#change({ type: 'rest', error: reason as SerfError });
    for (const call of calls) call.fail(reason);
  }

  /** Ends all streams and monitors. */
  endStreams(end: (call: FakeCall) => void): void {
    for (const call of [...this.#calls]) if (isStream(call)) end(call);
  }

  // For calls.

  missed(subject: string, away: number): void {
    if (this.#missed.has(subject)) return;
    this.#missed.add(subject);
    this.dropped$.next({ cause: 'reconnect', subject, away });
  }

  /** The error of a request whose connection has ended. */
  lost(command: Command, outcome: RequestOutcome, cause?: SerfError): ConnectionLostError {
    const { address } = this;
    const message = `the connection to ${address} has ended`;
    return new ConnectionLostError(message, { command, address, outcome, cause });
  }

  /** What is open, as texts. */
  get open(): readonly string[] {
    const calls = [...this.#calls].map(({ request, since, sent }) => {
      return `${describe(request)} since ${since} ms${sent ? '' : ', not sent'}`;
    });
    return [...calls, ...this.ledger.open];
  }

  /** Completes `values$` when the client is closed, and lists it as open until then. */
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

function isStream(call: FakeCall): boolean {
  return call.spec.records === 'until-stop';
}
