import { Observable, type Observer } from 'rxjs';
import { ConnectionLostError, type RequestOutcome, RequestTimeoutError, SerfError } from '../errors.ts';
import { CallTable, type Numbered } from './call-table.ts';
import type { Deadlines, Expiring } from './deadlines.ts';

/** A call to make: what it is called in errors, how long its answer may take, and how it is sent. */
export interface CallRequest {
  /** What is called. */
  readonly method: string;
  /** How long the answer may take, in ms; 0: for ever. */
  readonly timeout: number;
  /** Hands the request to the connection; what it throws is the error of this call alone. */
  send(id: number): void;
}

/** A call that is made once, and is told what becomes of it. */
export interface PendingCall<Answer> extends CallRequest, Numbered, Observer<Answer> {
  /** When its time is over, by the clock of the deadlines, in ms; `Infinity`: never. */
  readonly deadline: number;
  /** Whether it was handed to the connection: {@link PendingCalls} sets it. */
  outcome: RequestOutcome;
}

/** What a call errors with when the connection has ended; `outcome`: whether it had been handed to the connection. */
export type EndReason = (method: string, outcome: RequestOutcome) => SerfError;

/** Bounds on calls, and the clock. */
export interface PendingCallsOptions {
  /** The id of the first call; further ones have greater ones. */
  readonly firstId: number;
  /** The most calls that may wait for an answer; one more errors with `overflow`. */
  readonly limit: number;
  readonly deadlines: Deadlines;
  /** Called with the id of each call whose time is over, before it errors. @defaultValue nothing is done */
  readonly onExpire?: (id: number) => void;
}

/**
 * The calls of one connection whose answers have not come, by id. Each ends once: with its answer, at its deadline, when
 * it is unsubscribed from, or with the connection. Holds `limit` of them at most; an id is not used again.
 */
export class PendingCalls<Answer> implements Expiring {
  /** Not after the first of the calls has to be answered, by the clock of the deadlines: one entry there stands for all. */
  deadline = Number.POSITIVE_INFINITY;
  sooner: Expiring | undefined;
  later: Expiring | undefined;
  readonly #calls: CallTable<PendingCall<Answer>>;
  readonly #limit: number;
  readonly #deadlines: Deadlines;
  readonly #onExpire: ((id: number) => void) | undefined;
  #ended: EndReason | undefined;

  constructor({ firstId, limit, deadlines, onExpire }: PendingCallsOptions) {
    this.#calls = new CallTable(firstId);
    this.#limit = limit;
    this.#deadlines = deadlines;
    this.#onExpire = onExpire;
  }

  /** How many wait for an answer. */
  get size(): number {
    return this.#calls.size;
  }

  /** How many more may wait. */
  get room(): number {
    return Math.max(0, this.#limit - this.#calls.size);
  }

  /** The call with this id, if it waits for its answer. */
  find(id: unknown): PendingCall<Answer> | undefined {
    return this.#calls.get(id);
  }

  /**
   * A call as a cold Observable: subscribing sends it, unsubscribing forgets it. Emits the answer and completes.
   *
   * Errors with `RequestTimeoutError`, with `SerfError` (`overflow`) when too many wait, with what {@link fail} was given,
   * and with the reason of {@link end}: at once if the connection has ended already.
   */
  call(request: CallRequest): Observable<Answer> {
    return new Observable((subscriber) => this.open(request, subscriber));
  }

  /** The same for a subscriber that is there already. Returns what forgets the call. */
  open(request: CallRequest, subscriber: Observer<Answer>): () => void {
    const { timeout } = request;
    const deadline = timeout > 0 ? this.#deadlines.now() + timeout : Number.POSITIVE_INFINITY;
    const call = new SubscribedCall(request, subscriber, deadline);
    this.add(call);
    return () => this.forget(call.seq);
  }

  /** Makes a call: sends it, and tells it what becomes of it. */
  add(call: PendingCall<Answer>): void {
    if (this.#ended) {
      call.error(this.#ended(call.method, 'not-sent'));
      return;
    }
    if (this.#calls.size >= this.#limit) {
      const { method } = call;
      const message = `${method}: ${this.#limit} calls wait for an answer already`;
      call.error(new SerfError('overflow', message, { command: method }));
      return;
    }
    this.#calls.add(call);
    const { seq } = call;
    // Armed before it is sent: the answer may come within the call that sends.
    this.#arm(call.deadline);
    try {
      call.send(seq);
      call.outcome = 'unknown';
    } catch (error) {
      this.fail(seq, error);
    }
  }

  /** The answer to the call with this id, whatever was sent as one. Returns whether somebody waited for it. */
  answer(id: unknown, answer: Answer): boolean {
    const call = this.forget(id);
    if (!call) return false;
    call.next(answer);
    call.complete();
    return true;
  }

  /** The call with this id fails. Returns whether somebody waited for it. */
  fail(id: unknown, error: unknown): boolean {
    const call = this.forget(id);
    call?.error(error);
    return call !== undefined;
  }

  /** Nobody waits for this answer any longer. */
  forget(id: unknown): PendingCall<Answer> | undefined {
    const call = this.#calls.get(id);
    if (!call) return undefined;
    this.#calls.delete(call);
    if (this.#calls.size === 0 && !this.#deadlines.staysArmed) this.#disarm();
    return call;
  }

  /** Fails the calls whose time is over. */
  expire(): void {
    this.deadline = Number.POSITIVE_INFINITY;
    const now = this.#deadlines.now();
    for (const call of this.#calls.all()) {
      const { seq, method, timeout, deadline } = call;
      // One may end others.
      if (deadline > now || this.forget(seq) !== call) continue;
      this.#onExpire?.(seq);
      const message = `${method}: no answer within ${timeout} ms`;
      call.error(new RequestTimeoutError(message, { command: method, timeout }));
    }
    let first = Number.POSITIVE_INFINITY;
    for (const { deadline } of this.#calls.all()) first = Math.min(first, deadline);
    this.#arm(first);
  }

  /** The connection has ended: every call that waits errors within this call, and each later one at once. */
  end(reason: EndReason): void {
    if (this.#ended) return;
    this.#ended = reason;
    // First of all nothing is pending any more: what a subscriber does now is another matter.
    const calls = this.#calls.all();
    this.#calls.clear();
    this.#disarm();
    for (const call of calls) call.error(reason(call.method, call.outcome));
  }

  #arm(deadline: number): void {
    if (deadline >= this.deadline) return;
    this.deadline = deadline;
    this.#deadlines.add(this);
  }

  #disarm(): void {
    this.deadline = Number.POSITIVE_INFINITY;
    this.#deadlines.delete(this);
  }
}

/** A call of {@link PendingCalls.open}: one of any number of a request. */
export class SubscribedCall<Answer> implements PendingCall<Answer> {
  readonly #request: CallRequest;
  readonly subscriber: Observer<Answer>;
  readonly deadline: number;
  seq = -1;
  outcome: RequestOutcome = 'not-sent';

  constructor(request: CallRequest, subscriber: Observer<Answer>, deadline: number) {
    this.#request = request;
    this.subscriber = subscriber;
    this.deadline = deadline;
  }

  get method(): string {
    return this.#request.method;
  }

  get timeout(): number {
    return this.#request.timeout;
  }

  send(id: number): void {
    this.#request.send(id);
  }

  next(answer: Answer): void {
    this.subscriber.next(answer);
  }

  error(error: unknown): void {
    this.subscriber.error(error);
  }

  complete(): void {
    this.subscriber.complete();
  }
}

/** The reason to {@link PendingCalls.end} with when the connection was lost. */
export function lostConnection(message: string, cause?: unknown): EndReason {
  return (command, outcome) => new ConnectionLostError(message, { command, outcome, cause });
}
