import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { firstValueFrom, from, type Observable, Subject, Subscription, take } from 'rxjs';
import { WebSocketServer } from 'ws';
import { type AdmissionRefusal, type AdmissionRules, admit, type RequestFacts } from '../http/admission.ts';
import { Arrivals } from '../http/arrivals.ts';
import { type PlaceLimits, Places } from '../http/places.ts';
import { guardUpgrade, refuseUpgrade } from '../http/upgrade.ts';
import type { Member } from '../model.ts';
import { afterReads } from '../rpc/fair-timer.ts';
import { Turns } from '../server/peer/turns.ts';
import { asError } from '../server/refusal.ts';
import type { WebSocketClose } from '../socket/close-codes.ts';
import { Api, type ApiContext } from './api/api.ts';
import { Authentication } from './authentication.ts';
import { CLOSE, type ConnectedPeer, type Use } from './connected-peer.ts';
import type { GatewayEvent, GatewayPeer } from './events.ts';
import { factsOf, HttpFace, shownOf } from './http-face.ts';
import type { Credential, Identity } from './identity.ts';
import { Metrics } from './metrics.ts';
import { type GatewayHandlerOptions, type HandlerOptions, withDefaults, withOwnOrigins } from './options.ts';
import { Peer, type PeerContext } from './peer.ts';
import { RoleSerfs } from './role-serfs.ts';
import { type ServedSource, type Source, Sources } from './sources.ts';
import type { UpstreamChange, UpstreamState } from './upstream.ts';

/** Over how long peers are asked to come back elsewhere, in ms: all at once would be a herd. */
const DRAIN_TIME = 5_000;

/** A gateway to be mounted in a server of one's own. */
export interface GatewayHandler {
  /** What happens; hot: from the subscription on. Completes when it is closed or has drained. */
  readonly events$: Observable<GatewayEvent>;
  /** Those who are connected. */
  readonly peers: ReadonlySet<GatewayPeer>;
  /**
   * Answers an HTTP request that is the gateway's: `/healthz`, `/readyz`, `/metrics`, `/api/members` and its like, the dashboard.
   *
   * @param next called for any other request; without it, that is a 404
   */
  request(request: IncomingMessage, response: ServerResponse, next?: () => void): void;
  /**
   * Makes a WebSocket of a request for an upgrade, or refuses it.
   *
   * @param next called for a path that is not the gateway's; without it, that is a 404
   */
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, next?: () => void): void;
  /** Closes all connections, with 1001, and unsubscribes from the Serf; `events$` completes when all of them are gone. */
  close(): void;
}

/** How far a handler is. */
type Phase = 'open' | 'draining' | 'closed';

/** What is behind `gatewayHandler` and `gateway`. */
export class Handler implements GatewayHandler {
  readonly events$: Observable<GatewayEvent>;
  /** At most `limits.peers`. */
  readonly peers = new Set<ConnectedPeer>();
  readonly #options: HandlerOptions;
  /** Who may ask at all: with what is known only when it listens. */
  #rules: AdmissionRules;
  readonly #events = new Subject<GatewayEvent>();
  readonly #metrics: Metrics | undefined;
  readonly #face: HttpFace;
  readonly #places: Places;
  readonly #arrivals: Arrivals;
  readonly #authentication: Authentication;
  readonly #roles: RoleSerfs;
  readonly #peerContext: PeerContext;
  readonly #sources: Sources;
  readonly #webSockets: WebSocketServer;
  readonly #work = new Subscription();
  #phase: Phase = 'open';

  constructor(source: ServedSource, options: HandlerOptions) {
    const { limits, metrics, pingInterval, drain } = options;
    this.events$ = this.#events.asObservable();
    this.#options = options;
    this.#rules = options;
    this.#places = new Places(limits);
    this.#arrivals = new Arrivals(2 * limits.peersPerAddress, options.scheduler);
    this.#authentication = new Authentication(options);
    this.#roles = new RoleSerfs(options);
    this.#peerContext = this.#contextOfPeers();
    this.#sources = new Sources(source, options, (of, change) => this.#upstream(of, change));
    this.#metrics = metrics === false ? undefined : new Metrics(this, metrics.registry);
    const api = options.api ? new Api(this.#contextOfApi()) : undefined;
    this.#face = new HttpFace(this, options, this.#metrics, api);
    this.#webSockets = new WebSocketServer({
      noServer: true,
      clientTracking: false,
      maxPayload: limits.frameBytes,
      // It takes memory for each peer, is broken in some browsers, and compresses secrets together with strangers' text.
      perMessageDeflate: false,
      // Peers answer pings themselves, as long as their answers are read.
      autoPong: false,
      // One frame of each in a turn of the event loop: a flood of the smallest ones keeps nobody else waiting.
      allowSynchronousEvents: false,
    });
    this.#pingEvery(pingInterval);
    if (drain)
      this.#work.add(
        from(drain)
          .pipe(take(1))
          .subscribe(() => this.#drain()),
      );
  }

  get rules(): AdmissionRules {
    return this.#rules;
  }

  /** Whether whoever connects now is served. */
  get ready(): boolean {
    return this.#phase === 'open' && this.#sources.state === 'up';
  }

  get upstream(): UpstreamState {
    return this.#sources.state;
  }

  /** Adds the names and the origins of where it listens: pages that it serves itself may connect. */
  listensAt(host: string, port: number, secure: boolean): void {
    this.#rules = withOwnOrigins(this.#options, host, port, secure);
  }

  members(): Promise<readonly Member[]> {
    return firstValueFrom(this.#sources.members(), { defaultValue: [] });
  }

  emit(event: GatewayEvent): void {
    this.#metrics?.count(event);
    this.#events.next(event);
  }

  authenticate(credential: Credential): Promise<Identity> {
    return this.#authentication.identify(credential);
  }

  request(request: IncomingMessage, response: ServerResponse, next?: () => void): void {
    this.#face.answer(request, response, next);
  }

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer, next?: () => void): void {
    const facts = factsOf(request, this.#options.proxies);
    if (next && !this.#rules.paths.has(facts.path)) {
      next();
      return;
    }
    guardUpgrade(socket);
    const refusal = admit(facts, this.#rules) ?? this.#unready() ?? this.#tooOften(facts);
    if (refusal) {
      this.#refuse(facts, socket, refusal);
      return;
    }
    let peer: Peer | undefined;
    const place = this.#places.take(facts.remoteAddress, () => {
      if (peer) peer.close(CLOSE.crowded);
      else socket.destroy();
      free();
    });
    if (typeof place === 'string') {
      this.#refuse(facts, socket, full(place, this.#options));
      return;
    }
    const free = () => place.free();
    socket.once('close', free);
    this.#authentication.ofRequest(request, facts).then(
      ({ known, refused }) => {
        if (refused) this.emit({ type: 'refused-key', address: facts.remoteAddress, error: refused });
        if (socket.destroyed) return;
        const late = this.#unready();
        if (late) {
          this.#refuse(facts, socket, late);
          return;
        }
        this.#webSockets.handleUpgrade(request, socket, head, (webSocket) => {
          const made = new Peer(webSocket, facts, place, this.#peerContext);
          peer = made;
          this.peers.add(made);
          made.start(known);
        });
      },
      (error) => {
        refuseUpgrade(socket, 401);
        this.emit({ type: 'refused-key', address: facts.remoteAddress, error: asError(error) });
      },
    );
  }

  close(): void {
    this.#end(CLOSE.goingAway);
  }

  /** What peers need: one for all of them. */
  #contextOfPeers(): PeerContext {
    return {
      options: this.#options,
      turns: new Turns(this.#options.scheduler),
      emit: (event) => this.emit(event),
      authenticate: (key, peer) =>
        this.authenticate({ key, via: 'auth', remoteAddress: peer.address }).catch((error) => {
          this.emit({ type: 'refused-key', address: peer.address, peer, error: asError(error) });
          throw error;
        }),
      use: (identity, address) => this.#use(identity, address),
      gone: (event) => this.#gone(event),
    };
  }

  #contextOfApi(): ApiContext {
    const rules = () => this.#rules;
    return {
      options: this.#options,
      get rules() {
        return rules();
      },
      unready: () => this.#unready(),
      identify: (request, facts) => this.#authentication.ofReader(request, facts),
      use: (identity, address) => this.#use(identity, address),
      takePlace: (address) => this.#places.take(address, () => {}),
      joined: (stream) => this.peers.add(stream),
      emit: (event) => this.emit(event),
      gone: (event) => this.#gone(event),
    };
  }

  #use(identity: Identity, address: string): Use {
    const { source, free } = this.#sources.take(identity);
    return { source, serf: this.#roles.serfOf(source.serf, identity, address), free };
  }

  #gone(event: Extract<GatewayEvent, { type: 'disconnected' }>): void {
    this.peers.delete(event.peer as ConnectedPeer);
    this.emit(event);
    this.#completeWhenGone();
  }

  #unready(): AdmissionRefusal | undefined {
    if (this.ready) return undefined;
    return this.#phase === 'open'
      ? { reason: 'upstream', status: 503, hint: 'the agent is not connected: nobody is served until it is' }
      : { reason: 'draining', status: 503, hint: 'the gateway ends, and takes nobody new' };
  }

  #tooOften({ remoteAddress }: RequestFacts): AdmissionRefusal | undefined {
    if (!this.#arrivals.add(remoteAddress)) return undefined;
    const { peersPerAddress } = this.#options.limits;
    const hint = `this address has come more than ${2 * peersPerAddress} times in 10 s: twice limits.peersPerAddress`;
    return { reason: 'rate', status: 503, hint };
  }

  #refuse(facts: RequestFacts, socket: Duplex, refusal: AdmissionRefusal): void {
    refuseUpgrade(socket, refusal.status);
    this.emit({ type: 'refused-upgrade', ...shownOf(facts), ...refusal });
  }

  /** Nobody is told less than happened: who has missed something is closed, and comes back for the present state. */
  #upstream(of: Source, { state, error }: UpstreamChange): void {
    if (state === 'lost' || state === 'ended') {
      this.#roles.forget(of.serf);
      for (const peer of [...this.peers]) if (peer.source === of) peer.sourceLost();
    } else if (state === 'up') for (const peer of this.peers) if (peer.source === of) peer.sourceBack();
    if (state !== 'connecting' || error) this.emit({ type: 'upstream', state, ...(error && { error }) });
  }

  /** Answers that have come while the process was busy are read first. */
  #pingEvery(time: number): void {
    if (time === 0) return;
    const timer = afterReads(this.#options.scheduler, time, () => {
      this.#work.remove(timer);
      for (const peer of [...this.peers]) peer.ping();
      this.#pingEvery(time);
    });
    this.#work.add(timer);
  }

  #drain(): void {
    if (this.#phase !== 'open') return;
    this.#phase = 'draining';
    this.emit({ type: 'draining' });
    const { scheduler } = this.#options;
    const peers = [...this.peers];
    peers.forEach((peer, index) => {
      const turn = (DRAIN_TIME * index) / peers.length;
      this.#work.add(scheduler.schedule(() => peer.close(CLOSE.draining), turn));
    });
    this.#work.add(scheduler.schedule(() => this.#end(CLOSE.draining), peers.length === 0 ? 0 : DRAIN_TIME));
  }

  #end(close: WebSocketClose): void {
    if (this.#phase === 'closed') return;
    this.#phase = 'closed';
    this.#work.unsubscribe();
    this.#sources.close();
    this.#closeAll(close);
    this.#completeWhenGone();
  }

  /** What becomes of the last peers is told, too: each is gone after the time that it may take to close. */
  #completeWhenGone(): void {
    if (this.#phase === 'closed' && this.peers.size === 0) this.#events.complete();
  }

  #closeAll(close: WebSocketClose): void {
    for (const peer of [...this.peers]) peer.close(close);
  }
}

function full(limit: keyof PlaceLimits, { limits }: HandlerOptions): AdmissionRefusal {
  const behind =
    limit === 'peersPerAddress'
      ? ' (whoever is behind a proxy has its address, unless trustProxy names it)'
      : '';
  const hint = `all places are taken: limits.${limit} is ${limits[limit]}${behind}`;
  return { reason: 'peers', status: 503, hint };
}

/**
 * A gateway for a server of one's own: its answers and its upgrades, to be mounted in Node's server, express or fastify. What
 * such a server does before (its own limits of headers and connections) is its own.
 *
 * @param serf what is served, or which one to each identity; payloads are bytes
 * @param options as of `gateway`, less where it listens; give `publicUrl`, as nobody else knows where pages find it
 * @throws `InvalidArgumentError` (`invalid-argument`) at the call for options that cannot be
 * @example
 * ```ts
 * import { createServer } from 'node:http';
 * import { connect } from 'rxserf';
 * import { gatewayHandler, tokens } from 'rxserf/gateway';
 *
 * const handler = gatewayHandler(connect(), {
 *   publicUrl: 'http://127.0.0.1:8080',
 *   authenticate: tokens({ 'uei0-jqQ2-9fTx-aW5c': { role: 'viewer' } }),
 * });
 * const server = createServer((request, response) => handler.request(request, response));
 * server.on('upgrade', (request, socket, head) => handler.upgrade(request, socket, head));
 * server.listen(8080, '127.0.0.1');
 * ```
 */
export function gatewayHandler(serf: ServedSource, options: GatewayHandlerOptions): GatewayHandler {
  return new Handler(serf, withDefaults(options));
}
