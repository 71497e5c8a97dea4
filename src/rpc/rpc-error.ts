/**
 * An error that a handler means for its caller: code, message and data go to the peer as they are. Of any other error
 * that a handler throws, the peer is told only that there was one.
 *
 * @example
 * ```ts
 * import { RpcError } from 'rxserf/jsonrpc';
 *
 * const handlers = {
 *   divide(a: number, b: number) {
 *     if (b === 0) throw new RpcError(1, 'division by zero');
 *     return a / b;
 *   },
 * };
 * ```
 */
export class RpcError extends Error {
  override name = 'RpcError';
  /** An integer; JSON-RPC keeps those from -32768 to -32000 for itself. */
  readonly code: number;
  /** Anything that JSON can say; `undefined`: nothing. */
  readonly data: unknown;

  constructor(code: number, message: string, data?: unknown) {
    super(message);
    this.code = code;
    this.data = data;
  }
}
