import {
  type ErrorObject,
  errorJson,
  invalid,
  isObject,
  JSON_RPC_CODES,
  type JsonObject,
  type JsonRpcParams,
  type Message,
  type Protocol,
} from './messages.ts';

/** How much of what the peer sent is shown to it in an error, in characters. */
const SHOWN = 100;

/** JSON-RPC 2.0, with `null` for the id of a notification as well as none. https://www.jsonrpc.org/specification */
export const v2: Protocol = {
  name: 'v2',
  batches: true,
  namedParams: true,

  request: (object) => readRequest(object, wrongVersion(object)),

  response(object) {
    const { id, result, error } = object;
    const problem = wrongVersion(object);
    if (problem) return { type: 'bad-response', id, problem };
    if (result !== undefined) {
      return error === undefined
        ? { type: 'result', id, result }
        : { type: 'bad-response', id, problem: 'has a result and an error' };
    }
    if (error === undefined) return { type: 'bad-response', id, problem: 'has neither result nor error' };
    if (isErrorObject(error)) return { type: 'error', id, error };
    return { type: 'bad-response', id, problem: 'has an error without code and message' };
  },

  call(method, id, params) {
    const head = `{"jsonrpc":"2.0","method":${JSON.stringify(method)}`;
    const numbered = id === undefined ? head : `${head},"id":${id}`;
    return params === undefined ? `${numbered}}` : `${numbered},"params":${params}}`;
  },

  result: (id, result) => `{"jsonrpc":"2.0","result":${result},"id":${id}}`,

  error: (id, error) => `{"jsonrpc":"2.0","error":${errorJson(error)},"id":${id}}`,
};

/** @param problem what is wrong with it as a message of this version */
export function readRequest(message: JsonObject, problem: string | undefined): Message {
  const { id = null, method, params = [] } = message;
  if (typeof id === 'object' && id !== null)
    return invalid(
      null,
      JSON_RPC_CODES.invalidRequest,
      `invalid "id": ${JSON.stringify(id).slice(0, SHOWN)}`,
    );
  if (problem) return invalid(id, JSON_RPC_CODES.invalidRequest, problem);
  if (typeof params !== 'object' || params === null)
    return invalid(
      id,
      JSON_RPC_CODES.invalidParams,
      'invalid request arguments: "params" should be a list or an object',
    );
  if (typeof method !== 'string')
    return invalid(id, JSON_RPC_CODES.methodNotFound, 'method must be a string');
  return id === null
    ? { type: 'notification', method, params: params as JsonRpcParams }
    : { type: 'request', id, method, params: params as JsonRpcParams };
}

function wrongVersion({ jsonrpc }: JsonObject): string | undefined {
  return jsonrpc === '2.0' ? undefined : '"jsonrpc" is not "2.0"';
}

function isErrorObject(error: unknown): error is ErrorObject {
  return isObject(error) && Number.isInteger(error['code']) && typeof error['message'] === 'string';
}
