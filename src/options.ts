import type { Observable, ObservableInput, SchedulerLike } from 'rxjs';
import type { AgentSupport } from './agent-support.ts';
import { monotonicScheduler } from './clock.ts';
import { binary, type Codec, codecOr } from './codec.ts';
import { InvalidArgumentError } from './errors.ts';
import type { Instrument } from './instrument.ts';
import { DEFAULT_LIMITS, type FrameLimits } from './protocol/limits.ts';
import { DEFAULT_RECONNECT, type ReconnectOptions, type ReconnectPolicy } from './reconnect.ts';
import type { SocketFactory } from './socket/socket.ts';
import type { TlsOptions } from './socket/tls-options.ts';

/**
 * A key, or what gives one: asked for each connection, before it is opened. A text, a Promise or an Observable of one; empty for
 * none.
 */
export type AuthKey = string | (() => ObservableInput<string> | string);

/** Options of `connect`. Times are in ms, sizes in bytes. */
export interface ConnectOptions<P = Uint8Array> {
  /** How payloads become values. @defaultValue binary() */
  readonly codec?: Codec<P>;
  /**
   * The key for addresses that have none of their own. A function is asked for each connection, within `connectTimeout`: for
   * tokens that expire. What it throws or ends with is a `ConnectError`, after which it is asked again, as reconnecting goes;
   * a key that it has just given and that is refused is final. @defaultValue the first key in the list of addresses
   */
  readonly authKey?: AuthKey;
  /** Makes the connection to an address. @defaultValue by the address's scheme */
  readonly socket?: SocketFactory;
  /**
   * How `serfs://` and `wss://` servers are known, and this client to them: `{ ca, cert, key }`, the contents of PEM files, and what
   * else Node's `tls.connect` knows. Only on Node, not with `socket`, and only if all addresses ask for TLS: nothing that was meant to be
   * encrypted is sent in plain. @defaultValue Node's authorities, no certificate of one's own
   */
  readonly tls?: TlsOptions;
  /** How long an address may take, in ms: to have a key, connect, shake hands and accept the key. @defaultValue 5,000 */
  readonly connectTimeout?: number;
  /** What to do when a connection cannot be had or is lost; `false`: fail. @defaultValue see {@link ReconnectOptions} */
  readonly reconnect?: ReconnectOptions | false;
  /**
   * How often the agent is asked for a sign of life, in ms; 0: never. A connection without one for 2.5 times as long is
   * given up. @defaultValue 10,000
   */
  readonly heartbeat?: number;
  /** How long a request waits for its answer, in ms, where the call does not say. @defaultValue by command: 10,000 or 30,000 */
  readonly timeout?: number;
  /**
   * How long a stream that nobody listens to must have been silent before it is stopped, in ms. Stopping while
   * events flow can crash the agent, so a stream is kept, and silenced here, until then. @defaultValue 1,000
   */
  readonly linger?: number;
  /** How long a second connection (for slow commands, for patterns) is kept without work, in ms. @defaultValue 5,000 */
  readonly idleTimeout?: number;
  /** How often `membership()` asks for all members, in ms, in case an event was lost; 0: never. @defaultValue 60,000 */
  readonly resync?: number;
  /**
   * Whether `dropped$` tells how many events the agent dropped because they were read too slowly. It takes a second
   * connection with a monitor, for as long as there are streams; through a gateway and in a page it tells nothing. @defaultValue false
   */
  readonly accountForDrops?: boolean;
  /**
   * Whether errors say where in the application the call was subscribed to, as `subscribed at …` in their `stack`: for
   * development, as it takes a stack for each subscription. @defaultValue false
   */
  readonly trace?: boolean;
  /**
   * Hooks that are told of requests, of the connection and of what is lost; `openTelemetry()` of `rxserf/opentelemetry` makes
   * some. @defaultValue none: it costs nothing
   */
  readonly instrument?: Instrument;
  /** Refuse payloads of more bytes than this at the call. @defaultValue off: the agent decides */
  readonly payloadLimit?: number;
  /** Bounds on what the agent may send. */
  readonly limits?: Partial<FrameLimits>;
  /** Where all time comes from; a `TestScheduler` makes it virtual. @defaultValue `asyncScheduler`, on a clock that no change of the date moves */
  readonly scheduler?: SchedulerLike;
}

/** {@link ConnectOptions} with every default in its place. */
export interface ClientOptions<P> extends AgentSupport {
  readonly codec: Codec<P>;
  readonly authKey: AuthKey | undefined;
  readonly socket: SocketFactory;
  /** Emits when a new attempt to connect is worth it at once. */
  readonly wake$: Observable<unknown>;
  readonly connectTimeout: number;
  readonly reconnect: ReconnectPolicy | false;
  readonly heartbeat: number;
  readonly timeout: number | undefined;
  readonly linger: number;
  readonly idleTimeout: number;
  readonly resync: number;
  readonly accountForDrops: boolean;
  readonly trace: boolean;
  readonly instrument: Instrument | undefined;
  readonly payloadLimit: number;
  readonly limits: FrameLimits;
  readonly scheduler: SchedulerLike;
}

/** The longest delay that a timer takes, in ms (2^31 − 1, about 24.8 days). */
export const MAX_TIME = 0x7fff_ffff;

/** What a platform brings along. */
export type PlatformOptions = Pick<ClientOptions<unknown>, keyof AgentSupport | 'socket' | 'wake$'>;

/** Adds the defaults and checks what was given. */
export function withDefaults<P>(options: ConnectOptions<P>, platform: PlatformOptions): ClientOptions<P> {
  const { codec, authKey } = options;
  if (authKey !== undefined && typeof authKey !== 'string' && typeof authKey !== 'function')
    throw invalid('authKey', 'a text or a function', typeof authKey);
  return {
    ...platform,
    // P is Uint8Array when no codec is given: `connect` has no other way to be called.
    codec: codecOr(codec, binary()),
    authKey,
    socket: callable('socket', options.socket ?? platform.socket),
    connectTimeout: duration('connectTimeout', options.connectTimeout ?? 5_000),
    reconnect: options.reconnect === false ? false : reconnectPolicy(options.reconnect ?? {}),
    heartbeat: period('heartbeat', options.heartbeat ?? 10_000),
    timeout: options.timeout === undefined ? undefined : duration('timeout', options.timeout),
    linger: duration('linger', options.linger ?? 1_000),
    idleTimeout: duration('idleTimeout', options.idleTimeout ?? 5_000),
    resync: period('resync', options.resync ?? 60_000),
    accountForDrops: options.accountForDrops ?? false,
    trace: yesOrNo('trace', options.trace ?? false),
    instrument: hooks(options.instrument),
    payloadLimit: atLeast('payloadLimit', 0, options.payloadLimit ?? Number.POSITIVE_INFINITY),
    limits: {
      frameBytes: atLeast('limits.frameBytes', 1, options.limits?.frameBytes ?? DEFAULT_LIMITS.frameBytes),
      depth: depth(options.limits?.depth ?? DEFAULT_LIMITS.depth),
      values: atLeast('limits.values', 1, options.limits?.values ?? DEFAULT_LIMITS.values),
    },
    scheduler: schedulerOf(options.scheduler ?? monotonicScheduler),
  };
}

/** @throws {@link InvalidArgumentError} unless `value` is a time in ms that a timer can hold */
export function duration(name: string, value: number): number {
  if (typeof value === 'number' && value >= 0 && value <= MAX_TIME) return value;
  throw invalid(name, `0 to ${MAX_TIME} ms`, value);
}

/** How often something happens, at most once in a ms; 0: never. */
function period(name: string, value: number): number {
  const checked = duration(name, value);
  return checked === 0 ? 0 : Math.max(1, checked);
}

/** {@link ReconnectOptions} with the defaults, checked. */
export function reconnectPolicy(options: ReconnectOptions): ReconnectPolicy {
  const { minDelay, maxDelay, healthyAfter, attempts, firstConnect, random } = options;
  return {
    minDelay: duration('reconnect.minDelay', minDelay ?? DEFAULT_RECONNECT.minDelay),
    maxDelay: duration('reconnect.maxDelay', maxDelay ?? DEFAULT_RECONNECT.maxDelay),
    healthyAfter: duration('reconnect.healthyAfter', healthyAfter ?? DEFAULT_RECONNECT.healthyAfter),
    attempts: atLeast('reconnect.attempts', 1, attempts ?? DEFAULT_RECONNECT.attempts),
    firstConnect: firstConnectOf(firstConnect ?? DEFAULT_RECONNECT.firstConnect),
    random: callable('reconnect.random', random ?? DEFAULT_RECONNECT.random),
  };
}

function firstConnectOf(value: ReconnectPolicy['firstConnect']): ReconnectPolicy['firstConnect'] {
  if (value === 'fail-fast' || value === 'keep-trying') return value;
  throw invalid('reconnect.firstConnect', "'fail-fast' or 'keep-trying'", value);
}

function yesOrNo(name: string, value: boolean): boolean {
  if (typeof value === 'boolean') return value;
  throw invalid(name, 'true or false', value);
}

function hooks(value: Instrument | undefined): Instrument | undefined {
  if (value === undefined) return undefined;
  if (typeof value !== 'object' || value === null) throw invalid('instrument', 'an object of hooks', value);
  for (const name of ['request', 'connection', 'dropped'] as const)
    if (value[name] !== undefined) callable(`instrument.${name}`, value[name]);
  return value;
}

function callable<F>(name: string, value: F): F {
  if (typeof value === 'function') return value;
  throw invalid(name, 'a function', value);
}

function schedulerOf(scheduler: SchedulerLike): SchedulerLike {
  if (typeof scheduler?.now === 'function' && typeof scheduler.schedule === 'function') return scheduler;
  throw invalid('scheduler', "one of RxJS's, or like one", scheduler);
}

/** Reading recurses, and the stack has an end. */
const DEEPEST = 1_000;

/** How deep what is read may nest. */
export function depth(value: number): number {
  return Math.min(DEEPEST, atLeast('limits.depth', 1, value));
}

/** @throws {@link InvalidArgumentError} unless `value` is a number from `least` up */
export function atLeast(name: string, least: number, value: number): number {
  if (typeof value === 'number' && value >= least) return value;
  throw invalid(name, `a number from ${least} up`, value);
}

function invalid(name: string, wanted: string, value: unknown): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', `${name} should be ${wanted}, not ${String(value)}`);
}
