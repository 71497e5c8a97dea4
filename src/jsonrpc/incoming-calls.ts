import { Observable, type Subject } from 'rxjs';
import {
  BoundedHandlers,
  type HandlerCall,
  type HandlerFailure,
  handlerOf,
} from '../rpc/bounded-handlers.ts';
import type { Deadlines } from '../rpc/deadlines.ts';
import { RpcError } from '../rpc/rpc-error.ts';
import { argumentsFor, type JsonRpcHandlers, quoted, ReplyAndDisconnect } from './handlers.ts';
import type { JsonRpcEvent, JsonRpcNotification, JsonRpcRequest } from './json-rpc-session.ts';
import { type ErrorObject, JSON_RPC_CODES, type JsonRpcParams, type Protocol } from './messages.ts';
import type { SessionLimits } from './options.ts';

/** What the peer's calls need of the session. */
export interface Callee {
  readonly handlers: JsonRpcHandlers;
  readonly requests: Subject<JsonRpcRequest>;
  readonly notifications: Subject<JsonRpcNotification>;
  /** Whether an answer would find no room now. */
  readonly full: boolean;
  answer(message: string): void;
  report(event: () => JsonRpcEvent): void;
  /** Closes once all is sent. */
  disconnect(): void;
  /** Called each time when nothing is under way any more. */
  idle(): void;
}

/** A request, or a notification, which has no id. */
export interface IncomingCall {
  readonly method: string;
  readonly params: JsonRpcParams;
  /** As JSON. */
  readonly id: string | undefined;
  readonly protocol: Protocol;
  /** How much of the wire it took, in characters. */
  readonly size: number;
}

/** Where answers go: out, or to the others of their batch. */
export interface Answers {
  /** The most characters that one more may have. */
  readonly room: number;
  /** @param answer `undefined`: there is none, to a notification @param last whether the peer is to be disconnected then */
  add(answer: string | undefined, last: boolean): void;
}

/** What the peer calls: within bounds, and answered one by one or batch by batch. */
export class IncomingCalls implements Answers {
  readonly #callee: Callee;
  readonly #handlers: BoundedHandlers;
  readonly room: number;

  constructor(callee: Callee, options: SessionLimits, deadlines: Deadlines) {
    const { concurrency, processingTimeout, limits, scheduler } = options;
    this.#callee = callee;
    this.room = limits.response;
    this.#handlers = new BoundedHandlers({
      concurrency,
      waiting: limits.waiting,
      waitingBytes: limits.waitingBytes,
      timeout: processingTimeout,
      full: () => callee.full,
      deadlines,
      scheduler,
    });
  }

  /** Whether nothing is under way. */
  get isIdle(): boolean {
    return this.#handlers.size === 0;
  }

  /** Answers a call, at once or in its turn. */
  run(call: IncomingCall, answers: Answers = this): void {
    const { handlers, requests, notifications } = this.#callee;
    const { method, params, id } = call;
    const answering = new Answering(call, handlerOf(handlers, method), answers, this.#callee, this.room);
    if (answering.handler || (id !== undefined && requests.observed)) this.#handlers.run(answering);
    else if (id === undefined && notifications.observed) {
      notifications.next({ method, params });
      answers.add(undefined, false);
    } else answering.unknown();
  }

  /** An answer to nothing in a batch, or to all of it. */
  add(answer: string | undefined, last: boolean): void {
    if (answer !== undefined) this.#callee.answer(answer);
    if (last) this.#callee.disconnect();
    else if (this.isIdle) this.#callee.idle();
  }

  /** Unsubscribes from what is under way. */
  close(): void {
    this.#handlers.close();
  }
}

/** One call on its way to its answer. */
class Answering implements HandlerCall {
  readonly #call: IncomingCall;
  readonly handler: JsonRpcHandlers[string] | undefined;
  readonly #answers: Answers;
  readonly #callee: Callee;
  /** The most characters of any answer. */
  readonly #limit: number;

  constructor(
    call: IncomingCall,
    handler: JsonRpcHandlers[string] | undefined,
    answers: Answers,
    callee: Callee,
    limit: number,
  ) {
    this.#call = call;
    this.handler = handler;
    this.#answers = answers;
    this.#callee = callee;
    this.#limit = limit;
  }

  get size(): number {
    return this.#call.size;
  }

  invoke(): unknown {
    const { method, params } = this.#call;
    if (!this.handler) return ask(this.#callee.requests, method, params);
    return this.handler.apply(this.#callee.handlers, argumentsFor(this.handler, method, params) as unknown[]);
  }

  done(value: unknown): void {
    const last = value instanceof ReplyAndDisconnect;
    const { id, protocol } = this.#call;
    if (id === undefined) {
      this.#answers.add(undefined, last);
      return;
    }
    let json: string;
    try {
      json = JSON.stringify(last ? value.value : value) ?? 'null';
    } catch (error) {
      this.failed('failed', error);
      return;
    }
    this.#send(protocol.result(id, json), last);
  }

  failed(why: HandlerFailure, cause?: unknown): void {
    const { method, id } = this.#call;
    if (why === 'failed') this.#callee.report(() => ({ type: 'handler-failed', method, error: cause }));
    else if (!(why instanceof RpcError))
      this.#callee.report(() => ({ type: 'refused', method, reason: why }));
    // Nobody else would hear of it.
    else if (id === undefined) this.#callee.report(() => ({ type: 'handler-failed', method, error: why }));
    this.#refuse(errorOf(why));
  }

  unknown(): void {
    const { method } = this.#call;
    this.#callee.report(() => ({ type: 'refused', method, reason: 'unknown-method' }));
    this.#refuse({ code: JSON_RPC_CODES.methodNotFound, message: `unknown method ${quoted(method)}` });
  }

  #refuse(error: ErrorObject): void {
    const { id, protocol, method } = this.#call;
    if (id === undefined) {
      this.#answers.add(undefined, false);
      return;
    }
    let answer: string;
    try {
      answer = protocol.error(id, error);
    } catch (cause) {
      // Data that is no JSON.
      this.#callee.report(() => ({ type: 'handler-failed', method, error: cause }));
      answer = protocol.error(id, errorOf('failed'));
    }
    this.#send(answer, false);
  }

  #send(answer: string, last: boolean): void {
    if (answer.length <= this.#answers.room) this.#answers.add(answer, last);
    else {
      const message = `response too large (over ${this.#limit} bytes)`;
      const { protocol, id } = this.#call;
      const error = protocol.error(id as string, { code: JSON_RPC_CODES.invalidRequest, message });
      this.#answers.add(error, last);
    }
  }
}

/** A request as it is handed to whoever has subscribed to the requests. */
function ask(requests: Subject<JsonRpcRequest>, method: string, params: JsonRpcParams): Observable<unknown> {
  return new Observable((answer) => {
    requests.next({
      method,
      params,
      respond: (value) => {
        answer.next(value);
        answer.complete();
      },
      refuse: (error) => answer.error(error),
    });
  });
}

function errorOf(why: HandlerFailure): ErrorObject {
  if (why instanceof RpcError) return why;
  if (why === 'failed') return { code: JSON_RPC_CODES.internalError, message: 'internal server error' };
  const message = why === 'busy' ? 'server busy' : 'server busy - request timed out';
  return { code: JSON_RPC_CODES.serverBusy, message };
}

/** The answers to a batch: they go out together, in the order in which they come. */
export class BatchAnswers implements Answers {
  readonly #whole: Answers;
  readonly #parts: string[] = [];
  #open: number;
  #last = false;
  room: number;

  /** @param size how many answers there will be, with those to notifications */
  constructor(whole: Answers, size: number) {
    this.#whole = whole;
    this.#open = size;
    this.room = whole.room;
  }

  add(answer: string | undefined, last: boolean): void {
    if (answer !== undefined) {
      this.#parts.push(answer);
      this.room -= answer.length + 2;
    }
    this.#last ||= last;
    if (--this.#open > 0) return;
    this.#whole.add(this.#parts.length > 0 ? `[${this.#parts.join(', ')}]` : undefined, this.#last);
  }
}
