import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { catchError, concatMap, defer, from, interval, Observable, of, Subscription } from 'rxjs';
import { SerfError } from '../errors.ts';
import { AddressCounts } from '../http/places.ts';
import { networkOf, plainIp } from '../ip.ts';
import { asError } from '../server/refusal.ts';
import { hostPort } from '../socket/duplex.ts';
import type { TlsOptions } from '../socket/tls-options.ts';
import type { GatewayEvent } from './events.ts';
import { Handler } from './handler.ts';
import { type GatewayOptions, type HandlerOptions, placeOf, withDefaults } from './options.ts';
import type { ServedSource } from './sources.ts';

/** How often a certificate is asked for again where nothing else is said, in ms. */
const TLS_RELOAD = 3_600_000;
/** Connections beyond the peers' that may be open at a time: for pages, and for those who are refused. */
const SPARE_CONNECTIONS = 256;
/** The same for one address; of a trusted proxy there is no bound but that in all. */
const SPARE_PER_ADDRESS = 32;
/** Requests that a connection may bring before it is closed: they may come all at once, before the first is answered. */
const REQUESTS_PER_CONNECTION = 1_000;
/** How often connections are looked at that take too long, in ms, at the most. */
const CHECK_INTERVAL = 5_000;

/**
 * A gateway to a Serf cluster for browsers: WebSockets at `/serf` that speak the agent's protocol, each under the policy of
 * its identity's role, and the pages, the health and the counters beside it.
 *
 * ```
 * subscribe     --l----c-a---------d------   listening, a peer connected, was accepted, has disconnected
 *               --#                          the port is taken, or not allowed, or there is no certificate
 * unsubscribe   ------------!                closes the port, and all connections with 1001
 * drain         ------------x----|           nobody new; peers are closed with 1012 over 5 s
 * ```
 *
 * Never completes but by `drain`. A peer's end, however bad, is an event and not an error. Nothing is open by default: it
 * listens on loopback, only pages of its own may connect, nobody is let in without a credential, and a role may do what its
 * policy names. All peers share what the Serf has: 1,000 pages that listen to the same events cost an agent one stream. When
 * the Serf's connection is lost, peers are closed (1012) rather than left with a gap they cannot see; while it is away,
 * upgrades are answered 503.
 *
 * @param serf what is served, or which one to each identity; payloads are bytes. Give it `reconnect: { firstConnect:
 *   'keep-trying' }`, as a gateway may be started before its agent
 * @throws `InvalidArgumentError` (`invalid-argument`) at the call for options that cannot be, and for a host beyond loopback
 *   without TLS; everything else arrives through `error`: `SerfError` (`listen-failed`), with Node's error as `cause`
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { gateway, tokens } from 'rxserf/gateway';
 * import { OPERATOR, VIEWER } from 'rxserf/server';
 *
 * gateway(connect('127.0.0.1:7373', { reconnect: { firstConnect: 'keep-trying' } }), {
 *   publicUrl: 'https://serf.example.org',
 *   trustProxy: ['127.0.0.1'],
 *   roles: { viewer: VIEWER, operator: { ...OPERATOR, events: ['deploy:*'] } },
 *   authenticate: tokens({ 'uei0-jqQ2-9fTx-aW5c': { role: 'operator', name: 'ann' } }),
 * }).subscribe(console.log);
 * ```
 */
export function gateway(serf: ServedSource, options: GatewayOptions): Observable<GatewayEvent> {
  const { host, port } = placeOf(options);
  const settled = withDefaults(options);
  return new Observable((subscriber) => {
    const work = new Subscription();
    const handler = new Handler(serf, settled);
    work.add(handler.events$.subscribe(subscriber));
    work.add(() => handler.close());
    work.add(
      defer(() => (options.tls === undefined ? [undefined] : from(ask(options.tls)))).subscribe({
        next: (tls) => {
          const server = serverOf(handler, tls, settled);
          work.add(() => {
            server.close();
            server.closeAllConnections();
          });
          server.on('error', (cause) => subscriber.error(listenFailed(host, port, cause)));
          server.on('listening', () => {
            const at = server.address() as { address: string; port: number };
            const secure = tls !== undefined;
            handler.listensAt(host, at.port, secure);
            const url = `${secure ? 'https' : 'http'}://${hostPort(host, at.port)}`;
            subscriber.next({ type: 'listening', url, host: at.address, port: at.port });
          });
          server.listen({ host, port });
          if (typeof options.tls === 'function')
            work.add(
              reloads(server as TlsServer, options.tls, options.tlsReload).subscribe((event) =>
                handler.emit(event),
              ),
            );
        },
        error: (cause) => subscriber.error(listenFailed(host, port, cause)),
      }),
    );
    return work;
  });
}

function serverOf(
  handler: Handler,
  tls: TlsOptions | undefined,
  { limits, proxies }: HandlerOptions,
): Server {
  const { headersTimeout, peers, peersPerAddress } = limits;
  const times = {
    headersTimeout,
    requestTimeout: headersTimeout,
    // Of TLS; Node waits two minutes.
    handshakeTimeout: headersTimeout,
    // How often it looks whether anybody is late; Node does so twice a minute.
    connectionsCheckingInterval: Math.max(1, Math.min(headersTimeout, CHECK_INTERVAL)),
  };
  const server = tls === undefined ? createServer(times) : createTlsServer({ ...times, ...tls } as object);
  server.maxConnections = peers + SPARE_CONNECTIONS;
  server.maxRequestsPerSocket = REQUESTS_PER_CONNECTION;
  const connections = new AddressCounts();
  // Before TLS, too: whoever never gets that far takes a connection as well.
  server.on('connection', (socket) => {
    const address = plainIp(socket.remoteAddress ?? '');
    if (proxies.has(address)) return;
    const network = networkOf(address);
    if (connections.of(network) >= peersPerAddress + SPARE_PER_ADDRESS) {
      socket.destroy();
      return;
    }
    connections.add(network);
    socket.once('close', () => connections.remove(network));
  });
  server.on('request', (request, response) => handler.request(request, response));
  server.on('upgrade', (request, socket, head) => handler.upgrade(request, socket, head));
  return server;
}

/** Reads the certificate again; one that cannot be used leaves the one before in its place. */
function reloads(
  server: TlsServer,
  tls: () => TlsOptions | PromiseLike<TlsOptions>,
  when: GatewayOptions['tlsReload'] = TLS_RELOAD,
): Observable<GatewayEvent> {
  const again$ = typeof when === 'number' ? interval(when) : from(when);
  const failed = (error: unknown): GatewayEvent => ({ type: 'certificate', error: asError(error) });
  return again$.pipe(
    concatMap(async (): Promise<GatewayEvent> => {
      try {
        server.setSecureContext({ ...(await tls()) } as object);
        return { type: 'certificate' };
      } catch (error) {
        return failed(error);
      }
    }),
    // Of who says when.
    catchError((error) => of(failed(error))),
  );
}

async function ask(tls: NonNullable<GatewayOptions['tls']>): Promise<TlsOptions> {
  return typeof tls === 'function' ? tls() : tls;
}

function listenFailed(host: string, port: number, cause: unknown): SerfError {
  const address = hostPort(host, port) as string;
  return new SerfError('listen-failed', `cannot listen on ${address}: ${asError(cause).message}`, {
    cause,
    address,
  });
}
