import type { SchedulerLike } from 'rxjs';
import { monotonicScheduler } from '../clock.ts';
import { InvalidArgumentError } from '../errors.ts';
import { atLeast, duration } from '../options.ts';
import type { SocketData } from '../socket/socket.ts';
import type { Framer } from './framer.ts';
import type { JsonRpcHandlers } from './handlers.ts';
import { newline } from './newline.ts';

/**
 * The version of JSON-RPC:
 *
 * - `'v1'`: 1.0. No batches, arguments by position only
 * - `'v2'`: 2.0, strictly
 * - `'loose'`: sends 2.0, and takes requests and answers that do not say which version they are
 * - `'auto'`: as the peer's first message has it; what is sent before that is 2.0
 */
export type JsonRpcProtocol = 'v1' | 'v2' | 'loose' | 'auto';

/** Bounds on one peer, and on what waits for it. Sizes in bytes, of UTF-8; on a socket of texts, in characters. */
export interface JsonRpcLimits {
  /** The most calls of ours that wait for an answer; one more errors with `overflow`. @defaultValue 10,000 */
  readonly pending: number;
  /** The most requests and notifications of the peer's that wait for a handler; one more is `-102`. @defaultValue 10,000 */
  readonly waiting: number;
  /** The most bytes that these may have on the wire. @defaultValue 4,194,304 (4 MiB) */
  readonly waitingBytes: number;
  /** The most members of a batch, either way; a larger one is refused as a whole. @defaultValue 1,000 */
  readonly batch: number;
  /** The most characters of an answer, or of the answers to one batch; in place of more is `-32600`. @defaultValue 10,000,000 */
  readonly response: number;
  /** How deep a message may nest; a deeper one is `-32600`. @defaultValue 512 */
  readonly depth: number;
  /** How many messages in a row may be none; one more ends the session (`overflow`). @defaultValue 1,000 */
  readonly malformed: number;
  /**
   * How many bytes may wait for the peer to read them. Beyond that no handler is begun, answers are held, and a call of ours errors
   * with `overflow`. Twice as many end the session (`overflow`); one message for which there was room does not count. @defaultValue 4,194,304 (4 MiB)
   */
  readonly outbound: number;
}

/** Options of `jsonRpc`. Times are in ms, sizes in bytes. */
export interface JsonRpcOptions<T extends SocketData = Uint8Array> {
  /** The version. @defaultValue 'v2' */
  readonly protocol?: JsonRpcProtocol;
  /** How messages travel. @defaultValue newline(), on a socket of bytes */
  readonly framer?: Framer<T>;
  /** What answers the peer. @defaultValue nothing but `requests$` and `notifications$`, and so `-32601` where these have no subscriber */
  readonly handlers?: JsonRpcHandlers;
  /** How long a request or a batch of ours waits for its answer, in ms, where the call does not say; 0: for ever. @defaultValue 30,000 */
  readonly timeout?: number;
  /** How many handlers run at a time. @defaultValue 20 */
  readonly concurrency?: number;
  /** How long a handler may take, in ms, until the peer is told `-102`; 0: for ever. @defaultValue 30,000 */
  readonly processingTimeout?: number;
  /**
   * How long a connection may be silent, in ms, while nobody waits for an answer; then it is ended (`peer-timeout`). What is sent
   * counts as what comes does. 0: for ever. A listener whose places (`maxPeers`) are not to be taken by peers that do nothing has
   * to set it. @defaultValue 0
   */
  readonly idleTimeout?: number;
  /** Bounds on the peer. @defaultValue see {@link JsonRpcLimits} */
  readonly limits?: Partial<JsonRpcLimits>;
  /** Where all time comes from; a `TestScheduler` makes it virtual. @defaultValue a monotonic clock */
  readonly scheduler?: SchedulerLike;
}

/** What of {@link JsonRpcOptions} bounds the peer, with every default in its place. */
export interface SessionLimits {
  readonly concurrency: number;
  readonly processingTimeout: number;
  readonly limits: JsonRpcLimits;
  readonly scheduler: SchedulerLike;
}

/** {@link JsonRpcOptions} with every default in its place. */
export interface SessionOptions<T extends SocketData> extends SessionLimits {
  readonly protocol: JsonRpcProtocol;
  readonly framer: Framer<T>;
  readonly handlers: JsonRpcHandlers;
  readonly timeout: number;
  readonly idleTimeout: number;
}

const DEFAULT_LIMITS: JsonRpcLimits = {
  pending: 10_000,
  waiting: 10_000,
  waitingBytes: 4 * 1024 * 1024,
  batch: 1_000,
  response: 10_000_000,
  depth: 512,
  malformed: 1_000,
  outbound: 4 * 1024 * 1024,
};

const PROTOCOLS: readonly JsonRpcProtocol[] = ['v1', 'v2', 'loose', 'auto'];

/** Adds the defaults and checks what was given. */
export function withDefaults<T extends SocketData>(options: JsonRpcOptions<T>): SessionOptions<T> {
  if (typeof options !== 'object' || options === null) throw invalid('the options should be an object');
  const { protocol = 'v2', handlers = {}, concurrency = 20, scheduler = monotonicScheduler } = options;
  // T is Uint8Array when no framer is given: `jsonRpc` has no other way to be called.
  const framer = options.framer ?? (newline() as unknown as Framer<T>);
  if (!PROTOCOLS.includes(protocol))
    throw invalid(`protocol should be one of ${PROTOCOLS.join(', ')}, not ${String(protocol)}`);
  if (typeof framer.encode !== 'function' || typeof framer.decoder !== 'function')
    throw invalid('framer should have two functions, encode and decoder');
  return {
    protocol,
    framer,
    handlers: handlersOf(handlers),
    timeout: duration('timeout', options.timeout ?? 30_000),
    concurrency: atLeast('concurrency', 1, concurrency),
    processingTimeout: duration('processingTimeout', options.processingTimeout ?? 30_000),
    idleTimeout: duration('idleTimeout', options.idleTimeout ?? 0),
    limits: limitsOf(options.limits ?? {}),
    scheduler,
  };
}

/** @throws {@link InvalidArgumentError} for what is no table of functions */
export function handlersOf(handlers: JsonRpcHandlers): JsonRpcHandlers {
  if (typeof handlers !== 'object' || handlers === null)
    throw invalid('handlers should be an object of functions');
  const prototype = Object.getPrototypeOf(handlers);
  // Those of a class are not own properties, and so would never be called.
  if (prototype !== null && Object.getPrototypeOf(prototype) !== null)
    throw invalid('handlers should be a plain object of functions: methods of a class are not looked for');
  const wrong = Object.keys(handlers).find((name) => typeof handlers[name] !== 'function');
  if (wrong !== undefined) throw invalid(`handlers.${wrong} should be a function`);
  return handlers;
}

function limitsOf(given: Partial<JsonRpcLimits>): JsonRpcLimits {
  const limit = (name: keyof JsonRpcLimits, least: number) =>
    atLeast(`limits.${name}`, least, given[name] ?? DEFAULT_LIMITS[name]);
  return {
    pending: limit('pending', 1),
    waiting: limit('waiting', 0),
    waitingBytes: limit('waitingBytes', 0),
    batch: limit('batch', 1),
    response: limit('response', 1),
    depth: limit('depth', 1),
    malformed: limit('malformed', 1),
    outbound: limit('outbound', 1),
  };
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', message);
}
