import type { Address, Scheme } from '../address.ts';
import { resolveHost } from '../socket/resolve-host.ts';
import type { Socket, SocketFactory } from '../socket/socket.ts';
import { tcpSocket } from '../socket/tcp.ts';

/** The schemes that there is a socket for on Node. */
export const schemes: readonly Scheme[] = ['tcp', 'tls'];

/** The socket to an address with one of the {@link schemes}; names are resolved before. */
export const platformSocket: SocketFactory = Object.assign(openSocket, { resolve: resolveHost });

function openSocket({ scheme, host, port, servername }: Address): Socket {
  return tcpSocket({ host, port, tls: scheme === 'tls' && (servername ? { servername } : true) });
}

/** A variable of the process's environment. */
export function environment(name: string): string | undefined {
  return process.env[name];
}
