/** Sockets: Subjects of bytes that `connect` can use, on Node. */
export { pipe } from './pipe.ts';
export type { Socket, SocketFactory, SocketSubject } from './socket.ts';
export { type TcpOptions, tcpSocket } from './tcp.ts';
