import { pageOrigin, platformTextSocket } from '#platform';
import { InvalidArgumentError } from '../errors.ts';
import type { JsonValue } from '../json-patch/operation.ts';
import { duration, reconnectPolicy } from '../options.ts';
import type { ReconnectOptions } from '../reconnect.ts';
import { type Socket, socketFrom } from '../socket/socket.ts';
import type { TlsOptions } from '../socket/tls-options.ts';
import type { WebSocketOptions } from '../socket/websocket.ts';
import { Connection, type Dialing } from './connection.ts';
import type { JugglerConnection } from './juggler-connection.ts';
import { type JugglerAction, type JugglerOptions, OF_A_SERVER, withDefaults } from './options.ts';

/** Options of {@link jugglerConnect}. Times are in ms, sizes in bytes. */
export interface JugglerConnectOptions extends JugglerOptions {
  /**
   * What to do when the connection cannot be had or is lost, or the peer closes it: as `connect` of a Serf client has it. Both
   * documents are sent anew then; calls under way fail. @defaultValue false: it is over
   */
  readonly reconnect?: ReconnectOptions | false;
  /** How long an attempt to connect may take, in ms; 0: for ever. @defaultValue 5,000 */
  readonly connectTimeout?: number;
  /** With a `wss:` URL on Node: how the server is known. @defaultValue Node's */
  readonly tls?: TlsOptions;
  /** With a URL on Node: further headers of the opening handshake. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>;
  /** With a URL: makes the WebSocket instead of the platform. */
  readonly webSocket?: NonNullable<WebSocketOptions['webSocket']>;
}

/** Where a juggler peer is: a `ws:` or `wss:` URL (in a page, a path will do), a socket of texts, or what makes one for each attempt. */
export type JugglerTarget = string | URL | Socket<string> | (() => Socket<string>);

/**
 * Connects to a juggler peer, at once, and keeps a JSON document equal on both sides: what one sets, the other sees.
 *
 * ```
 * ours      setLocalData   -a----b-------
 * theirs    remoteData$    n--a----b-----     n = null
 * ```
 *
 * Works with `jugglerListen`, and with hat-juggler 0.5 in Python and JavaScript.
 *
 * @param target with `reconnect`, a socket cannot be given, as it connects once: give a function that makes one
 * @throws `InvalidArgumentError` for a URL or for options that cannot be; all that happens later arrives through the streams, and
 *   as the `error` of `status$`
 * @example
 * ```ts
 * import { jugglerConnect } from 'rxserf/juggler';
 *
 * const juggler = jugglerConnect<{ load: number }>('ws://127.0.0.1:8080/ws', { reconnect: {} });
 * juggler.remoteData$.subscribe((data) => console.log(data?.load));
 * juggler.setLocalData({ name: 'me' });
 * juggler.call<number>('add', 1, 2).subscribe(console.log);
 * ```
 */
export function jugglerConnect<Remote = JsonValue, Local = unknown>(
  target: JugglerTarget,
  options: JugglerConnectOptions = {},
): JugglerConnection<Remote, Local> {
  const settings = withDefaults(options, OF_A_SERVER);
  const { reconnect = false, connectTimeout = 5_000, tls, headers, webSocket } = options;
  const policy = reconnect === false ? false : reconnectPolicy(reconnect);
  if (policy && isSocket(target)) {
    throw new InvalidArgumentError(
      'invalid-argument',
      'a socket connects once: to reconnect, give a URL or a function that makes sockets',
    );
  }
  const text = { frameBytes: settings.limits.frameBytes, tls, headers, webSocket };
  const dialing: Dialing = {
    ...dialingOf(target, (url) => platformTextSocket(url, text)),
    reconnect: policy,
    connectTimeout: duration('connectTimeout', connectTimeout),
  };
  const connection = new Connection(dialing, settings);
  connection.connect();
  return connection as JugglerConnection<unknown, unknown> as JugglerConnection<Remote, Local>;
}

/**
 * Adds the call layer to a connection that has no actions: the peer can call these from now on, and calls of its that have come
 * before, and still wait on `messages$`, are answered now.
 *
 * @returns the same connection
 * @throws `InvalidArgumentError` when the connection has actions already
 * @example
 * ```ts
 * import { jugglerListen, jugglerRpc } from 'rxserf/juggler';
 *
 * jugglerListen({ port: 8080 }).subscribe((event) => {
 *   if (event.type === 'connected') jugglerRpc(event.connection, { add: (a: number, b: number) => a + b });
 * });
 * ```
 */
export function jugglerRpc<Remote, Local>(
  connection: JugglerConnection<Remote, Local>,
  actions: Readonly<Record<string, JugglerAction>>,
  defaultAction?: JugglerAction,
): JugglerConnection<Remote, Local> {
  if (!(connection instanceof Connection))
    throw new InvalidArgumentError('invalid-argument', 'jugglerRpc takes a juggler connection');
  const checked = withDefaults({ actions, ...(defaultAction && { defaultAction }) }, OF_A_SERVER);
  connection.provide({ actions: checked.actions, defaultAction: checked.defaultAction });
  return connection;
}

function dialingOf(
  target: JugglerTarget,
  open: (url: URL) => Socket<string>,
): Pick<Dialing, 'address' | 'dial'> {
  if (typeof target === 'function') return { address: '', dial: () => made(target) };
  if (isSocket(target)) return { address: '', dial: () => target };
  const url = urlOf(target);
  return { address: url.host, dial: () => open(url) };
}

/** A socket, or one that fails as the function that makes sockets has failed. */
function made(make: () => Socket<string>): Socket<string> {
  try {
    return make();
  } catch (error) {
    return socketFrom<string>(() => {
      throw error;
    });
  }
}

function isSocket(target: JugglerTarget): target is Socket<string> {
  return typeof target === 'object' && 'subscribe' in target && typeof target.subscribe === 'function';
}

function urlOf(target: string | URL): URL {
  let url: URL | undefined;
  try {
    const page = pageOrigin();
    const base =
      page && page.host !== '' ? `${page.protocol === 'https:' ? 'wss:' : 'ws:'}//${page.host}` : undefined;
    url = new URL(`${target}`, base);
  } catch {
    // As below.
  }
  // The text is not shown: it may have a password in it.
  if (url?.protocol === 'ws:' || url?.protocol === 'wss:') return url;
  throw new InvalidArgumentError(
    'invalid-address',
    'a juggler peer is at a ws:// or wss:// URL, or, for a page, at a path such as /ws',
  );
}
