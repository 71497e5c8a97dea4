import { Observable, type Subscriber, Subscription } from 'rxjs';
import { ClosedError } from '../errors.ts';
import { type AcceptedSocket, type TcpListenerOptions, tcpListener } from '../socket/tcp-listener.ts';
import type { JsonRpcHandlers } from './handlers.ts';
import { handlersOf, type JsonRpcOptions, type SessionOptions, withDefaults } from './options.ts';
import type { JsonRpcPeer, JsonRpcServerEvent } from './server-event.ts';
import { Session } from './session.ts';

/** Options of {@link jsonRpcListen}. Times are in ms, sizes in bytes. */
export interface JsonRpcListenOptions extends Omit<JsonRpcOptions, 'handlers'>, TcpListenerOptions {
  /**
   * When it emits or completes, no further peers are accepted; those that are connected go on. What it errors with, the
   * listener does.
   * @defaultValue never
   */
  readonly stopAccepting$?: Observable<unknown>;
}

/**
 * Answers JSON-RPC on a TCP port, a Unix socket, or in TLS: a session for each peer.
 *
 * ```
 * subscribe         --l----c-----c----d-----   listening, peers connected, one has disconnected
 *                   --#                        the port is taken, or not allowed
 * stopAccepting$    ------------x
 *                   --l----c-----------d|      the port is closed; completes when the last peer is gone
 * unsubscribe       ------------!              closes the port and all connections at once
 * ```
 *
 * A peer's end, however bad, is an event and not an error, and disturbs no other peer.
 *
 * @param handlers what answers all peers, or a function that gives each peer its own; what that throws disconnects the peer
 * @param options where, TLS, and the options of each session
 * @throws `InvalidArgumentError` (`invalid-argument`) at the call for options that cannot be; everything else arrives
 *   through `error`: `SerfError` (`listen-failed`), with Node's error as `cause`
 * @example
 * ```ts
 * import { jsonRpcListen } from 'rxserf/jsonrpc';
 *
 * jsonRpcListen(
 *   ({ session, address }) => ({
 *     whoami: () => address,
 *     twice: (n: number) => n * 2,
 *     callMeBack: (method: string) => session.request(method), // an Observable: its first value is the answer
 *   }),
 *   { port: 0 },
 * ).subscribe((event) => {
 *   if (event.type === 'listening') console.log(event.address); // 127.0.0.1:40123
 *   if (event.type === 'handler-failed') console.error(event.method, event.error);
 * });
 * ```
 */
export function jsonRpcListen(
  handlers: JsonRpcHandlers | ((peer: JsonRpcPeer) => JsonRpcHandlers),
  options: JsonRpcListenOptions,
): Observable<JsonRpcServerEvent> {
  const settled = withDefaults(options);
  const accepted$ = tcpListener(options);
  const table = typeof handlers === 'function' ? undefined : handlersOf(handlers);
  const handlersFor = table ? () => table : (handlers as (peer: JsonRpcPeer) => JsonRpcHandlers);
  return new Observable((subscriber) => {
    const peers = new Set<Subscription>();
    let accepting = true;
    const settle = () => {
      if (!accepting && peers.size === 0) subscriber.complete();
    };
    const listener = accepted$.subscribe({
      next: (event) => {
        if (event.type !== 'accepted') subscriber.next(event);
        else {
          const peer = attend(event, handlersFor, settled, subscriber);
          peers.add(peer);
          peer.add(() => {
            peers.delete(peer);
            settle();
          });
        }
      },
      error: (error) => subscriber.error(error),
    });
    const stop = () => {
      accepting = false;
      listener.unsubscribe();
      settle();
    };
    subscriber.add(() => {
      listener.unsubscribe();
      for (const peer of peers) peer.unsubscribe();
    });
    subscriber.add(
      options.stopAccepting$?.subscribe({
        next: stop,
        complete: stop,
        error: (error) => subscriber.error(error),
      }),
    );
  });
}

/** Has a session with one peer, and tells of it. Unsubscribing closes the connection at once; it is closed when that is over. */
function attend(
  { address, socket, destroy }: AcceptedSocket,
  handlersFor: (peer: JsonRpcPeer) => JsonRpcHandlers,
  options: SessionOptions<Uint8Array>,
  subscriber: Subscriber<JsonRpcServerEvent>,
): Subscription {
  const session = new Session(socket, options);
  const peer: JsonRpcPeer = { address, session };
  const ended = new Subscription(() => {
    session.fail(new ClosedError('the listener was closed'));
    // Nobody may have subscribed to the socket.
    destroy();
  });
  subscriber.next({ type: 'connected', peer });
  session.events$.subscribe((event) => subscriber.next({ ...event, peer }));
  try {
    session.handlers = handlersOf(handlersFor(peer));
  } catch (error) {
    session.fail(error);
  }
  session.status$.subscribe((status) => {
    if (status.state !== 'closed') return;
    subscriber.next({ ...(status.error && { error: status.error }), type: 'disconnected', peer });
    ended.unsubscribe();
  });
  return ended;
}
