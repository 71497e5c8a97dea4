import type { Observer } from 'rxjs';
import { ProtocolError, RequestTimeoutError, SerfError } from '../../errors.ts';
import { BoundedHandlers } from '../../rpc/bounded-handlers.ts';
import type { Deadlines } from '../../rpc/deadlines.ts';
import { type CallRequest, type EndReason, PendingCalls } from '../../rpc/pending-calls.ts';
import type { CallFrame, CallOutcome } from '../mesh/frames.ts';
import type { NotifierSettings } from '../options.ts';
import type { OwnRegistrations } from '../registrations/own-registrations.ts';
import type { RoutedCall } from '../registrations/route.ts';
import { type AnswerRules, type Caller, IncomingCall } from './incoming-call.ts';

/** What a frame has besides its payload, in bytes, at most. */
export const FRAME_OVERHEAD = 2_048;

/** The way on which calls travel: a connection, or none to ourselves. */
export interface CallTransport {
  /** The id of the notifier at its other end. */
  readonly id: string;
  /** Whether more waits to be sent than should. */
  readonly full: boolean;
  sendCall(seq: number, call: RoutedCall): void;
  sendAnswer(seq: number, outcome: CallOutcome): void;
  sendCancel(seq: number): void;
  /** Called when nothing is under way any more. */
  idle(): void;
}

/** What a {@link CallExchange} needs. */
export interface CallExchangeOptions {
  readonly settings: NotifierSettings;
  readonly own: OwnRegistrations;
  readonly deadlines: Deadlines;
}

/** Calls to one notifier and from it: each of ours ends once, each of its is answered once, within bounds. */
export class CallExchange implements Caller {
  readonly #transport: CallTransport;
  readonly #own: OwnRegistrations;
  readonly #pending: PendingCalls<CallOutcome>;
  readonly #handlers: BoundedHandlers;
  readonly #rules: AnswerRules;
  readonly #outbound: number;
  /** The peer's calls that have no answer yet: those that run and wait. */
  readonly #incoming = new Map<number, IncomingCall>();

  constructor(transport: CallTransport, { settings, own, deadlines }: CallExchangeOptions) {
    const { limits, concurrency, processingTimeout, codec, scheduler } = settings;
    this.#transport = transport;
    this.#own = own;
    this.#outbound = limits.outbound;
    this.#pending = new PendingCalls({ firstId: 0, limit: limits.pending, deadlines });
    this.#rules = { codec, limit: limits.frameBytes - FRAME_OVERHEAD };
    this.#handlers = new BoundedHandlers({
      concurrency,
      waiting: limits.waiting,
      waitingBytes: limits.waitingBytes,
      timeout: processingTimeout,
      full: () => transport.full,
      deadlines,
      scheduler,
    });
  }

  get id(): string {
    return this.#transport.id;
  }

  /** Whether nothing is under way, in either direction. */
  get isIdle(): boolean {
    return this.#pending.size === 0 && this.#incoming.size === 0;
  }

  /** Makes a call. Returns what takes it back, unless it is over already. */
  call(call: RoutedCall, observer: Observer<CallOutcome>): (() => void) | undefined {
    const sent = new SentCall(this, call, observer);
    const forget = this.#pending.open(sent, sent);
    return forget && (() => this.#cancel(sent.seq));
  }

  /** Hands a call to the transport. @throws SerfError (`overflow`) */
  send(seq: number, call: RoutedCall): void {
    if (this.#transport.full) throw this.#overflow(call.name);
    this.#transport.sendCall(seq, call);
  }

  /** A call has ended, with an answer or without one. */
  over(seq: number, error?: unknown): void {
    // The handler need not go on.
    if (error instanceof RequestTimeoutError) this.#transport.sendCancel(seq);
    this.#settle();
  }

  // What the peer says.

  /** @throws ProtocolError (`unexpected-shape`) for a number that another call has */
  called({ seq, registration, id, payload }: CallFrame): void {
    if (this.#incoming.has(seq))
      throw new ProtocolError('unexpected-shape', 'the peer sent the number of a call twice');
    const callee = this.#own.callee(registration, id);
    if (!callee) this.#transport.sendAnswer(seq, { type: 'gone' });
    else {
      const call = new IncomingCall(callee, this, this.#rules, seq, id, payload);
      this.#handlers.run(call);
      // Most are over by now.
      if (!call.isOver) this.#incoming.set(seq, call);
    }
  }

  answered(seq: number, outcome: CallOutcome): void {
    // One that comes late is nobody's.
    this.#pending.answer(seq, outcome);
  }

  cancelled(seq: number): void {
    const call = this.#incoming.get(seq);
    if (!call) return;
    this.#incoming.delete(seq);
    call.abort();
    this.#handlers.cancel(call);
    this.#settle();
  }

  /** The answer to a call of the peer's. */
  answer(seq: number, outcome: CallOutcome): void {
    this.#incoming.delete(seq);
    this.#transport.sendAnswer(seq, outcome);
    this.#settle();
  }

  /** All calls are over: ours with an error, the peer's without anybody to tell. */
  end(reason: EndReason): void {
    const calls = [...this.#incoming.values()];
    this.#incoming.clear();
    for (const call of calls) call.abort();
    this.#handlers.close();
    this.#pending.end(reason);
  }

  #cancel(seq: number): void {
    if (!this.#pending.forget(seq)) return;
    this.#transport.sendCancel(seq);
    this.#settle();
  }

  #settle(): void {
    if (this.isIdle) this.#transport.idle();
  }

  #overflow(command: string): SerfError {
    const message = `${command}: more than ${this.#outbound} bytes wait for ${this.id} to read them (limits.outbound)`;
    return new SerfError('overflow', message, { command });
  }
}

/** A call of ours that waits for its answer: one object, as there are thousands. */
class SentCall implements CallRequest, Observer<CallOutcome> {
  readonly #exchange: CallExchange;
  readonly #call: RoutedCall;
  readonly #observer: Observer<CallOutcome>;
  seq = 0;

  constructor(exchange: CallExchange, call: RoutedCall, observer: Observer<CallOutcome>) {
    this.#exchange = exchange;
    this.#call = call;
    this.#observer = observer;
  }

  get method(): string {
    return this.#call.name;
  }

  get timeout(): number {
    return this.#call.timeout;
  }

  send(seq: number): void {
    this.seq = seq;
    this.#exchange.send(seq, this.#call);
  }

  next(outcome: CallOutcome): void {
    this.#observer.next(outcome);
  }

  error(error: unknown): void {
    this.#exchange.over(this.seq, error);
    this.#observer.error(error);
  }

  complete(): void {
    this.#exchange.over(this.seq);
  }
}
