import { Subscription } from 'rxjs';
import { dateBy } from '../clock.ts';
import type { RequestFacts } from '../http/admission.ts';
import type { Place } from '../http/places.ts';
import type { Serf } from '../serf.ts';
import { withDefaults as servedWith } from '../server/options.ts';
import type { Turns } from '../server/peer/turns.ts';
import { asError } from '../server/refusal.ts';
import { servePeer } from '../server/serve.ts';
import { type AcceptedWebSocket, acceptedWebSocket } from '../socket/accepted-websocket.ts';
import { DONE } from '../socket/close-codes.ts';
import { closeFor } from '../socket/server-close.ts';
import { atDate, CLOSE, type ConnectedPeer, type PeerEnd, type Use } from './connected-peer.ts';
import type { GatewayEvent } from './events.ts';
import type { Identity } from './identity.ts';
import type { HandlerOptions } from './options.ts';
import type { Source } from './sources.ts';

/** How long a peer may take to answer a close frame, in ms. */
const CLOSE_TIMEOUT = 2_000;
/** How many of a peer's requests are carried out at a time. */
const CONCURRENCY = 32;
/** How much may wait for a peer to read it before it gets no more answers to its pings, in bytes. */
const UNREAD_PONGS = 65_536;
/** The longest text of a close frame, in bytes (RFC 6455, 5.5). */
const LONGEST_REASON = 123;

/** What is needed of a WebSocket of the library `ws`: written down, so that nobody needs its types to read ours. */
interface PeerWebSocket extends AcceptedWebSocket {
  ping(): void;
  pong(data: Uint8Array): void;
  terminate(): void;
  on(event: 'ping' | 'pong', listener: (data: Uint8Array) => void): unknown;
  on(event: 'close', listener: (code: number, reason: Uint8Array) => void): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** What a peer needs of its gateway. */
export interface PeerContext {
  readonly options: HandlerOptions;
  readonly turns: Turns;
  /** Who has this key; rejects for one that is not right. */
  authenticate(key: string, peer: Peer): Promise<Identity>;
  use(identity: Identity, address: string): Use;
  emit(event: GatewayEvent): void;
  /** Called when the peer is gone, with what is told of it. */
  gone(event: Extract<GatewayEvent, { type: 'disconnected' }>): void;
}

/** A peer of a gateway: one WebSocket, from its opening handshake to its end. */
export class Peer implements ConnectedPeer {
  readonly transport = 'websocket';
  readonly address: string;
  readonly origin: string | undefined;
  readonly since: number;
  readonly #webSocket: PeerWebSocket;
  readonly #place: Place;
  readonly #context: PeerContext;
  readonly #work = new Subscription();
  #identity: Identity | undefined;
  #use: Use | undefined;
  /** Whether it has answered since it was pinged last. */
  #answered = true;
  /** Why it is closed, once it is. */
  #end: PeerEnd | undefined;

  constructor(webSocket: PeerWebSocket, facts: RequestFacts, place: Place, context: PeerContext) {
    this.address = facts.remoteAddress;
    this.origin = facts.origin;
    this.since = dateBy(context.options.scheduler);
    this.#webSocket = webSocket;
    this.#place = place;
    this.#context = context;
  }

  get identity(): Identity | undefined {
    return this.#identity;
  }

  get source(): Source | undefined {
    return this.#use?.source;
  }

  disconnect(reason = CLOSE.forbidden.text): void {
    this.close({ code: CLOSE.forbidden.code, text: reason });
  }

  /**
   * Serves it.
   *
   * @param known who it is, where its request for the upgrade said so
   */
  start(known: Identity | undefined): void {
    const { options, turns, emit } = this.#context;
    const webSocket = this.#webSocket;
    webSocket.on('ping', (data) => {
      // A peer that reads nothing could fill the memory with answers.
      if (webSocket.bufferedAmount > UNREAD_PONGS) webSocket.terminate();
      else webSocket.pong(data);
    });
    webSocket.on('pong', () => {
      this.#answered = true;
    });
    webSocket.on('close', (code, reason) => this.#gone(code, reason.toString()));
    emit({ type: 'connected', peer: this });
    if (known && !this.#becomes(known)) return;
    // Without an Origin it is no page: whatever it is, it can have a key.
    const anonymous = this.origin === undefined ? undefined : options.anonymous;
    if (!known && anonymous && !this.#uses(anonymous)) return;
    const { limits, scheduler, serve } = options;
    const events$ = servePeer(
      this.#use?.serf,
      acceptedWebSocket(webSocket),
      servedWith({
        concurrency: CONCURRENCY,
        // Nothing is dropped in silence: whoever reads too slowly is closed, comes back, and knows of the gap.
        slowConsumer: 'disconnect',
        handshakeTimeout: limits.handshakeTimeout,
        ...serve,
        ...(known ? {} : { authenticate: (key: string) => this.#authenticate(key) }),
        limits: { frameBytes: limits.frameBytes, streams: limits.streams, ...serve.limits },
        scheduler,
      }),
      turns,
    );
    this.#work.add(
      events$.subscribe({
        next: (event) => {
          // Accepted without a key: it is what everybody is, until it shows one.
          if (event.type === 'accepted' && !this.#identity && anonymous && !this.#becomes(anonymous)) return;
          emit({ ...event, peer: this });
        },
        error: (error) => this.close({ ...closeFor(error), error: asError(error) }),
        complete: () => this.close(DONE),
      }),
    );
  }

  /** Asks it for a sign of life; one that gave none since the last time is cut off. */
  ping(): void {
    if (this.#answered) {
      this.#answered = false;
      this.#webSocket.ping();
    } else {
      this.#webSocket.terminate();
    }
  }

  /** Nobody is told less than happened: it comes back for the present state, and knows of the gap. */
  sourceLost(): void {
    this.close(CLOSE.upstreamLost);
  }

  sourceBack(): void {}

  close(end: PeerEnd): void {
    if (this.#end) return;
    this.#end = end;
    const { scheduler } = this.#context.options;
    this.#webSocket.close(end.code, shortened(end.text));
    // Not before: to unsubscribe closes the socket, too, and with 1000.
    this.#work.unsubscribe();
    const cutOff = scheduler.schedule(() => this.#webSocket.terminate(), CLOSE_TIMEOUT);
    this.#webSocket.once('close', () => cutOff.unsubscribe());
  }

  async #authenticate(key: string): Promise<Serf<Uint8Array>> {
    const identity = await this.#context.authenticate(key, this);
    if (!this.#becomes(identity)) throw new Error(CLOSE.tooMany.text);
    return (this.#use as Use).serf;
  }

  /** It is known who it is. Returns whether it may stay. */
  #becomes(identity: Identity): boolean {
    const { emit } = this.#context;
    if (this.#end) return false;
    if (!this.#place.authenticated(identity.name)) {
      this.close(CLOSE.tooMany);
      return false;
    }
    if (!this.#uses(identity)) return false;
    if (!this.#use?.source.up) {
      this.close(CLOSE.upstreamLost);
      return false;
    }
    this.#identity = identity;
    emit({ type: 'authenticated', peer: this });
    if (identity.expires !== undefined)
      this.#work.add(
        atDate(identity.expires, this.#context.options.scheduler, () => this.close(CLOSE.expired)),
      );
    return this.#end === undefined;
  }

  /** Takes what an identity uses. Returns whether there is any: an application may throw, or have none for this one. */
  #uses(identity: Identity): boolean {
    const before = this.#use;
    try {
      this.#use = this.#context.use(identity, this.address);
    } catch (error) {
      this.close({ ...closeFor(error), error: asError(error) });
      return false;
    }
    before?.free();
    return true;
  }

  #gone(code: number, reason: string): void {
    const { error, ...ours } = this.#end ?? { code, text: reason };
    this.#end ??= ours;
    this.#work.unsubscribe();
    this.#use?.free();
    this.#place.free();
    const told = { type: 'disconnected', peer: this, code: ours.code, reason: ours.text } as const;
    this.#context.gone(error ? { ...told, error } : told);
  }
}

/** As much of a text as a close frame takes. */
function shortened(text: string): string {
  let short = text.slice(0, LONGEST_REASON);
  while (Buffer.byteLength(short) > LONGEST_REASON) short = short.slice(0, -1);
  return short;
}
