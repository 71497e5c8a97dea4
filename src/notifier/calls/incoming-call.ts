import { type Codec, decodeWith, encodeWith } from '../../codec.ts';
import type { HandlerCall, HandlerFailure } from '../../rpc/bounded-handlers.ts';
import { RpcError } from '../../rpc/rpc-error.ts';
import type { CallOutcome } from '../mesh/frames.ts';
import type { Call, CallEvent } from '../notifier.ts';
import type { Id } from '../registrations/match.ts';

/** The codes of errors that are ours and not a handler's; JSON-RPC has the same. */
export const CALL_ERRORS = {
  /** The arguments cannot be decoded. */
  invalidArguments: -32602,
  /** The handler threw what is not for the caller. */
  failed: -32603,
  /** Too many calls wait, or the handler took too long. */
  busy: -102,
} as const;

/** The registration that a call is for. */
export interface Callee {
  readonly object: string;
  readonly command: string;
  invoke(call: Call): unknown;
  /** Tells what became of a call. */
  tell(event: CallEvent): void;
}

/** Where the answer goes. */
export interface Caller {
  /** Who calls. */
  readonly id: string;
  answer(seq: number, outcome: CallOutcome): void;
}

/** What answers have to be like. */
export interface AnswerRules {
  readonly codec: Codec<unknown>;
  /** The most bytes of one. */
  readonly limit: number;
}

const NOTHING = new Uint8Array(0);
/** How much of an error's text is sent, in characters. */
const LONGEST_MESSAGE = 10_000;
/** How many bytes of UTF-8 a character of a text has at most. */
const BYTES_OF_CHARACTER = 3;

/** A call that a handler of ours is to answer; also what the handler gets. */
export class IncomingCall implements HandlerCall, Call {
  readonly #callee: Callee;
  readonly #caller: Caller;
  readonly #rules: AnswerRules;
  readonly #payload: Uint8Array;
  readonly seq: number;
  readonly id: Id;
  args: unknown;
  /** Made when a handler asks for it: most do not, and it costs more than a call. */
  #controller: AbortController | undefined;
  #over = false;

  constructor(callee: Callee, caller: Caller, rules: AnswerRules, seq: number, id: Id, payload: Uint8Array) {
    this.#callee = callee;
    this.#caller = caller;
    this.#rules = rules;
    this.seq = seq;
    this.id = id;
    this.#payload = payload;
  }

  get object(): string {
    return this.#callee.object;
  }

  get command(): string {
    return this.#callee.command;
  }

  get from(): string {
    return this.#caller.id;
  }

  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    if (this.#over) this.#controller.abort();
    return this.#controller.signal;
  }

  /** Whether it has its answer, or nobody waits for one. */
  get isOver(): boolean {
    return this.#over;
  }

  get size(): number {
    return this.#payload.length;
  }

  invoke(): unknown {
    const { payload, payloadError } = decodeWith(this.#rules.codec, this.#payload);
    if (payloadError)
      throw new RpcError(CALL_ERRORS.invalidArguments, 'the codec cannot decode these arguments');
    this.args = payload;
    return this.#callee.invoke(this);
  }

  done(value: unknown): void {
    let payload: Uint8Array;
    try {
      payload = encodeWith(this.#rules.codec, value, this.command);
      if (payload.length > this.#rules.limit)
        throw new RangeError(`the answer has ${payload.length} bytes, the limit is ${this.#rules.limit}`);
    } catch (error) {
      this.failed('failed', error);
      return;
    }
    this.#end({ type: 'value', payload }, { type: 'answered', id: this.id, from: this.from });
  }

  failed(why: HandlerFailure, cause?: unknown): void {
    const { id, from } = this;
    if (why instanceof RpcError) {
      this.#end(this.#errorOf(why), { type: 'refused', id, from, error: why });
    } else if (why === 'failed') {
      const outcome = {
        type: 'error',
        code: CALL_ERRORS.failed,
        message: 'the handler failed',
        data: NOTHING,
      } as const;
      this.#end(outcome, { type: 'failed', id, from, error: cause });
    } else {
      const message = why === 'busy' ? 'busy: too many calls wait' : 'busy: the handler took too long';
      const outcome = { type: 'error', code: CALL_ERRORS.busy, message, data: NOTHING } as const;
      this.#end(outcome, { type: 'dropped', id, from, reason: why });
    }
  }

  /** Nobody waits for the answer any more. */
  abort(): void {
    this.#over = true;
    this.#controller?.abort();
  }

  #end(outcome: CallOutcome, event: CallEvent): void {
    if (this.#over) return;
    this.#over = true;
    if (event.type === 'dropped') this.#controller?.abort();
    this.#caller.answer(this.seq, outcome);
    this.#callee.tell(event);
  }

  /** What a handler throws for the caller, as far as it can be said. */
  #errorOf({ code, message, data }: RpcError): CallOutcome {
    let encoded: Uint8Array = NOTHING;
    try {
      encoded = encodeWith(this.#rules.codec, data, this.command);
    } catch {
      // The caller has code and message.
    }
    const { limit } = this.#rules;
    const text = String(message).slice(0, Math.min(LONGEST_MESSAGE, Math.floor(limit / BYTES_OF_CHARACTER)));
    return {
      type: 'error',
      code: Number.isSafeInteger(code) ? code : CALL_ERRORS.failed,
      message: text,
      data: encoded.length + BYTES_OF_CHARACTER * text.length > limit ? NOTHING : encoded,
    };
  }
}
