import { ProtocolError } from '../../errors.ts';
import { BoundedHandlers } from '../../rpc/bounded-handlers.ts';
import type { Deadlines } from '../../rpc/deadlines.ts';
import { type EndReason, PendingCalls } from '../../rpc/pending-calls.ts';
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
  /** The peer's calls that have no answer yet: those that run and wait. */
  readonly #incoming = new Map<number, IncomingCall>();
  /** Those whose handlers are just being called: more than one where a handler calls another of its own notifier. */
  readonly #beginning: IncomingCall[] = [];

  constructor(transport: CallTransport, { settings, own, deadlines }: CallExchangeOptions) {
    const { limits, concurrency, processingTimeout, codec, scheduler } = settings;
    this.#transport = transport;
    this.#own = own;
    // The handler need not go on.
    const onExpire = (seq: number) => this.#expired(seq);
    this.#pending = new PendingCalls({ firstId: 0, limit: limits.pending, deadlines, onExpire });
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

  /** Makes a call. */
  call(call: RoutedCall): void {
    this.#pending.add(call);
  }

  /** Takes a call back, unless it is over. */
  cancel(seq: number): void {
    if (!this.#pending.forget(seq)) return;
    this.#transport.sendCancel(seq);
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
      this.#beginning.push(call);
      this.#handlers.run(call);
      this.#beginning.pop();
      // Most are over by now.
      if (!call.isOver) this.#incoming.set(seq, call);
    }
  }

  answered(seq: number, outcome: CallOutcome): void {
    // One that comes late is nobody's.
    if (this.#pending.answer(seq, outcome)) this.#settle();
  }

  cancelled(seq: number): void {
    const call = this.#incoming.get(seq) ?? this.#beginning.find((each) => each.seq === seq);
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
    const calls = [...this.#incoming.values(), ...this.#beginning];
    this.#incoming.clear();
    for (const call of calls) call.abort();
    this.#handlers.close();
    this.#pending.end(reason);
  }

  #expired(seq: number): void {
    this.#transport.sendCancel(seq);
    this.#settle();
  }

  #settle(): void {
    if (this.isIdle) this.#transport.idle();
  }
}
