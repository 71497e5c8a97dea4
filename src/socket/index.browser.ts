/** Sockets: Subjects of bytes or texts that `connect` can use, in a browser. */
export {
  type AcceptedWebSocket,
  type AcceptedWebSocketOptions,
  acceptedWebSocket,
} from './accepted-websocket.ts';
export { duplexSocket, tcpSocket, unixSocket } from './browser-tcp.ts';
export { webSocketSocket } from './browser-websocket.ts';
export { CLOSE_CODES, type CloseCode, type ClosedBy, WebSocketClosedError } from './close-codes.ts';
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
export type { FrameType, WebSocketLike, WebSocketOptions } from './websocket.ts';
