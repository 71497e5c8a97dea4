import type { Server } from 'node:http';
import { createServer } from 'node:http';
import { createServer as createTlsServer, type Server as TlsServer } from 'node:https';
import { concatMap, defer, from, interval, Observable, Subscription } from 'rxjs';
import { SerfError } from '../errors.ts';
import { asError } from '../server/refusal.ts';
import { hostPort } from '../socket/duplex.ts';
import type { TlsOptions } from '../socket/tls-options.ts';
import type { GatewayEvent } from './events.ts';
import { Handler } from './handler.ts';
import { type GatewayLimits, type GatewayOptions, placeOf, withDefaults } from './options.ts';
import type { ServedSource } from './sources.ts';

/** How often a certificate is asked for again where nothing else is said, in ms. */
const TLS_RELOAD = 3_600_000;
/** Connections beyond the peers' that may be open at a time: for pages, and for those who are refused. */
const SPARE_CONNECTIONS = 256;

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
          const server = serverOf(handler, tls, settled.limits);
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

function serverOf(handler: Handler, tls: TlsOptions | undefined, limits: GatewayLimits): Server {
  const server = tls === undefined ? createServer() : createTlsServer({ ...tls } as object);
  server.headersTimeout = limits.headersTimeout;
  server.requestTimeout = limits.headersTimeout;
  server.maxConnections = limits.peers + SPARE_CONNECTIONS;
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
  return again$.pipe(
    concatMap(async (): Promise<GatewayEvent> => {
      try {
        server.setSecureContext({ ...(await tls()) } as object);
        return { type: 'certificate' };
      } catch (error) {
        return { type: 'certificate', error: asError(error) };
      }
    }),
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
