import { Observable, type Observer } from 'rxjs';
import { ConnectionLostError, type RequestOutcome, RequestTimeoutError, SerfError } from '../errors.ts';
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

/** What a call errors with when the connection has ended; `outcome`: whether it had been handed to the connection. */
export type EndReason = (method: string, outcome: RequestOutcome) => SerfError;

/** Bounds on calls, and the clock. */
export interface PendingCallsOptions {
  /** The id of the first call; each further one has the next integer. */
  readonly firstId: number;
  /** The most calls that may wait for an answer; one more errors with `overflow`. */
  readonly limit: number;
  readonly deadlines: Deadlines;
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
  readonly #calls = new Map<unknown, PendingCall<Answer>>();
  readonly #limit: number;
  readonly #deadlines: Deadlines;
  #nextId: number;
  #ended: EndReason | undefined;

  constructor({ firstId, limit, deadlines }: PendingCallsOptions) {
    this.#nextId = firstId;
    this.#limit = limit;
    this.#deadlines = deadlines;
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
  find(id: unknown): { readonly method: string; readonly subscriber: Observer<Answer> } | undefined {
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

  /** The same for a subscriber that is there already. Returns what forgets the call, if it waits for an answer. */
  open(request: CallRequest, subscriber: Observer<Answer>): (() => void) | undefined {
    if (this.#ended) {
      subscriber.error(this.#ended(request.method, 'not-sent'));
      return;
    }
    if (this.#calls.size >= this.#limit) {
      const message = `${request.method}: ${this.#limit} calls wait for an answer already`;
      subscriber.error(new SerfError('overflow', message, { command: request.method }));
      return;
    }
    const call = new PendingCall(this.#nextId++, request, subscriber);
    this.#calls.set(call.id, call);
    // Armed before it is sent: the answer may come within the call that sends.
    if (request.timeout > 0) {
      call.deadline = this.#deadlines.now() + request.timeout;
      this.#arm(call.deadline);
    }
    try {
      request.send(call.id);
      call.outcome = 'unknown';
    } catch (error) {
      this.fail(call.id, error);
    }
    return () => this.forget(call.id);
  }

  /** The answer to the call with this id, whatever was sent as one. Returns whether somebody waited for it. */
  answer(id: unknown, answer: Answer): boolean {
    const call = this.forget(id);
    if (!call) return false;
    call.subscriber.next(answer);
    call.subscriber.complete();
    return true;
  }

  /** The call with this id fails. Returns whether somebody waited for it. */
  fail(id: unknown, error: unknown): boolean {
    const call = this.forget(id);
    call?.subscriber.error(error);
    return call !== undefined;
  }

  /** Nobody waits for this answer any longer. */
  forget(id: unknown): PendingCall<Answer> | undefined {
    const call = this.#calls.get(id);
    if (!call) return undefined;
    this.#calls.delete(id);
    if (this.#calls.size === 0 && !this.#deadlines.staysArmed) this.#disarm();
    return call;
  }

  /** Fails the calls whose time is over. */
  expire(): void {
    this.deadline = Number.POSITIVE_INFINITY;
    const now = this.#deadlines.now();
    for (const { id, method, timeout, deadline } of this.#calls.values()) {
      if (deadline > now) continue;
      const message = `${method}: no answer within ${timeout} ms`;
      this.fail(id, new RequestTimeoutError(message, { command: method, timeout }));
    }
    let first = Number.POSITIVE_INFINITY;
    for (const { deadline } of this.#calls.values()) first = Math.min(first, deadline);
    this.#arm(first);
  }

  /** The connection has ended: every call that waits errors within this call, and each later one at once. */
  end(reason: EndReason): void {
    if (this.#ended) return;
    this.#ended = reason;
    // First of all nothing is pending any more: what a subscriber does now is another matter.
    const calls = [...this.#calls.values()];
    this.#calls.clear();
    this.#disarm();
    for (const { subscriber, method, outcome } of calls) subscriber.error(reason(method, outcome));
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

class PendingCall<Answer> {
  readonly id: number;
  readonly method: string;
  readonly timeout: number;
  readonly subscriber: Observer<Answer>;
  outcome: RequestOutcome = 'not-sent';
  /** By the clock of the deadlines, in ms. */
  deadline = Number.POSITIVE_INFINITY;

  constructor(id: number, { method, timeout }: CallRequest, subscriber: Observer<Answer>) {
    this.id = id;
    this.method = method;
    this.timeout = timeout;
    this.subscriber = subscriber;
  }
}

/** The reason to {@link PendingCalls.end} with when the connection was lost. */
export function lostConnection(message: string, cause?: unknown): EndReason {
  return (command, outcome) => new ConnectionLostError(message, { command, outcome, cause });
}
