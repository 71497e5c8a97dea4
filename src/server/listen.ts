import { defer, Observable, type Subscriber, Subscription } from 'rxjs';
import type { Serf } from '../serf.ts';
import type { Socket } from '../socket/socket.ts';
import { type AcceptedSocket, tcpListener } from '../socket/tcp-listener.ts';
import type { Peer, PeerEvent, ServerEvent } from './events.ts';
import { type ServeOptions, withDefaults } from './options.ts';
import { Turns } from './peer/turns.ts';
import { asError } from './refusal.ts';
import { nobodyToServe, servePeer } from './serve.ts';

/** Options of `listen`. Times are in ms, sizes in bytes. */
export interface ListenOptions extends ServeOptions {
  /** The address to listen at. @defaultValue '127.0.0.1': nobody else's machine can connect */
  readonly host?: string;
  /** The port; 0: any that is free, and `listening` tells which. @defaultValue 7373 */
  readonly port?: number;
  /**
   * The file of a Unix domain socket to listen at, instead of host and port; clients connect to `unix:` and its path. Who may
   * write to it may connect: its folder's permissions say who. @defaultValue none
   */
  readonly path?: string;
  /** The most peers at a time; one more is disconnected at once. @defaultValue 10,000 */
  readonly maxPeers?: number;
}

/**
 * Serves a Serf on a TCP port, or a Unix domain socket, so that whatever can talk to an agent, the `serf` command for one, can talk to it.
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
 * @param serf what carries out the commands, or a function that gives each peer one; what that throws disconnects the peer.
 *   `undefined` where `authenticate` gives each peer its own
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
  serf: Serf<Uint8Array> | ((peer: Peer) => Serf<Uint8Array>) | undefined,
  options: ListenOptions = {},
): Observable<ServerEvent> {
  const { port = 7373 } = options;
  const settled = withDefaults(options);
  const accepted$ = tcpListener({ ...options, port });
  if (!serf && !settled.authenticate) throw nobodyToServe();
  const serfOf = typeof serf === 'function' ? serf : () => serf;
  return new Observable((subscriber) => {
    const peers = new Subscription();
    const turns = new Turns(settled.scheduler);
    const serveOne = (peer: Peer, socket: Socket) => servePeer(serfOf(peer), socket, settled, turns);
    subscriber.add(
      accepted$.subscribe({
        next: (event) => {
          if (event.type === 'accepted') peers.add(attend(event, serveOne, subscriber));
          else subscriber.next(event);
        },
        error: (error) => subscriber.error(error),
      }),
    );
    subscriber.add(peers);
  });
}

/** Serves one connection, and tells of it. */
function attend(
  { address, socket, destroy }: AcceptedSocket,
  serveOne: (peer: Peer, socket: Socket) => Observable<PeerEvent>,
  subscriber: Subscriber<ServerEvent>,
): Subscription {
  const peer: Peer = { address };
  subscriber.next({ type: 'connected', peer });
  return defer(() => serveOne(peer, socket)).subscribe({
    next: (event) => subscriber.next({ ...event, peer }),
    error: (error) => {
      // Nobody has subscribed to it when it was `serfOf` that threw.
      destroy();
      subscriber.next({ type: 'disconnected', peer, error: asError(error) });
    },
    complete: () => subscriber.next({ type: 'disconnected', peer }),
  });
}
