import { errorJson, invalid, JSON_RPC_CODES, lenientError, type Protocol } from './messages.ts';

/**
 * JSON-RPC 1.0: an id of any type in every message, `null` in a notification; a list of arguments; `result` and `error` both
 * in every response, one of them null. https://www.jsonrpc.org/specification_v1
 */
export const v1: Protocol = {
  name: 'v1',
  batches: false,
  namedParams: false,

  request({ id, method, params }) {
    if (id === undefined) return invalid(null, JSON_RPC_CODES.invalidRequest, 'request has no "id"');
    if (!Array.isArray(params))
      return invalid(
        id,
        JSON_RPC_CODES.invalidParams,
        'invalid request arguments: "params" should be a list',
      );
    if (typeof method !== 'string')
      return invalid(id, JSON_RPC_CODES.methodNotFound, 'method must be a string');
    return id === null ? { type: 'notification', method, params } : { type: 'request', id, method, params };
  },

  response({ id, result, error }) {
    if (id === undefined) return { type: 'bad-response', id, problem: 'has no "id"' };
    if (result === undefined || error === undefined)
      return { type: 'bad-response', id, problem: 'has not both "result" and "error"' };
    if (error === null) return { type: 'result', id, result };
    if (result !== null) return { type: 'bad-response', id, problem: 'has a result and an error' };
    return { type: 'error', id, error: lenientError(error) };
  },

  call: (method, id, params) =>
    `{"method":${JSON.stringify(method)},"params":${params ?? '[]'},"id":${id ?? 'null'}}`,

  result: (id, result) => `{"result":${result},"error":null,"id":${id}}`,

  error: (id, error) => `{"result":null,"error":${errorJson(error)},"id":${id}}`,
};
