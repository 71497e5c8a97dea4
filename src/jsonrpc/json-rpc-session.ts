// For projects whose `lib` has no AsyncDisposable: kept in the declarations.
/// <reference lib="esnext.disposable" preserve="true" />
import type { Observable } from 'rxjs';
import type { ProtocolError } from '../errors.ts';
import type { RpcError } from '../rpc/rpc-error.ts';
import type { Answer, ReplyAndDisconnect } from './handlers.ts';
import type { JsonRpcParams } from './messages.ts';

/** How far a session is. */
export type JsonRpcStatus =
  /** Nothing has been subscribed to. */
  | { readonly state: 'idle' }
  | { readonly state: 'connecting' }
  | { readonly state: 'connected' }
  /** It is over: with an `error` unless one of both sides has just closed it. */
  | { readonly state: 'closed'; readonly error?: Error };

/**
 * What happens at a session that nobody else is told, by `type`:
 *
 * - `protocol`: with `auto`, the peer's first message says which version it speaks
 * - `malformed`: the peer sent what is no message; if there was a way, it was answered with an error. Also a message that the
 *   framer left out
 * - `unexpected-response`: the peer answered what was not asked, or not any longer
 * - `handler-failed`: a handler threw, and the peer was told no more than that; or its answer was no JSON
 * - `refused`: a request or notification of the peer's was not carried out: nobody has such a method, too many waited, or the
 *   handler took too long
 */
export type JsonRpcEvent =
  | { readonly type: 'protocol'; readonly protocol: 'v1' | 'v2' | 'loose' }
  | { readonly type: 'malformed'; readonly error: ProtocolError }
  | { readonly type: 'unexpected-response'; readonly id: unknown }
  | { readonly type: 'handler-failed'; readonly method: string; readonly error: unknown }
  | {
      readonly type: 'refused';
      readonly method: string;
      readonly reason: 'unknown-method' | 'busy' | 'timed-out';
    };

/** A notification of the peer's. */
export interface JsonRpcNotification {
  readonly method: string;
  /** What the peer sent, unchecked; an empty list if that was nothing. */
  readonly params: JsonRpcParams;
}

/** A request of the peer's; the first answer is the one that counts. */
export interface JsonRpcRequest extends JsonRpcNotification {
  /** Answers it; nothing is `null`. */
  respond(result?: unknown): void;
  /** Answers it with an error; anything but an `RpcError` is `internal server error` to the peer. */
  refuse(error: RpcError | Error): void;
}

/** Options of one request or batch. */
export interface JsonRpcCallOptions {
  /** How long the answer may take, in ms; 0: for ever. @defaultValue the session's */
  readonly timeout?: number;
}

/** The names of an interface's functions. */
export type MethodOf<Api> = {
  [M in keyof Api]: Api[M] extends (...params: never[]) => unknown ? M : never;
}[keyof Api] &
  string;

/** The parameters of a method: a list, or, where there is one and it is an object, that object: they go by name then. */
export type ParamsOf<Api, M extends keyof Api> = Api[M] extends (...params: infer P) => unknown
  ?
      | Readonly<P>
      | (P extends [infer Named extends object] ? (Named extends readonly unknown[] ? never : Named) : never)
  : never;

/** What a method answers. */
export type ResultOf<Api, M extends keyof Api> = Api[M] extends (...params: never[]) => infer R
  ? Answer<R>
  : never;

/** The parameters behind the method's name: none need be given to a method that takes none. */
export type ParamsAndOptions<Api, M extends keyof Api> = Api[M] extends (...params: infer P) => unknown
  ? [] extends P
    ? [params?: ParamsOf<Api, M>, options?: JsonRpcCallOptions]
    : [params: ParamsOf<Api, M>, options?: JsonRpcCallOptions]
  : never;

/** The handlers that answer an interface: each with its parameters, and a result at once or later. */
export type HandlersFor<Api> = {
  readonly [M in MethodOf<Api>]: Api[M] extends (...params: infer P) => infer R
    ? (
        ...params: P
      ) =>
        | Answer<R>
        | ReplyAndDisconnect<Answer<R>>
        | PromiseLike<Answer<R> | ReplyAndDisconnect<Answer<R>>>
        | Observable<Answer<R> | ReplyAndDisconnect<Answer<R>>>
    : never;
};

/** The functions of an interface as calls: `api.sum(1, 2)` is `request('sum', [1, 2])`. */
export type ApiProxy<Api> = {
  readonly [M in MethodOf<Api>]: Api[M] extends (...params: infer P) => infer R
    ? (...params: P) => Observable<Answer<R>>
    : never;
};

/** A request or notification of a batch; it is sent only there. */
export interface BatchMember<R> {
  readonly type: 'request' | 'notification';
  readonly method: string;
  /** Never there: what the answer will be. */
  readonly result?: R;
}

/** What a batch is made of. */
export interface BatchBuilder<Api> {
  /** Adds a call that is answered. */
  request<M extends MethodOf<Api>>(
    method: M,
    ...params: ParamsAndOptions<Api, M>
  ): BatchMember<ResultOf<Api, M>>;
  /** Adds a call that is not answered. */
  notify<M extends MethodOf<Api>>(method: M, ...params: ParamsAndOptions<Api, M>): BatchMember<undefined>;
}

/** The same where nothing is known of the peer's methods. */
export interface UntypedBatchBuilder {
  /** Adds a call that is answered. */
  request<R = unknown>(method: string, params?: JsonRpcParams): BatchMember<R>;
  /** Adds a call that is not answered. */
  notify(method: string, params?: JsonRpcParams): BatchMember<undefined>;
}

/** What became of one member of a batch; of a notification, nothing is known but that it was sent. */
export type BatchOutcome<R = unknown> =
  | { readonly value: R; readonly error?: undefined }
  | { readonly error: Error; readonly value?: undefined };

/** The outcomes of a batch, each in its member's place. */
export type BatchOutcomes<B extends readonly BatchMember<unknown>[]> = {
  readonly [K in keyof B]: BatchOutcome<B[K] extends BatchMember<infer R> ? R : never>;
};

/** What a session has, whatever is known of the peer's methods. */
export interface JsonRpcSessionBase extends AsyncDisposable {
  /**
   * The requests of the peer for which there is no handler. Each counts as one that runs (`concurrency`,
   * `processingTimeout`) until it is answered. Nothing is kept for a later subscriber: without one, they are `-32601`.
   */
  readonly requests$: Observable<JsonRpcRequest>;
  /** The notifications of the peer for which there is no handler. Nothing is kept for a later subscriber. */
  readonly notifications$: Observable<JsonRpcNotification>;
  /** What nobody else is told, as it happens. */
  readonly events$: Observable<JsonRpcEvent>;
  /** How far the session is: the present state, then each change. Completes once it is closed. */
  readonly status$: Observable<JsonRpcStatus>;
  /**
   * Sends what is left and closes; resolves when that is done, a second later at the latest. Calls that wait for an answer
   * error with `ClosedError`, handlers are unsubscribed from, streams complete.
   */
  close(): Promise<void>;
}

/**
 * A conversation with a peer: either side may ask and answer. It connects when something of it is first subscribed to, once;
 * a new connection is a new session (`defer` and `retry`). When it ends its streams complete, however that was; `status$`
 * tells.
 */
export interface JsonRpcSession extends JsonRpcSessionBase {
  /**
   * Calls a method of the peer's. Each subscription sends a request of its own; unsubscribing forgets it, as JSON-RPC cannot
   * take one back.
   *
   * ```
   * request       --(r|)     the answer
   *               --#        the peer's error, no answer in time, or the connection has ended
   * unsubscribe   -!         the answer will be ignored
   * ```
   *
   * Errors with `RemoteError` (the peer's error), `RequestTimeoutError`, `ConnectError` (there was no connection to be had),
   * `ConnectionLostError` with an `outcome`, at once and of all that wait in the same turn, `ClosedError`, `SerfError`
   * (`overflow`: too many wait, or the peer does not read), `ProtocolError` (`unexpected-shape`: what came is no answer).
   *
   * @param params a list, or an object: arguments by name
   * @throws `InvalidArgumentError` at the call when a parameter has no JSON, or with 1.0 for arguments by name
   */
  request<R = unknown>(method: string, params?: JsonRpcParams, options?: JsonRpcCallOptions): Observable<R>;
  /**
   * Tells the peer something. Each subscription sends it; emits `undefined` and completes when it is handed to the socket. Errors as
   * a request does, but for the peer.
   *
   * @throws `InvalidArgumentError` at the call, as `request` does
   */
  notify(method: string, params?: JsonRpcParams): Observable<void>;
  /**
   * Sends several requests and notifications as one message. Emits the outcomes once, each in its member's place, when all are
   * known: a value, or an error as of a request. Errors as a whole when the connection ends.
   *
   * ```
   * batch         -----(o|)     o: [{ value: 3 }, { value: undefined }, { error }]
   * ```
   *
   * @param build gives the members, made by what it is given
   * @throws `InvalidArgumentError` at the call as `request` does, for a batch without members or with too many, and with 1.0
   */
  batch<const B extends readonly BatchMember<unknown>[]>(
    build: (batch: UntypedBatchBuilder) => B,
    options?: JsonRpcCallOptions,
  ): Observable<BatchOutcomes<B>>;
  /** Calls as functions: `api['sum'](1, 2)`; see `jsonRpc<Api>` for one that knows what there is. */
  readonly api: Readonly<Record<string, (...params: unknown[]) => Observable<unknown>>>;
}

/** A {@link JsonRpcSession} that knows the peer's methods: names, parameters and results are those of `Api`. */
export interface TypedJsonRpcSession<Api> extends JsonRpcSessionBase {
  /** As {@link JsonRpcSession.request}. */
  request<M extends MethodOf<Api>>(
    method: M,
    ...params: ParamsAndOptions<Api, M>
  ): Observable<ResultOf<Api, M>>;
  /** As {@link JsonRpcSession.notify}. */
  notify<M extends MethodOf<Api>>(method: M, ...params: ParamsAndOptions<Api, M>): Observable<void>;
  /** As {@link JsonRpcSession.batch}. */
  batch<const B extends readonly BatchMember<unknown>[]>(
    build: (batch: BatchBuilder<Api>) => B,
    options?: JsonRpcCallOptions,
  ): Observable<BatchOutcomes<B>>;
  /** The methods as functions: `session.api.sum(1, 2)` is `session.request('sum', [1, 2])`. */
  readonly api: ApiProxy<Api>;
}
