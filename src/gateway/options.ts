import type { ObservableInput, SchedulerLike } from 'rxjs';
import { monotonicScheduler } from '../clock.ts';
import { InvalidArgumentError } from '../errors.ts';
import type { AdmissionRules, RequestFacts } from '../http/admission.ts';
import { TrustedProxies } from '../http/forwarded.ts';
import { hostName, isLoopback, LOOPBACK_NAMES } from '../http/host.ts';
import { parseOrigin } from '../http/origin.ts';
import type { PlaceLimits } from '../http/places.ts';
import { atLeast, duration } from '../options.ts';
import type { ServeOptions } from '../server/options.ts';
import type { Policy } from '../server/policy/policy-rules.ts';
import { VIEWER } from '../server/policy/roles.ts';
import type { TlsOptions } from '../socket/tls-options.ts';
import type { Authenticate, Identity } from './identity.ts';

/** Bounds on all peers of a gateway together, and on each. Times are in ms, sizes in bytes. */
export interface GatewayLimits extends PlaceLimits {
  /** From one address; of IPv6, from one /64. In 10 s it may come twice as often. @defaultValue 50 */
  readonly peersPerAddress: number;
  /** The largest frame of a peer; of one that is not known yet, 64 KiB at most. @defaultValue 65,536: only a large join is more */
  readonly frameBytes: number;
  /** Streams, monitors and queries that a peer has open. @defaultValue 32 */
  readonly streams: number;
  /** How long the headers of a request may take, in ms. @defaultValue 10,000 */
  readonly headersTimeout: number;
  /** How long a peer may take to say who it is, in ms. @defaultValue 5,000 */
  readonly handshakeTimeout: number;
}

/** Where `/metrics` gets its counters from. */
export interface MetricsOptions {
  /** A registry of `prom-client`'s, of the application's own. @defaultValue one of the gateway's */
  readonly registry?: unknown;
}

/** Options of what a gateway does, wherever it listens. Times are in ms. */
export interface GatewayHandlerOptions {
  /** Who somebody is. There is no default: a gateway that nobody is asked at is one that everybody has. */
  readonly authenticate: Authenticate;
  /** Who a page without a credential is. @defaultValue nobody: it has to authenticate */
  readonly anonymous?: Identity;
  /** What each role may do; `VIEWER`, `OPERATOR` and `ADMIN` of `rxserf/server` are a start. @defaultValue `{ viewer: VIEWER }` */
  readonly roles?: Readonly<Record<string, Policy>>;
  /**
   * Where this gateway is, as a browser sees it, such as `https://serf.example.org/ops`. `Origin` and `Host` are checked against it.
   * @defaultValue none: only pages of this machine's own, where it listens on loopback
   */
  readonly publicUrl?: string | readonly string[];
  /** Further origins whose pages may connect, exactly, or who decides. @defaultValue none */
  readonly origins?: readonly string[] | ((origin: string, facts: RequestFacts) => boolean);
  /** Host names besides those of `publicUrl` and of loopback. @defaultValue none */
  readonly hosts?: readonly string[];
  /** Proxies whose `X-Forwarded-*` are believed, by address or subnet. @defaultValue none */
  readonly trustProxy?: readonly string[];
  /** The path of the WebSocket. @defaultValue '/serf' */
  readonly path?: string;
  /** The name of a cookie that has a credential. @defaultValue none: cookies are not looked at */
  readonly cookie?: string;
  readonly limits?: Partial<GatewayLimits>;
  /** How often each peer is asked for a sign of life, in ms; who gives none until the next time is gone. 0: never. @defaultValue 25,000 */
  readonly pingInterval?: number;
  /** The dashboard of the package, or a folder of files of one's own. @defaultValue false */
  readonly dashboard?: boolean | { readonly dir: string };
  readonly http?: {
    /**
     * `GET /api/members`, `/api/stats`, `/api/coordinates/NODE` and `/api/events` (server-sent events), each with a credential and
     * under the policy of its role. @defaultValue false
     */
    readonly api?: boolean;
    /** `GET /metrics`, for Prometheus, with a credential. Needs the package `prom-client`. @defaultValue false */
    readonly metrics?: boolean | MetricsOptions;
  };
  /** What `serve` does with each peer. */
  readonly serve?: Omit<ServeOptions, 'authKey' | 'authenticate' | 'handshakeTimeout' | 'scheduler'>;
  /** When this emits, nobody new is taken and peers are closed with 1012 over 5 s; then it completes. */
  readonly drain?: ObservableInput<unknown>;
  /** Where elapsed time comes from; a `TestScheduler` makes it virtual. @defaultValue the system's monotonic clock */
  readonly scheduler?: SchedulerLike;
}

/** Options of {@link gateway}. Times are in ms. */
export interface GatewayOptions extends GatewayHandlerOptions {
  /** @defaultValue '127.0.0.1' */
  readonly host?: string;
  /** 0: any that is free. @defaultValue 7380 */
  readonly port?: number;
  /** For `https` and `wss`; a function is asked again by `tlsReload`. Without it, only loopback may be listened at. */
  readonly tls?: TlsOptions | (() => TlsOptions | PromiseLike<TlsOptions>);
  /** How often a `tls` that is a function is asked again, in ms, or when. @defaultValue 3,600,000 (an hour) */
  readonly tlsReload?: number | ObservableInput<unknown>;
  /** Listens beyond loopback without TLS: behind a proxy that has it. @defaultValue false */
  readonly insecure?: boolean;
}

/** {@link GatewayHandlerOptions}, checked, with every default in its place. */
export interface HandlerOptions
  extends Required<
    Omit<
      GatewayHandlerOptions,
      'limits' | 'anonymous' | 'origins' | 'cookie' | 'publicUrl' | 'hosts' | 'trustProxy' | 'http' | 'drain'
    >
  > {
  readonly anonymous: Identity | undefined;
  readonly cookie: string | undefined;
  readonly limits: GatewayLimits;
  readonly proxies: TrustedProxies;
  /** The parts of a path that a proxy in front may leave there, longest first; nothing is the last. */
  readonly bases: readonly string[];
  readonly paths: ReadonlySet<string>;
  readonly hosts: ReadonlySet<string>;
  readonly origins: ReadonlySet<string> | ((origin: string, facts: RequestFacts) => boolean);
  readonly api: boolean;
  readonly metrics: false | MetricsOptions;
  readonly drain: ObservableInput<unknown> | undefined;
}

const DEFAULT_LIMITS: GatewayLimits = {
  peers: 1_000,
  peersPerAddress: 50,
  peersPerName: 50,
  unauthenticated: 100,
  unauthenticatedPerAddress: 10,
  frameBytes: 65_536,
  streams: 32,
  headersTimeout: 10_000,
  handshakeTimeout: 5_000,
};

/** Where a gateway is before it listens: its own addresses are added when they are known. */
export function withDefaults(options: GatewayHandlerOptions): HandlerOptions {
  const { authenticate, anonymous, roles = { viewer: VIEWER }, cookie, path = '/serf', http = {} } = options;
  if (typeof authenticate !== 'function')
    throw invalid('authenticate should be a function that says who somebody is: tokens({ … }) makes one');
  if (anonymous !== undefined && !Object.hasOwn(roles, anonymous.role))
    throw invalid(`anonymous has the role ${JSON.stringify(anonymous.role)}, which is not among roles`);
  if (!/^\/[^?#]*$/.test(path))
    throw invalid(`path should begin with a slash, not be ${JSON.stringify(path)}`);
  const urls = [options.publicUrl ?? []].flat().map(publicUrlOf);
  const { api = false, metrics = false } = http;
  const bases = [...new Set(urls.map(({ pathname }) => pathname.replace(/\/$/, '')).concat(''))];
  bases.sort((a, b) => b.length - a.length);
  return {
    authenticate,
    anonymous,
    roles,
    path,
    cookie,
    limits: limitsOf(options.limits ?? {}),
    proxies: new TrustedProxies(options.trustProxy ?? []),
    bases,
    // A proxy may pass the path on as it came, or take its own part away.
    paths: new Set(bases.map((base) => base + path)),
    hosts: new Set([
      ...LOOPBACK_NAMES,
      ...urls.map(({ host }) => nameOf(host)),
      ...(options.hosts ?? []).map(nameOf),
    ]),
    origins: originsOf(options.origins ?? [], urls),
    pingInterval: duration('pingInterval', options.pingInterval ?? 25_000),
    dashboard: options.dashboard ?? false,
    api,
    metrics: metrics === true ? {} : metrics,
    serve: options.serve ?? {},
    drain: options.drain,
    scheduler: options.scheduler ?? monotonicScheduler,
  };
}

/** Who may ask at all, with the names and the origins of where it listens: pages that it serves itself. */
export function withOwnOrigins(
  { paths, hosts, origins }: HandlerOptions,
  host: string,
  port: number,
  secure: boolean,
): AdmissionRules {
  const name = hostName(host.includes(':') ? `[${host}]` : host) ?? host;
  const names = [name, ...(isLoopback(host) ? LOOPBACK_NAMES : [])];
  const own = new Set(
    names.map((each) => parseOrigin(`${secure ? 'https' : 'http'}://${each}:${port}`) ?? each),
  );
  return {
    paths,
    hosts: new Set([...hosts, name]),
    origins: (origin, facts) =>
      own.has(origin) || (typeof origins === 'function' ? origins(origin, facts) : origins.has(origin)),
  };
}

/** Where to listen, checked. */
export function placeOf(options: GatewayOptions): { host: string; port: number } {
  const { host = '127.0.0.1', port = 7380, tls, insecure = false } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw invalid(`port should be 0 to 65535, not ${String(port)}`);
  if (!isLoopback(host) && tls === undefined && !insecure)
    throw invalid(
      `without TLS, everybody on the way reads the keys and all else: give tls, listen at 127.0.0.1, or say insecure: true where a proxy in front of ${host} does TLS`,
    );
  return { host, port };
}

function limitsOf(given: Partial<GatewayLimits>): GatewayLimits {
  const limits = { ...DEFAULT_LIMITS };
  for (const name of Object.keys(DEFAULT_LIMITS) as (keyof GatewayLimits)[])
    limits[name] = name.endsWith('Timeout')
      ? duration(`limits.${name}`, given[name] ?? DEFAULT_LIMITS[name])
      : atLeast(`limits.${name}`, 1, given[name] ?? DEFAULT_LIMITS[name]);
  return limits;
}

function publicUrlOf(text: string): URL {
  let url: URL | undefined;
  try {
    url = new URL(text);
  } catch {}
  if (url && /^https?:$/.test(url.protocol) && url.search + url.hash + url.username === '') return url;
  throw invalid(
    `publicUrl should be as a browser has it, such as https://serf.example.org/ops, not ${JSON.stringify(text)}`,
  );
}

function originsOf(
  given: NonNullable<GatewayHandlerOptions['origins']>,
  urls: readonly URL[],
): HandlerOptions['origins'] {
  const own = new Set(urls.map(({ origin }) => origin));
  if (typeof given === 'function') return (origin, facts) => own.has(origin) || given(origin, facts) === true;
  for (const text of given) {
    const origin = parseOrigin(text);
    if (origin === undefined)
      throw invalid(
        `origins should be like https://app.example.org (no path, no *), not ${JSON.stringify(text)}`,
      );
    own.add(origin);
  }
  return own;
}

function nameOf(host: string): string {
  const name = hostName(host);
  if (name === undefined || host.includes('*'))
    throw invalid(`hosts should be names like serf.example.org, not ${JSON.stringify(host)}`);
  return name;
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', message);
}
