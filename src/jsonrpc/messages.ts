/** The arguments of a call: by position, or by name. */
export type JsonRpcParams = readonly unknown[] | Readonly<Record<string, unknown>>;

/** The error codes of JSON-RPC 2.0, and three that aiorpcX has made its own. */
export const JSON_RPC_CODES = {
  parseError: -32700,
  invalidRequest: -32600,
  methodNotFound: -32601,
  invalidParams: -32602,
  internalError: -32603,
  /** Of an error that came without a code. */
  unavailable: -100,
  excessiveUsage: -101,
  /** Too many requests wait, or one took too long. */
  serverBusy: -102,
} as const;

/** What a message is, once it is read. */
export type Message =
  | {
      readonly type: 'request';
      readonly id: unknown;
      readonly method: string;
      readonly params: JsonRpcParams;
    }
  | { readonly type: 'notification'; readonly method: string; readonly params: JsonRpcParams }
  | { readonly type: 'result'; readonly id: unknown; readonly result: unknown }
  | { readonly type: 'error'; readonly id: unknown; readonly error: ErrorObject }
  | Invalid
  /** A response that cannot be read: who waits for it is told, the peer is not. */
  | { readonly type: 'bad-response'; readonly id: unknown; readonly problem: string };

/** No message: the peer is answered with an error, with the request's id as far as there is one. */
export interface Invalid {
  readonly type: 'invalid';
  readonly id: unknown;
  readonly error: ErrorObject;
}

/** An error on the wire; `data` is left out when it is undefined. */
export interface ErrorObject {
  readonly code: number;
  readonly message: string;
  readonly data?: unknown;
}

/** How a version of JSON-RPC reads and writes single messages. */
export interface Protocol {
  readonly name: 'v1' | 'v2' | 'loose';
  /** Whether several messages may be one. */
  readonly batches: boolean;
  /** Whether arguments may go by name. */
  readonly namedParams: boolean;
  /** Reads an object that is to be a request or a notification. */
  request(object: JsonObject): Message;
  /** Reads an object that is to be a response. */
  response(object: JsonObject): Message;
  /** @param id of a request; `undefined`: it is a notification @param params JSON; `undefined`: none */
  call(method: string, id: number | undefined, params: string | undefined): string;
  /** @param id JSON @param result JSON */
  result(id: string, result: string): string;
  /** @param id JSON */
  error(id: string, error: ErrorObject): string;
}

/** A JSON object whose own properties are all there is of it. */
export type JsonObject = Readonly<Record<string, unknown>>;

export function isObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

export function invalid(id: unknown, code: number, message: string): Invalid {
  return { type: 'invalid', id, error: { code, message } };
}

/** What is neither an object nor a batch. */
export const NO_OBJECT = invalid(null, JSON_RPC_CODES.invalidRequest, 'request object must be a dictionary');

/** Whether an object can only be a response. */
export function isResponse({ method, result, error }: JsonObject): boolean {
  return method === undefined && (result !== undefined || error !== undefined);
}

/** Code, message and data as JSON; a peer without a word for `data` ignores it. */
export function errorJson({ code, message, data }: ErrorObject): string {
  return JSON.stringify(data === undefined ? { code, message } : { code, message, data });
}

/** What can be made of an error in the versions that say little of its shape. */
export function lenientError(error: unknown): ErrorObject {
  const nothing = { code: JSON_RPC_CODES.unavailable, message: 'no error message provided' };
  if (typeof error === 'string') return { ...nothing, message: error };
  if (Number.isInteger(error)) return { ...nothing, code: error as number };
  if (!isObject(error)) return nothing;
  const { code, message, data } = error;
  return {
    code: Number.isInteger(code) ? (code as number) : nothing.code,
    message: typeof message === 'string' ? message : nothing.message,
    data,
  };
}
