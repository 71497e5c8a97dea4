import type { Address, Scheme } from '../address.ts';
import type { Socket } from '../socket/socket.ts';
import { tcpSocket } from '../socket/tcp.ts';

/** The schemes that there is a socket for on Node. */
export const schemes: readonly Scheme[] = ['tcp', 'tls'];

/** The socket to an address with one of the {@link schemes}. */
export function platformSocket({ scheme, host, port }: Address): Socket {
  return tcpSocket({ host, port, tls: scheme === 'tls' });
}

/** A variable of the process's environment. */
export function environment(name: string): string | undefined {
  return process.env[name];
}
