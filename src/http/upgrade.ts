import { STATUS_CODES } from 'node:http';
import type { Duplex } from 'node:stream';

/** Of a request for an upgrade whose answer takes a while: until a WebSocket has the socket, a reset would end the process. */
export function guardUpgrade(socket: Duplex): void {
  socket.on('error', () => socket.destroy());
}

/** Answers a request for an upgrade with a refusal. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  const retry = status === 503 ? 'Retry-After: 2\r\n' : '';
  // Whoever goes on sending is not listened to.
  socket.once('finish', () => socket.destroy());
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n${retry}\r\n`,
  );
}
