/** Sockets: Subjects of bytes that `connect` can use, in a browser. */
export { pipe } from './pipe.ts';
export type { Socket, SocketFactory, SocketSubject } from './socket.ts';
