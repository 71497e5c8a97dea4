import { type AddressInfo, createServer, type Socket as NodeSocket } from 'node:net';
import { defer, Observable, type Subscriber, Subscription } from 'rxjs';
import { InvalidArgumentError, SerfError } from '../errors.ts';
import { atLeast } from '../options.ts';
import type { Serf } from '../serf.ts';
import { duplexSocket, hostPort } from '../socket/duplex.ts';
import { type ServeOptions, withDefaults } from './options.ts';
import { asError } from './refusal.ts';
import { serve } from './serve.ts';
import type { Peer, ServerEvent } from './server-event.ts';

/** Options of `listen`. Times are in ms, sizes in bytes. */
export interface ListenOptions extends ServeOptions {
  /** The address to listen at. @defaultValue '127.0.0.1': nobody else's machine can connect */
  readonly host?: string;
  /** The port; 0: any that is free, and `listening` tells which. @defaultValue 7373 */
  readonly port?: number;
  /** The most peers at a time; one more is disconnected at once. @defaultValue 10,000 */
  readonly maxPeers?: number;
}

/** Until a peer that is silent is asked by TCP for a sign of life, in ms; as Go, and so an agent, has it. */
const KEEP_ALIVE = 15_000;

/**
 * Serves a Serf on a TCP port, so that whatever can talk to an agent, the `serf` command for one, can talk to it.
 *
 * ```
 * subscribe     --l----c-a---------d------   listening, a peer connected, was accepted, has disconnected
 *               --#                          the port is taken, or not allowed
 * unsubscribe   ------------!                closes the port and all connections at once
 * ```
 *
 * Never completes by itself. A peer's end, however bad, is an event and not an error. Nothing is encrypted: beyond
 * loopback, the key and all else can be read on the way.
 *
 * @param serf what carries out the commands, or a function that gives each peer one; what that throws disconnects the peer
 * @param options where, the key, the limits of each peer
 * @throws `InvalidArgumentError` (`invalid-argument`) at the call for options that cannot be; everything else arrives
 *   through `error`: `SerfError` (`listen-failed`), with Node's error as `cause`
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { listen } from 'rxserf/server';
 *
 * listen(connect('10.0.0.1:7373'), { port: 0, authKey: 's3cret' }).subscribe((event) => {
 *   if (event.type === 'listening') console.log(event.address); // 127.0.0.1:40123
 *   if (event.type === 'disconnected') console.log(event.peer.address, event.error?.message ?? 'bye');
 * });
 * ```
 */
export function listen(
  serf: Serf<Uint8Array> | ((peer: Peer) => Serf<Uint8Array>),
  options: ListenOptions = {},
): Observable<ServerEvent> {
  const { host = '127.0.0.1', port = 7373, maxPeers = 10_000 } = options;
  const settled = withDefaults(options);
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw new InvalidArgumentError('invalid-argument', `port should be 0 to 65535, not ${String(port)}`);
  atLeast('maxPeers', 1, maxPeers);
  const serfOf = typeof serf === 'function' ? serf : () => serf;
  return new Observable((subscriber) => {
    const peers = new Subscription();
    const server = createServer({ keepAlive: true, keepAliveInitialDelay: KEEP_ALIVE });
    server.maxConnections = maxPeers;
    server.on('connection', (socket) => peers.add(attend(socket, serfOf, settled, subscriber)));
    server.on('drop', (data) => {
      subscriber.next({ type: 'rejected', address: hostPort(data?.remoteAddress, data?.remotePort) ?? '' });
    });
    server.on('listening', () => {
      const at = server.address() as AddressInfo;
      const address = hostPort(at.address, at.port) as string;
      subscriber.next({ type: 'listening', address, host: at.address, port: at.port });
    });
    server.on('error', (cause) => {
      const message = `cannot listen on ${hostPort(host, port)}: ${cause.message}`;
      subscriber.error(new SerfError('listen-failed', message, { cause, address: hostPort(host, port) }));
    });
    server.listen({ host, port });
    return () => {
      server.close();
      peers.unsubscribe();
    };
  });
}

/** Serves one connection, and tells of it. */
function attend(
  socket: NodeSocket,
  serfOf: (peer: Peer) => Serf<Uint8Array>,
  options: ServeOptions,
  subscriber: Subscriber<ServerEvent>,
): Subscription {
  const peer: Peer = { address: hostPort(socket.remoteAddress, socket.remotePort) ?? '' };
  subscriber.next({ type: 'connected', peer });
  return defer(() => serve(serfOf(peer), duplexSocket(socket), options)).subscribe({
    next: (event) => subscriber.next({ ...event, peer }),
    error: (error) => {
      // Nobody has subscribed to it when it was `serfOf` that threw.
      socket.destroy();
      subscriber.next({ type: 'disconnected', peer, error: asError(error) });
    },
    complete: () => subscriber.next({ type: 'disconnected', peer }),
  });
}
