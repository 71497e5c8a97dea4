import type { IncomingMessage, ServerResponse } from 'node:http';
import { catchError, defer, EMPTY, finalize, from, mergeMap, Subscription, take } from 'rxjs';
import { SerfError, type SerfErrorCode } from '../../errors.ts';
import {
  type AdmissionRefusal,
  type AdmissionRules,
  checkOrigin,
  type RequestFacts,
} from '../../http/admission.ts';
import { AddressCounts, type Place, type PlaceLimits } from '../../http/places.ts';
import { reply } from '../../http/reply.ts';
import { SECURITY_HEADERS } from '../../http/security-headers.ts';
import { networkOf } from '../../ip.ts';
import { asError } from '../../server/refusal.ts';
import type { Use } from '../connected-peer.ts';
import type { RefusedRequest } from '../events.ts';
import type { Identity } from '../identity.ts';
import { EventStream, type EventStreamContext } from './event-stream.ts';
import { isApiPath, type Route, routeOf } from './routes.ts';

/** Requests that are answered at a time, of all and of one address: each may wait for a key's delay, a rate and the agent. */
const REQUESTS = 256;
const REQUESTS_PER_ADDRESS = 32;
/** How long one may take, until its answer has been read, in ms. */
const LONGEST = 60_000;

/** What the API needs of its gateway. */
export interface ApiContext extends EventStreamContext {
  readonly rules: AdmissionRules;
  /** Why nobody is served at the moment. */
  unready(): AdmissionRefusal | undefined;
  /** Who asks; rejects with an `AuthenticationError`. */
  identify(request: IncomingMessage, facts: RequestFacts): Promise<Identity>;
  use(identity: Identity, address: string): Use;
  /** A place among the peers, or the limit that stands against it. */
  takePlace(address: string): Place | keyof PlaceLimits;
  joined(stream: EventStream): void;
}

/** A request to the API, and what goes with each of its answers. */
interface Call {
  readonly facts: RequestFacts;
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly headers: Readonly<Record<string, string>>;
}

/** Statuses of what an agent, or a policy in front of it, refuses. What is not here is the agent's fault. */
const STATUS: Partial<Record<SerfErrorCode, number>> = {
  'invalid-argument': 400,
  'invalid-filter': 400,
  'invalid-pattern': 400,
  'permission-denied': 403,
  'rate-limited': 429,
  'request-timeout': 504,
  'connect-failed': 503,
  'connect-timeout': 503,
  'connection-lost': 503,
  closed: 503,
};

/** The JSON face of a gateway: what a role may read, for programs that have no client. It changes nothing. */
export class Api {
  readonly #context: ApiContext;
  readonly #busy = new AddressCounts();
  #requests = 0;

  constructor(context: ApiContext) {
    this.#context = context;
  }

  /** Whether a path is one of its. */
  has(path: string): boolean {
    return isApiPath(path);
  }

  /** Answers a request for one of its paths, whose Host was found right. */
  answer(facts: RequestFacts, path: string, request: IncomingMessage, response: ServerResponse): void {
    const { rules } = this.#context;
    const foreign = checkOrigin(facts, rules);
    const call = { facts, request, response, headers: this.#crossOrigin(foreign ? undefined : facts.origin) };
    if (foreign) this.#refuse(call, foreign);
    else if (request.method === 'OPTIONS' && facts.origin !== undefined) preflight(call);
    else if (request.method !== 'GET' && (request.method !== 'HEAD' || path === '/api/events'))
      this.#fail(call, 405, 'method-not-allowed', 'there is nothing here but to read', { Allow: 'GET' });
    else this.#serve(call, path);
  }

  #serve(call: Call, path: string): void {
    const { facts, request, response } = call;
    const { options } = this.#context;
    let route: Route;
    try {
      route = routeOf(path, /\?[^#]*/.exec(request.url ?? '')?.[0] ?? '');
    } catch (error) {
      this.#failed(call, error);
      return;
    }
    const network = networkOf(facts.remoteAddress);
    const refusal = this.#context.unready() ?? this.#tooMany(network);
    if (refusal) {
      this.#refuse(call, refusal);
      return;
    }
    const work = new Subscription();
    this.#requests++;
    this.#busy.add(network);
    work.add(() => {
      this.#requests--;
      this.#busy.remove(network);
    });
    work.add(options.scheduler.schedule(() => response.destroy(), LONGEST));
    response.once('close', () => work.unsubscribe());
    work.add(
      from(this.#context.identify(request, facts))
        .pipe(
          catchError((error) => {
            this.#unknown(call, asError(error));
            return EMPTY;
          }),
          mergeMap((identity) => {
            if (route.kind === 'read') return this.#read(call, route, identity);
            this.#stream(call, route.filter, identity);
            // From here on it is a peer, and counted as one.
            work.unsubscribe();
            return [];
          }),
        )
        .subscribe({ error: (error) => this.#failed(call, error) }),
    );
  }

  #read(call: Call, { read }: Extract<Route, { kind: 'read' }>, identity: Identity) {
    const use = this.#context.use(identity, call.facts.remoteAddress);
    return defer(() => read(use.serf)).pipe(
      take(1),
      mergeMap((json) => {
        if (json === undefined) this.#fail(call, 404, 'not-found', 'the agent knows no such node');
        else reply(call.response, 200, json, { ...call.headers, 'Content-Type': 'application/json' });
        return [];
      }),
      finalize(() => use.free()),
    );
  }

  #stream(call: Call, filter: string, identity: Identity): void {
    const { facts, request, response, headers } = call;
    const { options } = this.#context;
    if (response.destroyed) return;
    const place = this.#context.takePlace(facts.remoteAddress);
    if (typeof place === 'string' || !place.authenticated(identity.name)) {
      const limit = typeof place === 'string' ? place : 'peersPerName';
      const hint = `all places are taken: limits.${limit} is ${options.limits[limit]}`;
      if (typeof place !== 'string') place.free();
      this.#refuse(call, { reason: 'peers', status: 503, hint });
      return;
    }
    response.once('close', () => place.free());
    const use = this.#context.use(identity, facts.remoteAddress);
    try {
      // What is forbidden is refused here, at the call, before anything was sent.
      const events$ = use.serf.stream(filter as '*');
      const stream = new EventStream(facts, identity, use, response, this.#context);
      this.#context.joined(stream);
      const { 'last-event-id': last } = request.headers;
      stream.start(events$, headers, typeof last === 'string' ? last : undefined);
    } catch (error) {
      use.free();
      throw error;
    }
  }

  #tooMany(network: string): AdmissionRefusal | undefined {
    if (this.#requests < REQUESTS && this.#busy.of(network) < REQUESTS_PER_ADDRESS) return undefined;
    const hint = `an address may have ${REQUESTS_PER_ADDRESS} requests at a time, all together ${REQUESTS}`;
    return { reason: 'rate', status: 503, hint };
  }

  /** What lets a page of another origin, one that may connect, read the answer. */
  #crossOrigin(origin: string | undefined): Readonly<Record<string, string>> {
    if (origin === undefined) return { Vary: 'Origin' };
    const { cookie } = this.#context.options;
    return {
      Vary: 'Origin',
      'Access-Control-Allow-Origin': origin,
      ...(cookie === undefined ? {} : { 'Access-Control-Allow-Credentials': 'true' }),
    };
  }

  /** Nobody knows who asks. */
  #unknown(call: Call, error: Error): void {
    const { code } = error as Partial<SerfError>;
    const isMissing = code === 'auth-required';
    if (!isMissing) this.#context.emit({ type: 'refused-key', address: call.facts.remoteAddress, error });
    const text = isMissing ? error.message : 'Invalid authentication token';
    this.#fail(call, 401, isMissing ? code : 'auth-invalid', text, { 'WWW-Authenticate': 'Bearer' });
  }

  /** What has gone wrong, for who asked: no more of the agent's troubles than that there are some. */
  #failed(call: Call, thrown: unknown): void {
    const error = asError(thrown);
    const code = error instanceof SerfError ? error.code : 'unexpected';
    const status = STATUS[code as SerfErrorCode] ?? 502;
    const reason = status === 403 ? 'permission' : status === 429 ? 'rate' : 'upstream';
    const hint = status === 403 ? asError(error.cause ?? error).message : error.message;
    if (status !== 400) this.#tell(call, reason, status, hint);
    const retry: Record<string, string> = status === 429 || status === 503 ? { 'Retry-After': '2' } : {};
    this.#fail(call, status, code, status < 500 ? error.message : 'the agent could not answer', retry);
  }

  #refuse(call: Call, { reason, status, hint }: AdmissionRefusal): void {
    this.#tell(call, reason, status, hint);
    const retry: Record<string, string> = status === 503 ? { 'Retry-After': '2' } : {};
    this.#fail(call, status, reason, 'refused: the log of the gateway says why', retry);
  }

  #tell({ facts }: Call, reason: RefusedRequest['reason'], status: number, hint: string): void {
    const { remoteAddress: address, path, origin } = facts;
    this.#context.emit({ type: 'refused-request', address, path, origin, reason, status, hint });
  }

  #fail(
    { response, headers }: Call,
    status: number,
    code: string,
    message: string,
    more: Readonly<Record<string, string>> = {},
  ): void {
    if (response.headersSent) response.destroy();
    else reply(response, status, { error: { code, message } }, { ...headers, ...more });
  }
}

/** What a browser asks before it sends a request of another origin with a key. */
function preflight({ response, headers }: Call): void {
  response.writeHead(204, {
    ...SECURITY_HEADERS,
    ...headers,
    'Access-Control-Allow-Methods': 'GET',
    'Access-Control-Allow-Headers': 'Authorization, Last-Event-ID, Cache-Control',
    'Access-Control-Max-Age': '600',
  });
  response.end();
}
