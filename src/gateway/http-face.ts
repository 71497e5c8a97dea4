import { existsSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';
import { fileURLToPath } from 'node:url';
import sirv from 'sirv';
import { AuthenticationError, InvalidArgumentError } from '../errors.ts';
import { type AdmissionRules, checkHost, type RequestFacts } from '../http/admission.ts';
import { bearerToken } from '../http/credential.ts';
import type { TrustedProxies } from '../http/forwarded.ts';
import { SECURITY_HEADERS } from '../http/security-headers.ts';
import { plainIp } from '../ip.ts';
import type { GatewayEvent } from './events.ts';
import type { Credential, Identity } from './identity.ts';
import type { Metrics } from './metrics.ts';
import type { HandlerOptions } from './options.ts';
import type { UpstreamState } from './upstream.ts';

/** What the HTTP face needs of its gateway. */
export interface FaceContext {
  readonly rules: AdmissionRules;
  readonly ready: boolean;
  readonly upstream: UpstreamState;
  authenticate(credential: Credential): Promise<Identity>;
  emit(event: GatewayEvent): void;
}

/** Where the package has its dashboard. */
const DASHBOARD = fileURLToPath(new URL('../dashboard', import.meta.url));
/** A name with a hash, as bundlers make them: `main-4HSKDJ2K.js`. Its content never changes. */
const HASHED = /-[A-Z0-9]{8}\.\w+$/;
const FOR_A_YEAR = 'public, max-age=31536000, immutable';

/** What a gateway answers to plain requests: its health, its metrics, its pages. */
export class HttpFace {
  readonly #context: FaceContext;
  readonly #options: HandlerOptions;
  readonly #metrics: Metrics | undefined;
  readonly #files: ReturnType<typeof sirv> | undefined;

  constructor(context: FaceContext, options: HandlerOptions, metrics: Metrics | undefined) {
    const { dashboard } = options;
    this.#context = context;
    this.#options = options;
    this.#metrics = metrics;
    if (dashboard !== false) this.#files = filesOf(dashboard === true ? DASHBOARD : dashboard.dir);
  }

  /** Answers a request; one that is not the gateway's goes to `next`. */
  answer(request: IncomingMessage, response: ServerResponse, next = () => nothingHere(response)): void {
    const { proxies, bases, path: webSocketPath } = this.#options;
    const facts = factsOf(request, proxies);
    const base = bases.find((each) => facts.path.startsWith(`${each}/`)) ?? '';
    const path = facts.path.slice(base.length);
    // Whoever watches over it asks by an address, and is told nothing.
    if (path === '/healthz') {
      reply(response, 200, 'ok\n');
      return;
    }
    const refusal = checkHost(facts, this.#context.rules);
    if (refusal) {
      reply(response, refusal.status, `${STATUS_CODES[refusal.status]}\n`);
      this.#context.emit({ type: 'refused-request', ...shownOf(facts), ...refusal });
    } else if (path === '/readyz') {
      const { ready, upstream } = this.#context;
      reply(response, ready ? 200 : 503, { ready, upstream });
    } else if (path === '/metrics' && this.#metrics) {
      this.#measure(facts, request, response, this.#metrics);
    } else if (path === webSocketPath) {
      reply(response, 426, 'here is a WebSocket\n', { Upgrade: 'websocket' });
    } else if (this.#files) {
      for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
      request.url = path;
      this.#files(request, response, next);
    } else {
      next();
    }
  }

  /** Counters are for who is known; a page without a credential is not, whatever `anonymous` says. */
  #measure(
    { remoteAddress }: RequestFacts,
    { headers }: IncomingMessage,
    response: ServerResponse,
    metrics: Metrics,
  ): void {
    const key = bearerToken(headers.authorization);
    const asked = () => reply(response, 401, 'a bearer token is needed\n', { 'WWW-Authenticate': 'Bearer' });
    if (key === undefined) {
      asked();
      return;
    }
    this.#context
      .authenticate({ key, via: 'bearer', remoteAddress })
      .then(() => metrics.text())
      .then((text) => reply(response, 200, text, { 'Content-Type': metrics.contentType }))
      .catch((error) => {
        if (error instanceof AuthenticationError) asked();
        else reply(response, 500, 'the counters could not be read\n');
      });
  }
}

/** What a request shows of itself. */
export function factsOf(
  { headers, socket, url = '/' }: IncomingMessage,
  proxies: TrustedProxies,
): RequestFacts {
  const remote = plainIp(socket.remoteAddress ?? '');
  const forwarded = proxies.clientHost(remote, headers);
  return {
    path: url.replace(/[?#].*$/s, ''),
    hosts: forwarded === undefined ? [headers.host] : [headers.host, forwarded],
    origin: headers.origin,
    remoteAddress: proxies.clientAddress(remote, headers),
  };
}

/** What an event shows of a request that was refused. */
export function shownOf({ remoteAddress, path, origin }: RequestFacts) {
  return { address: remoteAddress, path, origin };
}

/** Answers a request for an upgrade with a refusal. */
export function refuseUpgrade(socket: Duplex, status: number): void {
  const retry = status === 503 ? 'Retry-After: 2\r\n' : '';
  socket.end(
    `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n${retry}\r\n`,
  );
  // Whoever goes on sending is not listened to.
  socket.once('finish', () => socket.destroy());
}

function reply(
  response: ServerResponse,
  status: number,
  body: string | object,
  headers: Readonly<Record<string, string>> = {},
): void {
  const [type, text] =
    typeof body === 'string'
      ? ['text/plain; charset=utf-8', body]
      : ['application/json', JSON.stringify(body)];
  response.writeHead(status, {
    ...SECURITY_HEADERS,
    'Cache-Control': 'no-store',
    'Content-Type': type,
    ...headers,
  });
  response.end(text);
}

function nothingHere(response: ServerResponse): void {
  reply(response, 404, 'not found\n');
}

/** The files of a folder, read once; a path that is none is the page's own to route. */
function filesOf(dir: string): ReturnType<typeof sirv> {
  if (!existsSync(join(dir, 'index.html')))
    throw new InvalidArgumentError('invalid-argument', `dashboard: there is no index.html in ${dir}`);
  return sirv(dir, {
    single: true,
    etag: true,
    setHeaders: (response, path) => {
      response.setHeader('Cache-Control', HASHED.test(path) ? FOR_A_YEAR : 'no-store');
    },
  });
}
