import { connect as connectTcp, isIP, type Socket as NodeSocket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Observer } from 'rxjs';
import { Outgoing } from './outgoing.ts';
import { type Connection, SocketSubject } from './socket.ts';

/** Where a TCP socket leads. */
export interface TcpOptions {
  readonly host: string;
  readonly port: number;
  /** Inside TLS, with Node's `tls.connect` options or just the defaults. @defaultValue false */
  readonly tls?: boolean | ConnectionOptions;
}

/**
 * A TCP connection as a Subject of bytes: subscribe connects, `next` sends, unsubscribe closes. What is sent in one
 * tick goes out in one write, of 64 KiB at most unless a single piece is larger; bytes that were given to it are not to be
 * written to. Errors are Node's own.
 *
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { tcpSocket } from 'rxserf/socket';
 *
 * connect('10.0.0.1:7373', { socket: ({ host, port }) => tcpSocket({ host, port, tls: { ca: 'PEM' } }) });
 * ```
 */
export function tcpSocket({ host, port, tls = false }: TcpOptions): SocketSubject {
  return new SocketSubject((incoming, halfOpen) => {
    // Most connections are without TLS, and to load it takes 5 ms of the 35 that it takes to load all of this.
    const socket: NodeSocket = tls
      ? process
          .getBuiltinModule('node:tls')
          .connect({ ...servername(host), ...(tls === true ? {} : tls), host, port })
      : connectTcp({ host, port });
    return connectionOver(socket, incoming, halfOpen);
  });
}

/** The same over a connection that somebody else has opened, and `socketOver` makes ours. */
export function socketOver(socket: NodeSocket): SocketSubject {
  return new SocketSubject((incoming, halfOpen) => connectionOver(socket, incoming, halfOpen));
}

function connectionOver(socket: NodeSocket, incoming: Observer<Uint8Array>, halfOpen: boolean): Connection {
  socket.allowHalfOpen = halfOpen;
  socket.setNoDelay(true);
  socket.on('data', (chunk: Buffer) => {
    incoming.next(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
  });
  socket.on('end', () => incoming.complete());
  socket.on('error', (error) => incoming.error(error));
  let gone = false;
  socket.on('close', () => {
    gone = true;
    incoming.complete();
  });
  const outgoing = new Outgoing((bytes) => {
    if (socket.writable) socket.write(bytes);
  });
  return {
    write: (bytes) => outgoing.write(bytes),
    end: () => {
      outgoing.flush();
      socket.end();
    },
    destroy: () => socket.destroy(),
    localAddress: () => hostPort(socket.localAddress, socket.localPort),
    bufferedAmount: () => (gone ? 0 : socket.writableLength + outgoing.size),
  };
}

/** `IP:PORT`, with brackets around IPv6; nothing while there is no connection. */
export function hostPort(address: string | undefined, port: number | undefined): string | undefined {
  if (address === undefined) return undefined;
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}

/** The name the server is told (SNI); an IP address is none (RFC 6066), Node warns of it. */
function servername(host: string): ConnectionOptions {
  return isIP(host) === 0 ? { servername: host } : {};
}
