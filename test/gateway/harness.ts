import { once } from 'node:events';
import { encode } from '@msgpack/msgpack';
import { type ConnectOptions, connect, type SerfClient } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { type GatewayEvent, type GatewayOptions, gateway, type ServedSource, tokens } from 'rxserf/gateway';
import { ADMIN, OPERATOR, VIEWER } from 'rxserf/server';
import { onTestFinished, vi } from 'vitest';
import { type ClientOptions, WebSocket } from 'ws';

export const VIEWER_KEY = 'viewer-key-0123456789';
export const OPERATOR_KEY = 'operator-key-0123456789';
export const ADMIN_KEY = 'admin-key-0123456789';

export const KEYS = tokens({
  [VIEWER_KEY]: { role: 'viewer', name: 'vic' },
  [OPERATOR_KEY]: { role: 'operator', name: 'oscar' },
  [ADMIN_KEY]: { role: 'admin', name: 'ann' },
});
export const ROLES = { viewer: VIEWER, operator: { ...OPERATOR, events: ['deploy:*'] }, admin: ADMIN };

/** A gateway that listens, and all that happens at it. */
export interface Running {
  readonly url: string;
  readonly webSocketUrl: string;
  readonly port: number;
  readonly events: GatewayEvent[];
  /** Whether it has completed. */
  completed(): boolean;
  /** Closes it. */
  stop(): void;
  /** Until such an event has come. */
  until<T extends GatewayEvent['type']>(
    type: T,
    which?: (event: Extract<GatewayEvent, { type: T }>) => boolean,
  ): Promise<Extract<GatewayEvent, { type: T }>>;
}

/** Waits until `find` finds something. */
export function eventually<T>(find: () => T | undefined | false): Promise<T> {
  return vi.waitUntil(find as () => T, { interval: 2, timeout: 10_000 });
}

export async function runGateway(
  serf: ServedSource,
  options: Partial<GatewayOptions> = {},
): Promise<Running> {
  const events: GatewayEvent[] = [];
  let failed: unknown;
  let completed = false;
  const subscription = gateway(serf, {
    port: 0,
    authenticate: KEYS,
    roles: ROLES,
    ...options,
  } as GatewayOptions).subscribe({
    next: (event) => events.push(event),
    error: (error) => {
      failed = error;
    },
    complete: () => {
      completed = true;
    },
  });
  onTestFinished(() => subscription.unsubscribe());
  const until: Running['until'] = (type, which = () => true) =>
    eventually(() => {
      if (failed) throw failed;
      return events.find((event) => event.type === type && which(event as never)) as never;
    });
  const { url, port } = await until('listening');
  return {
    url,
    port,
    webSocketUrl: `${url.replace(/^http/, 'ws')}/serf`,
    events,
    completed: () => completed,
    stop: () => subscription.unsubscribe(),
    until,
  };
}

/** A cluster in memory, and a gateway to its first node. */
export async function runDemo(options: Partial<GatewayOptions> = {}, nodes = ['n1', 'n2', 'n3']) {
  const cluster = new EmbeddedCluster({ nodes, seed: 1 });
  onTestFinished(() => cluster.close());
  return { cluster, gateway: await runGateway(cluster.node(nodes[0] as string), options) };
}

/** A client of a gateway, closed after the test. */
export function clientOf(
  { webSocketUrl }: Running,
  authKey?: string,
  options: ConnectOptions = {},
): SerfClient {
  const client = connect(webSocketUrl, { ...options, ...(authKey === undefined ? {} : { authKey }) });
  onTestFinished(() => client.close());
  return client;
}

/** A bare WebSocket, as a page of this origin would open it. */
export function openPage(
  url: string,
  origin?: string,
  headers: Record<string, string> = {},
  options: ClientOptions = {},
): WebSocket {
  const webSocket = new WebSocket(url, {
    ...(origin === undefined ? {} : { origin }),
    headers,
    perMessageDeflate: false,
    ...options,
  });
  webSocket.on('error', () => {});
  onTestFinished(() => webSocket.terminate());
  return webSocket;
}

/** How an attempt to open one ended: `open`, or the status it was refused with. */
export async function attempt(webSocket: WebSocket): Promise<'open' | number> {
  return Promise.race([
    once(webSocket, 'open').then(() => 'open' as const),
    once(webSocket, 'unexpected-response').then(([, response]) => response.statusCode as number),
  ]);
}

export async function closed(webSocket: WebSocket): Promise<{ code: number; reason: string }> {
  const [code, reason] = await once(webSocket, 'close');
  return { code, reason: String(reason) };
}

/** A bare WebSocket that has shaken hands, with a bearer token. */
export async function openPeer({ webSocketUrl }: Running, key = VIEWER_KEY): Promise<WebSocket> {
  const webSocket = openPage(webSocketUrl, undefined, { Authorization: `Bearer ${key}` });
  await once(webSocket, 'open');
  webSocket.send(Buffer.concat([encode({ Command: 'handshake', Seq: 0 }), encode({ Version: 1 })]));
  await once(webSocket, 'message');
  return webSocket;
}
