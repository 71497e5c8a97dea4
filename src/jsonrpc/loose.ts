import { lenientError, type Protocol } from './messages.ts';
import { readRequest, v2 } from './v2.ts';

/** JSON-RPC 2.0 from peers that do not say so; what is sent is 2.0, so that they may notice. */
export const loose: Protocol = {
  ...v2,
  name: 'loose',

  request: (object) => readRequest(object, undefined),

  response({ id, result, error = null }) {
    if (error === null) {
      return result === undefined
        ? { type: 'bad-response', id, problem: 'has neither result nor error' }
        : { type: 'result', id, result };
    }
    if (result !== undefined && result !== null)
      return { type: 'bad-response', id, problem: 'has a result and an error' };
    return { type: 'error', id, error: lenientError(error) };
  },
};
