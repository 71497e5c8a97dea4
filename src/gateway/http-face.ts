import { existsSync } from 'node:fs';
import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { AuthenticationError, InvalidArgumentError } from '../errors.ts';
import { type AdmissionRules, checkHost, type RequestFacts } from '../http/admission.ts';
import { bearerToken } from '../http/credential.ts';
import type { TrustedProxies } from '../http/forwarded.ts';
import { isRead, reply } from '../http/reply.ts';
import { SECURITY_HEADERS } from '../http/security-headers.ts';
import { type FileHandler, fileHandler } from '../http/static-files.ts';
import { plainIp } from '../ip.ts';
import type { Api } from './api/api.ts';
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
/** How many requests for the counters are answered at a time: each may wait a second, and one connection may bring thousands. */
const MEASURING = 32;
const FOR_A_YEAR = 'public, max-age=31536000, immutable';

/** What a gateway answers to plain requests: its health, its metrics, its API, its pages. */
export class HttpFace {
  readonly #context: FaceContext;
  readonly #options: HandlerOptions;
  readonly #metrics: Metrics | undefined;
  readonly #api: Api | undefined;
  readonly #files: FileHandler | undefined;
  /** How many requests for the counters wait for an answer. */
  #measuring = 0;

  constructor(
    context: FaceContext,
    options: HandlerOptions,
    metrics: Metrics | undefined,
    api: Api | undefined,
  ) {
    const { dashboard } = options;
    this.#context = context;
    this.#options = options;
    this.#metrics = metrics;
    this.#api = api;
    if (dashboard !== false) this.#files = filesOf(dashboard === true ? DASHBOARD : dashboard.dir);
  }

  /** Answers a request; one that is not the gateway's goes to `next`. */
  answer(request: IncomingMessage, response: ServerResponse, next?: () => void): void {
    const { proxies, bases, path: webSocketPath } = this.#options;
    const facts = factsOf(request, proxies);
    const base = bases.find((each) => facts.path.startsWith(`${each}/`)) ?? '';
    const path = facts.path.slice(base.length);
    // Whoever watches over it asks by an address, and is told nothing.
    if (path === '/healthz') {
      if (isRead(request, response)) reply(response, 200, 'ok\n');
      return;
    }
    const otherwise = next ?? (() => nothingHere(response));
    const isOurs =
      path === '/readyz' ||
      path === '/metrics' ||
      path === webSocketPath ||
      this.#api?.has(path) ||
      this.#files;
    // Of an application that it is mounted in: which names that has is not known here.
    const refusal = next && !isOurs ? undefined : checkHost(facts, this.#context.rules);
    if (refusal) {
      reply(response, refusal.status, `${STATUS_CODES[refusal.status]}\n`);
      this.#context.emit({ type: 'refused-request', ...shownOf(facts), ...refusal });
    } else if (path === '/readyz') {
      const { ready, upstream } = this.#context;
      if (isRead(request, response)) reply(response, ready ? 200 : 503, { ready, upstream });
    } else if (path === '/metrics' && this.#metrics) {
      if (isRead(request, response)) this.#measure(facts, request, response, this.#metrics);
    } else if (path === webSocketPath) {
      reply(response, 426, 'here is a WebSocket\n', { Upgrade: 'websocket' });
    } else if (this.#api?.has(path)) {
      this.#api.answer(facts, path, request, response);
    } else if (this.#files && !path.startsWith('/api/')) {
      this.#sendFile(this.#files, path, request, response, otherwise);
    } else {
      otherwise();
    }
  }

  #sendFile(
    files: FileHandler,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
    next: () => void,
  ): void {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value);
    const { url = '/' } = request;
    request.url = path;
    files(request, response, (status) => {
      // What comes next in a server of somebody's own sees what was asked for, and has headers of its own.
      request.url = url;
      for (const name of Object.keys(SECURITY_HEADERS)) response.removeHeader(name);
      if (status === 404) next();
      else isRead(request, response);
    });
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
    if (this.#measuring >= MEASURING) {
      reply(response, 503, 'too many ask at a time\n', { 'Retry-After': '2' });
      return;
    }
    this.#measuring++;
    this.#context
      .authenticate({ key, via: 'bearer', remoteAddress })
      .then(() => metrics.text())
      .then((text) => reply(response, 200, text, { 'Content-Type': metrics.contentType }))
      .catch((error) => {
        if (error instanceof AuthenticationError) {
          asked();
          this.#context.emit({ type: 'refused-key', address: remoteAddress, error });
        } else reply(response, 500, 'the counters could not be read\n');
      })
      .finally(() => {
        this.#measuring--;
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

function nothingHere(response: ServerResponse): void {
  reply(response, 404, 'not found\n');
}

/** The files of a folder, read once; a path that is none is the page's own to route. */
function filesOf(dir: string): FileHandler {
  if (!existsSync(join(dir, 'index.html')))
    throw new InvalidArgumentError('invalid-argument', `dashboard: there is no index.html in ${dir}`);
  return fileHandler(dir, {
    single: true,
    etag: true,
    setHeaders: (response, path) => {
      response.setHeader('Cache-Control', HASHED.test(path) ? FOR_A_YEAR : 'no-store');
    },
  });
}
