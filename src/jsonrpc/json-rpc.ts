import { InvalidArgumentError } from '../errors.ts';
import type { Socket, SocketData } from '../socket/socket.ts';
import type { Framer } from './framer.ts';
import type { JsonRpcSession, TypedJsonRpcSession } from './json-rpc-session.ts';
import { type JsonRpcOptions, withDefaults } from './options.ts';
import { Session } from './session.ts';

/**
 * A JSON-RPC session over a socket: TCP, TLS, a Unix socket, a pipe in memory, or, with `textFrames()`, a WebSocket. Both sides
 * are equal: either may ask, answer and notify.
 *
 * ```
 * session.request   ---s--------(r|)     s: the request is sent, and before it the socket is connected
 * session.status$   i--c-C------------|  idle, connecting, connected; completes after `closed`
 * ```
 *
 * @param socket not subscribed to yet; the session is its one subscriber
 * @param options version, framer, handlers, limits, times in ms
 * @throws `InvalidArgumentError` (`invalid-argument`) at the call for options that cannot be
 * @example
 * ```ts
 * import { jsonRpc, RpcError } from 'rxserf/jsonrpc';
 * import { tcpSocket } from 'rxserf/socket';
 *
 * const session = jsonRpc(tcpSocket({ host: '127.0.0.1', port: 50_001 }), {
 *   handlers: { ping: () => 'pong' }, // the peer may ask, too
 * });
 * session.request<string[]>('server.version', ['rxserf', '1.4']).subscribe(console.log);
 * session.notifications$.subscribe(({ method, params }) => console.log(method, params));
 * session.batch((b) => [b.request('sum', [1, 2]), b.notify('note')]).subscribe(([sum]) => console.log(sum.value));
 *
 * // What the peer can do, as an interface: names, parameters and results are checked.
 * interface Calculator {
 *   sum(...numbers: number[]): number;
 *   sub(params: { a: number; b: number }): number;
 * }
 * const calculator = jsonRpc<Calculator>(tcpSocket({ host: '127.0.0.1', port: 50_002 }));
 * calculator.api.sum(1, 2).subscribe((three) => console.log(three.toFixed()));
 * calculator.request('sub', { a: 5, b: 1 }).subscribe();
 * ```
 */
export function jsonRpc(socket: Socket<Uint8Array>, options?: JsonRpcOptions): JsonRpcSession;
export function jsonRpc(
  socket: Socket<string>,
  options: JsonRpcOptions<string> & { readonly framer: Framer<string> },
): JsonRpcSession;
export function jsonRpc<Api extends object>(
  socket: Socket<Uint8Array>,
  options?: JsonRpcOptions,
): TypedJsonRpcSession<Api>;
export function jsonRpc<Api extends object>(
  socket: Socket<string>,
  options: JsonRpcOptions<string> & { readonly framer: Framer<string> },
): TypedJsonRpcSession<Api>;
export function jsonRpc<T extends SocketData>(
  socket: Socket<T>,
  options: JsonRpcOptions<T> = {},
): JsonRpcSession {
  if (typeof socket?.subscribe !== 'function' || typeof socket.next !== 'function')
    throw new InvalidArgumentError('invalid-argument', 'jsonRpc: the socket should be one of rxserf/socket');
  return new Session(socket, withDefaults(options));
}
