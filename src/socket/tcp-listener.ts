import { type AddressInfo, createServer, type Socket as NodeSocket, type Server } from 'node:net';
import type { TlsOptions as NodeTlsOptions } from 'node:tls';
import { Observable } from 'rxjs';
import { InvalidArgumentError, SerfError } from '../errors.ts';
import { atLeast } from '../options.ts';
import { duplexSocket, hostPort } from './duplex.ts';
import type { SocketSubject } from './socket.ts';
import type { TlsOptions } from './tls-options.ts';

/** Until a peer that is silent is asked by TCP for a sign of life, in ms; as Go, and so an agent, has it. */
const KEEP_ALIVE = 15_000;
/** How long a peer may take to agree on TLS, in ms. */
const TLS_HANDSHAKE = 10_000;

/** Where to listen. */
export interface TcpListenerOptions {
  /** The address to listen at. @defaultValue '127.0.0.1': nobody else's machine can connect */
  readonly host?: string;
  /** The port; 0: any that is free, and `listening` tells which. */
  readonly port: number;
  /** The path of a Unix socket, or the name of a pipe on Windows, instead of host and port. */
  readonly path?: string;
  /** TLS, with Node's options of `tls.createServer`: certificate and key at least. @defaultValue none */
  readonly tls?: TlsOptions;
  /** How many connections the system keeps until they are accepted. @defaultValue Node's: 511 */
  readonly backlog?: number;
  /** The most peers at a time; one more is disconnected at once. @defaultValue 10,000 */
  readonly maxPeers?: number;
}

/** A peer has connected: whoever takes this subscribes to the socket at once, or destroys it. */
export interface AcceptedSocket {
  readonly type: 'accepted';
  /** Where the peer is, `IP:PORT`; empty for one of a Unix socket. */
  readonly address: string;
  readonly socket: SocketSubject;
  /** Closes the connection at once, whether somebody has subscribed to the socket or not. */
  readonly destroy: () => void;
}

/** What happens at a listener. */
export type TcpListenerEvent =
  | {
      readonly type: 'listening';
      /** `IP:PORT`, or the path. */
      readonly address: string;
      /** Empty with a path. */
      readonly host: string;
      /** The one that was asked for, or with 0 the one there is; 0 with a path. */
      readonly port: number;
    }
  | AcceptedSocket
  /** Somebody was disconnected at once, as `maxPeers` were connected, or could not agree on TLS. */
  | { readonly type: 'rejected'; readonly address: string };

/**
 * Listens while it is subscribed to. Unsubscribing closes the listener and none of the connections.
 *
 * @throws InvalidArgumentError (`invalid-argument`) at the call for options that cannot be; everything else arrives through
 *   `error`: SerfError (`listen-failed`), with Node's error as `cause`
 */
export function tcpListener({
  host = '127.0.0.1',
  port,
  path,
  tls,
  backlog,
  maxPeers = 10_000,
}: TcpListenerOptions): Observable<TcpListenerEvent> {
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('invalid-argument', `port should be 0 to 65535, not ${String(port)}`);
  atLeast('maxPeers', 1, maxPeers);
  return new Observable((subscriber) => {
    const server = open(tls);
    server.maxConnections = maxPeers;
    server.on(tls ? 'secureConnection' : 'connection', (socket: NodeSocket) => {
      // Accepted in the turn in which the listener was closed.
      if (subscriber.closed) socket.destroy();
      else subscriber.next(accepted(socket));
    });
    server.on('drop', (data) => {
      subscriber.next({ type: 'rejected', address: hostPort(data?.remoteAddress, data?.remotePort) ?? '' });
    });
    server.on('tlsClientError', (_error: Error, socket: NodeSocket) => {
      subscriber.next({ type: 'rejected', address: addressOf(socket) });
      socket.destroy();
    });
    server.on('listening', () => subscriber.next(listening(server)));
    server.on('error', (cause) => {
      const address = path ?? hostPort(host, port);
      const message = `cannot listen on ${address}: ${cause.message}`;
      subscriber.error(new SerfError('listen-failed', message, { cause, address }));
    });
    const where = path === undefined ? { host, port } : { path };
    server.listen(backlog === undefined ? where : { ...where, backlog });
    return () => server.close();
  });
}

function open(tls: TlsOptions | undefined): Server {
  const keepAlive = { keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE };
  if (!tls) return createServer(keepAlive);
  // On demand: most listeners are without.
  const { createServer: createTlsServer } = process.getBuiltinModule('node:tls');
  return createTlsServer({ ...keepAlive, handshakeTimeout: TLS_HANDSHAKE, ...(tls as NodeTlsOptions) });
}

function listening(server: Server): TcpListenerEvent {
  const at = server.address() as AddressInfo | string;
  if (typeof at === 'string') return { type: 'listening', address: at, host: '', port: 0 };
  const address = hostPort(at.address, at.port) as string;
  return { type: 'listening', address, host: at.address, port: at.port };
}

function accepted(socket: NodeSocket): AcceptedSocket {
  return {
    type: 'accepted',
    address: addressOf(socket),
    socket: duplexSocket(socket),
    destroy: () => socket.destroy(),
  };
}

function addressOf({ remoteAddress, remotePort }: NodeSocket): string {
  return hostPort(remoteAddress, remotePort) ?? '';
}
