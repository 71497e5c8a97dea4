/**
 * Sockets: Subjects of bytes or texts that `connect` can use, on Node.
 *
 * @packageDocumentation
 */
export {
  type AcceptedWebSocket,
  type AcceptedWebSocketOptions,
  acceptedWebSocket,
} from './accepted-websocket.ts';
export { CLOSE_CODES, type CloseCode, type ClosedBy, WebSocketClosedError } from './close-codes.ts';
export { type DetectedSocks, type DetectSocksOptions, detectSocks } from './detect-socks.ts';
export { type DuplexLike, duplexSocket } from './duplex.ts';
export { type NodeWebSocketOptions, webSocketSocket } from './node-websocket.ts';
export { pipe } from './pipe.ts';
export {
  type Connection,
  type Incoming,
  type OpenConnection,
  type Socket,
  type SocketData,
  type SocketFactory,
  type SocketFromOptions,
  type SocketSubject,
  socketFrom,
} from './socket.ts';
export type { SocksCredentials, SocksOptions } from './socks-options.ts';
export { socksSocket } from './socks-socket.ts';
export { type TcpOptions, tcpSocket, unixSocket } from './tcp.ts';
export type { TlsOptions } from './tls-options.ts';
export type { FrameType, WebSocketLike, WebSocketOptions } from './websocket.ts';
