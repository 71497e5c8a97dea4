import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Duplex } from 'node:stream';
import { Observable, ReplaySubject, type Subscriber } from 'rxjs';
import { type WebSocket, WebSocketServer } from 'ws';
import { SerfError } from '../errors.ts';
import {
  type AdmissionRefusal,
  admit,
  checkHost,
  type RefusalReason,
  type RequestFacts,
} from '../http/admission.ts';
import { hostName, LOOPBACK_NAMES } from '../http/host.ts';
import { type Place, Places } from '../http/places.ts';
import { guardUpgrade, refuseUpgrade } from '../http/upgrade.ts';
import { plainIp } from '../ip.ts';
import type { JsonValue } from '../json-patch/operation.ts';
import { inTime } from '../rpc/fair-timer.ts';
import { acceptedWebSocket } from '../socket/accepted-websocket.ts';
import { hostPort } from '../socket/duplex.ts';
import { Connection } from './connection.ts';
import type { JugglerConnection } from './juggler-connection.ts';
import { type JugglerListenOptions, type ListenSettings, listenSettings } from './listen-options.ts';
import { refuse, staticFiles } from './static-files.ts';

/** What happens at a juggler server, told apart by `type`. */
export type JugglerServerEvent<Remote = JsonValue, Local = unknown> =
  | {
      /** It can be connected to; once, and first. */
      readonly type: 'listening';
      /** `IP:PORT`. */
      readonly address: string;
      readonly host: string;
      /** The one that was asked for, or with 0 the one there is. */
      readonly port: number;
      /** Emits when, after the end of the subscription, all is closed, and completes. */
      readonly closed$: Observable<void>;
    }
  | {
      /** Somebody has connected; nothing has been read yet. */
      readonly type: 'connected';
      readonly connection: JugglerConnection<Remote, Local>;
    }
  | {
      /** A connection is over; with an `error` unless one of the two has closed it. */
      readonly type: 'disconnected';
      readonly connection: JugglerConnection<Remote, Local>;
      readonly error?: SerfError;
    }
  | {
      /** Somebody was turned away. */
      readonly type: 'rejected';
      /** Where they are, `IP:PORT`. */
      readonly address: string;
      readonly reason: RefusalReason | 'admit';
      /** What was wrong, and which option would have allowed it: for the log, never for the peer. */
      readonly hint: string;
    };

/** How long `admit` may take, in ms. */
const ADMIT_TIMEOUT = 10_000;
/** Plain HTTP connections besides the WebSockets. */
const HTTP_CONNECTIONS = 1_000;

/**
 * Serves juggler connections on a WebSocket, and files beside it.
 *
 * ```
 * subscribe     --l----c---------d------   listening, connected, disconnected
 *               --#                        the port is taken, or not allowed
 * unsubscribe   ------------!              closes the port and all connections, with 1000
 * ```
 *
 * Never completes by itself; a connection's end, however bad, is an event. A page may connect if it came from this server or
 * from one of `origins`, and only by one of the server's names: otherwise any page that somebody opens could read what is served
 * here.
 *
 * Works with `jugglerConnect`, and with hat-juggler 0.5 in Python and JavaScript.
 *
 * @throws `InvalidArgumentError` at the call for options that cannot be; all else arrives through `error`: `SerfError`
 *   (`listen-failed`), with Node's error as `cause`
 * @example
 * ```ts
 * import { jugglerListen } from 'rxserf/juggler';
 *
 * jugglerListen({ port: 8080, staticDir: 'public', actions: { add: (a: number, b: number) => a + b } }).subscribe((event) => {
 *   if (event.type === 'connected') event.connection.setLocalData({ hello: event.connection.address });
 *   if (event.type === 'rejected') console.warn(event.hint);
 * });
 * ```
 */
export function jugglerListen<Remote = JsonValue, Local = unknown>(
  options: JugglerListenOptions = {},
): Observable<JugglerServerEvent<Remote, Local>> {
  const settings = listenSettings(options);
  return new Observable<JugglerServerEvent>((subscriber) => {
    const server = new JugglerServer(settings, subscriber);
    server.listen();
    return () => server.close();
  }) as Observable<unknown> as Observable<JugglerServerEvent<Remote, Local>>;
}

class JugglerServer {
  readonly #settings: ListenSettings;
  readonly #subscriber: Subscriber<JugglerServerEvent>;
  readonly #closed = new ReplaySubject<void>(1);
  readonly #webSockets: WebSocketServer;
  readonly #files: (request: IncomingMessage, response: ServerResponse) => void;
  readonly #connections = new Map<Connection, WebSocket>();
  #http: Server | undefined;
  readonly #places: Places;
  #port = 0;
  #over = false;

  constructor(settings: ListenSettings, subscriber: Subscriber<JugglerServerEvent>) {
    this.#settings = settings;
    this.#subscriber = subscriber;
    this.#webSockets = new WebSocketServer({
      noServer: true,
      maxPayload: settings.connection.limits.frameBytes,
      perMessageDeflate: false,
    });
    this.#files = staticFiles(settings);
    const { maxPeers: peers, maxPeersPerAddress: peersPerAddress } = settings;
    this.#places = new Places({
      peers,
      peersPerAddress,
      peersPerName: peers,
      unauthenticated: peers,
      unauthenticatedPerAddress: peersPerAddress,
    });
  }

  listen(): void {
    const { host, port, maxPeers } = this.#settings;
    const failed = (cause: unknown) => {
      const message = `cannot listen on ${hostPort(host, port)}: ${cause instanceof Error ? cause.message : cause}`;
      this.#subscriber.error(
        new SerfError('listen-failed', message, { cause, address: hostPort(host, port) }),
      );
    };
    try {
      this.#http = this.#createServer();
    } catch (error) {
      failed(error);
      return;
    }
    const http = this.#http;
    http.maxConnections = maxPeers + HTTP_CONNECTIONS;
    http.on('request', (request, response) => this.#request(request, response));
    http.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    http.on('listening', () => this.#listening(http.address() as AddressInfo));
    http.on('error', failed);
    http.listen({ host, port });
  }

  close(): void {
    if (this.#over) return;
    this.#over = true;
    const { shutdownTimeout, connection } = this.#settings;
    const late = connection.scheduler.schedule(() => {
      for (const webSocket of this.#connections.values()) webSocket.terminate();
      this.#http?.closeAllConnections();
    }, shutdownTimeout);
    const closed = () => {
      late.unsubscribe();
      this.#closed.next();
      this.#closed.complete();
    };
    for (const each of this.#connections.keys()) void each.close();
    if (this.#http?.listening) this.#http.close(closed);
    else closed();
    this.#http?.closeIdleConnections();
  }

  #createServer(): Server {
    const { tls, pem } = this.#settings;
    const secure = pem === undefined ? tls : certificateOf(pem);
    // Node's type of the key wants a `Buffer`, and takes any bytes.
    return secure ? createSecureServer(secure as object) : createServer();
  }

  #listening({ address: host, port }: AddressInfo): void {
    this.#port = port;
    const address = hostPort(host, port) as string;
    this.#subscriber.next({ type: 'listening', address, host, port, closed$: this.#closed.asObservable() });
  }

  #request(request: IncomingMessage, response: ServerResponse): void {
    const facts = this.#factsOf(request);
    const refusal = checkHost(facts, this.#rules(request));
    if (refusal) {
      this.#rejected(request, refusal.reason, refusal.hint);
      refuse(response, refusal.status);
    } else if (facts.path === this.#settings.path) refuse(response, 400);
    else this.#files(request, response);
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    guardUpgrade(socket);
    const facts = this.#factsOf(request);
    const place = admit(facts, this.#rules(request)) ?? this.#take(facts.remoteAddress, socket);
    if ('reason' in place) {
      this.#rejected(request, place.reason, place.hint);
      refuseUpgrade(socket, place.status);
      return;
    }
    let admitted = false;
    // One answer, whatever it gives, and none in good time is a no.
    const ask = () => {
      const answer = this.#settings.admit(request);
      return typeof answer === 'boolean' ? [answer] : answer;
    };
    const late = () => new Error(`admit gave no answer in ${ADMIT_TIMEOUT} ms`);
    inTime(ask, ADMIT_TIMEOUT, this.#settings.connection.scheduler, late).subscribe({
      next: (answer) => {
        admitted = answer === true;
      },
      error: () => this.#answered(false, request, socket, head),
      complete: () => this.#answered(admitted, request, socket, head),
    });
  }

  #answered(admitted: boolean, request: IncomingMessage, socket: Duplex, head: Buffer): void {
    if (this.#over || socket.destroyed) socket.destroy();
    else if (!admitted) {
      this.#rejected(request, 'admit', 'the option admit has said no, or has failed');
      refuseUpgrade(socket, 403);
    } else
      this.#webSockets.handleUpgrade(request, socket, head, (webSocket) =>
        this.#connected(webSocket, request),
      );
  }

  /** A place until the connection is closed, also while `admit` is asked: nobody is sent away for another. */
  #take(address: string, socket: Duplex): Place | AdmissionRefusal {
    const { maxPeers, maxPeersPerAddress } = this.#settings;
    const place = this.#places.take(address, () => {});
    if (typeof place === 'object') {
      place.authenticated(undefined);
      socket.once('close', () => place.free());
      return place;
    }
    const hint =
      place === 'peers'
        ? `${maxPeers} are connected, which is the option maxPeers`
        : `${maxPeersPerAddress} of this address are connected, which is the option maxPeersPerAddress`;
    return { reason: 'peers', status: 503, hint };
  }

  #connected(webSocket: WebSocket, request: IncomingMessage): void {
    const { connection: settings, heartbeat } = this.#settings;
    const socket = acceptedWebSocket(webSocket, { frames: 'text' });
    const address = addressOf(request);
    const connection = new Connection(
      { address, dial: () => socket, reconnect: false, connectTimeout: 0 },
      settings,
    );
    this.#connections.set(connection, webSocket);
    const stop = heartbeat > 0 ? watch(webSocket, heartbeat, settings.scheduler) : undefined;
    let error: SerfError | undefined;
    connection.status$.subscribe((status) => {
      if (status.state === 'closed') error = status.error;
    });
    connection.closed$.subscribe(() => {
      stop?.();
      this.#connections.delete(connection);
      this.#tell({ type: 'disconnected', connection: connectionOf(connection), ...(error && { error }) });
    });
    // Nothing is read within this turn: who is told here misses nothing.
    connection.connect();
    this.#tell({ type: 'connected', connection: connectionOf(connection) });
  }

  #rejected(request: IncomingMessage, reason: RefusalReason | 'admit', hint: string): void {
    this.#tell({ type: 'rejected', address: addressOf(request), reason, hint });
  }

  #tell(event: JugglerServerEvent): void {
    if (!this.#over) this.#subscriber.next(event);
  }

  #factsOf(request: IncomingMessage): RequestFacts {
    return {
      path: (request.url ?? '').split('?', 1)[0] as string,
      hosts: [request.headers.host],
      origin: request.headers.origin,
      remoteAddress: plainIp(request.socket.remoteAddress ?? ''),
    };
  }

  /** Whom this request may have been meant for, and which pages are ours. */
  #rules(request: IncomingMessage) {
    const { host, hosts, origins, path } = this.#settings;
    const local = plainIp(request.socket.localAddress ?? '');
    const names = new Set<string>(LOOPBACK_NAMES);
    for (const each of [host, local, ...hosts]) {
      const name = hostName(each.includes(':') && !each.startsWith('[') ? `[${each}]` : each);
      if (name !== undefined) names.add(name);
    }
    const isOurs = (origin: string) => {
      const url = new URL(origin);
      const port = url.port === '' ? (url.protocol === 'https:' ? 443 : 80) : Number(url.port);
      return port === this.#port && names.has(url.hostname);
    };
    return {
      paths: new Set([path]),
      hosts: names,
      origins: (origin: string) =>
        isOurs(origin) || (typeof origins === 'function' ? says(origins, origin) : origins.has(origin)),
    };
  }
}

/** What a callback says; one that throws says no. */
function says(callback: (origin: string) => boolean, origin: string): boolean {
  try {
    return callback(origin);
  } catch {
    return false;
  }
}

function connectionOf(connection: Connection): JugglerConnection<JsonValue, unknown> {
  return connection as JugglerConnection<unknown, unknown> as JugglerConnection<JsonValue, unknown>;
}

function addressOf(request: IncomingMessage): string {
  const { remoteAddress, remotePort } = request.socket;
  return hostPort(plainIp(remoteAddress ?? ''), remotePort) ?? '';
}

/** Certificate and key from one file. */
function certificateOf(path: string): object {
  const text = readFileSync(path);
  return { cert: text, key: text };
}

/** Cuts the connection of a peer that does not answer two pings in a row and reads nothing either. */
function watch(
  webSocket: WebSocket,
  period: number,
  scheduler: ListenSettings['connection']['scheduler'],
): () => void {
  let silent = 0;
  let buffered = 0;
  const heard = () => {
    silent = 0;
  };
  webSocket.on('pong', heard);
  webSocket.on('message', heard);
  const activity = scheduler.schedule(function look(this: {
    schedule(state: undefined, delay: number): void;
  }) {
    if (webSocket.bufferedAmount < buffered) silent = 0;
    buffered = webSocket.bufferedAmount;
    if (silent >= 2) {
      webSocket.terminate();
      return;
    }
    silent++;
    if (webSocket.readyState === webSocket.OPEN) webSocket.ping();
    this.schedule(undefined, period);
  }, period);
  return () => activity.unsubscribe();
}
