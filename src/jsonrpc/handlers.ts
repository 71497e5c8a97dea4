import type { Observable } from 'rxjs';
import { InvalidArgumentError } from '../errors.ts';
import { RpcError } from '../rpc/rpc-error.ts';
import { JSON_RPC_CODES, type JsonRpcParams } from './messages.ts';

/**
 * What answers a peer's requests and takes its notifications, by method; own properties only.
 *
 * A handler gets the arguments as they came: by position one by one, by name as one object. It returns a value, a Promise or
 * an Observable, whose first value is the answer; nothing is `null`. What it throws is for the peer if it is an
 * {@link RpcError}; of anything else the peer is told `internal server error`, and an event tells the rest. How many
 * arguments there are, and of what kind, is for it to check, or for {@link method}.
 */
// biome-ignore lint/suspicious/noExplicitAny: each handler has parameters of its own
export type JsonRpcHandlers = Readonly<Record<string, (...params: any[]) => unknown>>;

/** An answer after which the connection is closed; see {@link replyAndDisconnect}. */
export class ReplyAndDisconnect<T = unknown> {
  readonly value: T;

  /** @internal `replyAndDisconnect` is the way to make one. */
  constructor(value: T) {
    this.value = value;
  }
}

/**
 * An answer after which the session is closed: a handler's last word.
 *
 * @example
 * ```ts
 * import { jsonRpcListen, replyAndDisconnect } from 'rxserf/jsonrpc';
 *
 * jsonRpcListen({ bye: (name: string) => replyAndDisconnect(`bye, ${name}`) }, { port: 4000 }).subscribe();
 * ```
 */
export function replyAndDisconnect<T>(value: T): ReplyAndDisconnect<T> {
  return new ReplyAndDisconnect(value);
}

/** What a {@link method} takes, for {@link argumentsFor}. */
const PARAMETERS = Symbol('parameters');

interface Parameters {
  readonly names: readonly string[];
  readonly required: number;
  /** Whether more may follow by position. */
  readonly rest: boolean;
}

/**
 * A handler that says what its parameters are called: then they may come by name as well, and calls with too few, too many
 * or unknown ones are refused (`-32602`) before it runs.
 *
 * @param parameters the names in their order; `'b?'` may be left out, and so may those behind it, `'...rest'` stands for any
 *   number, which have no names
 * @throws `InvalidArgumentError` (`invalid-argument`) at the call for names that cannot be
 * @example
 * ```ts
 * import { jsonRpcListen, method } from 'rxserf/jsonrpc';
 *
 * const handlers = {
 *   sub: method(['a', 'b?'], (a: number, b?: number) => a - (b ?? 0)), // [5, 1], { a: 5, b: 1 }, { a: 5 }
 *   sum: method(['...numbers'], (...numbers: number[]) => numbers.reduce((sum, each) => sum + each, 0)),
 * };
 * jsonRpcListen(handlers, { port: 4000 }).subscribe();
 * ```
 */
export function method<P extends unknown[], R>(
  parameters: readonly string[],
  handler: (...params: P) => R,
): (...params: P) => R {
  const described = parametersOf(parameters);
  const wrapped = (...params: P): R => handler(...params);
  return Object.assign(wrapped, { [PARAMETERS]: described });
}

function parametersOf(texts: readonly string[]): Parameters {
  const rest = texts.at(-1)?.startsWith('...') ?? false;
  const named = rest ? texts.slice(0, -1) : texts;
  const required = named.findIndex((text) => text.endsWith('?'));
  const names = named.map((text) => text.replace(/\?$/, ''));
  const wrong =
    names.find((name) => !/^[\p{ID_Start}_$][\p{ID_Continue}$]*$/u.test(name)) ??
    (required >= 0 ? named.slice(required).find((text) => !text.endsWith('?')) : undefined) ??
    names.find((name, index) => names.indexOf(name) !== index);
  if (wrong === undefined) return { names, required: required < 0 ? names.length : required, rest };
  throw new InvalidArgumentError(
    'invalid-argument',
    `method: ${JSON.stringify(wrong)} cannot be a parameter there: write 'a', then 'b?' for what may be left out, then '...rest'`,
  );
}

/** The arguments to call a handler with. @throws RpcError (-32602) when its parameters are others */
export function argumentsFor(handler: object, name: string, params: JsonRpcParams): readonly unknown[] {
  const parameters = (handler as { [PARAMETERS]?: Parameters })[PARAMETERS];
  if (isList(params)) {
    if (parameters) checkCount(parameters, name, params.length);
    return params;
  }
  return parameters ? positional(parameters, name, params) : [params];
}

function isList(params: JsonRpcParams): params is readonly unknown[] {
  return Array.isArray(params);
}

function checkCount({ names, required, rest }: Parameters, name: string, count: number): void {
  if (count < required)
    throw invalidParams(`${count} arguments passed to method ${quoted(name)} but it requires ${required}`);
  if (count > names.length && !rest)
    throw invalidParams(`${count} arguments passed to method ${name} taking at most ${names.length}`);
}

function positional(
  { names, required }: Parameters,
  name: string,
  params: Readonly<Record<string, unknown>>,
): unknown[] {
  const missing = names.slice(0, required).find((each) => !Object.hasOwn(params, each));
  if (missing !== undefined)
    throw invalidParams(`method ${quoted(name)} requires parameter ${quoted(missing)}`);
  const excess = Object.keys(params).find((each) => !names.includes(each));
  if (excess !== undefined)
    throw invalidParams(`method ${quoted(name)} does not take parameter ${quoted(excess)}`);
  return names.map((each) => (Object.hasOwn(params, each) ? params[each] : undefined));
}

function invalidParams(message: string): RpcError {
  return new RpcError(JSON_RPC_CODES.invalidParams, message);
}

/** A name from the wire, to be shown: not at any length. */
export function quoted(name: string): string {
  return JSON.stringify(name.length > 100 ? `${name.slice(0, 100)}…` : name);
}

/** What comes of a handler: the value that a Promise, an Observable or {@link replyAndDisconnect} holds. */
export type Answer<R> =
  R extends Observable<infer T>
    ? Answer<T>
    : R extends PromiseLike<infer T>
      ? Answer<T>
      : R extends ReplyAndDisconnect<infer T>
        ? T
        : R;
