import { Subscription } from 'rxjs';
import { dateBy } from '../clock.ts';
import type { RequestFacts } from '../http/admission.ts';
import type { Place } from '../http/places.ts';
import { MAX_TIME } from '../options.ts';
import type { Serf } from '../serf.ts';
import { withDefaults as servedWith } from '../server/options.ts';
import type { Turns } from '../server/peer/turns.ts';
import { asError } from '../server/refusal.ts';
import { servePeer } from '../server/serve.ts';
import { type AcceptedWebSocket, acceptedWebSocket } from '../socket/accepted-websocket.ts';
import { DONE, type WebSocketClose } from '../socket/close-codes.ts';
import { closeFor } from '../socket/server-close.ts';
import type { GatewayEvent, GatewayPeer } from './events.ts';
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

/** Ends that are the gateway's own; those of `serve` have theirs from the socket. */
export const CLOSE = {
  goingAway: { code: 1001, text: 'the gateway ends' },
  crowded: { code: 1013, text: 'too many that are not authenticated' },
  draining: { code: 1012, text: 'the gateway restarts' },
  upstreamLost: { code: 1012, text: 'the agent was lost: what it said meanwhile is not known' },
  tooMany: { code: 1013, text: 'too many connections of this name' },
  expired: { code: 4401, text: 'the credential has expired' },
  forbidden: { code: 4403, text: 'no longer allowed' },
} as const satisfies Record<string, WebSocketClose>;

/** What is needed of a WebSocket of the library `ws`: written down, so that nobody needs its types to read ours. */
interface PeerWebSocket extends AcceptedWebSocket {
  ping(): void;
  pong(data: Uint8Array): void;
  terminate(): void;
  on(event: 'ping' | 'pong', listener: (data: Uint8Array) => void): unknown;
  on(event: 'close', listener: (code: number, reason: Uint8Array) => void): unknown;
  once(event: 'close', listener: () => void): unknown;
}

/** What an identity uses, until `free` is called. */
export interface Use {
  readonly serf: Serf<Uint8Array>;
  readonly source: Source;
  free(): void;
}

/** What a peer needs of its gateway. */
export interface PeerContext {
  readonly options: HandlerOptions;
  readonly turns: Turns;
  /** Who has this key; rejects for one that is not right. */
  authenticate(key: string, peer: Peer): Promise<Identity>;
  use(identity: Identity, peer: Peer): Use;
  emit(event: GatewayEvent): void;
  /** Called when the peer is gone, with what is told of it. */
  gone(event: Extract<GatewayEvent, { type: 'disconnected' }>): void;
}

/** A peer of a gateway: one WebSocket, from its opening handshake to its end. */
export class Peer implements GatewayPeer {
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
  #end: (WebSocketClose & { readonly error?: Error }) | undefined;

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

  /** What it uses, once that is known. */
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

  /** Closes it; what it was sent until then still gets there. */
  close(end: WebSocketClose & { readonly error?: Error }): void {
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
    if (identity.expires !== undefined) this.#expireAt(identity.expires);
    return this.#end === undefined;
  }

  /** Takes what an identity uses. Returns whether there is any: an application may throw, or have none for this one. */
  #uses(identity: Identity): boolean {
    const before = this.#use;
    try {
      this.#use = this.#context.use(identity, this);
    } catch (error) {
      this.close({ ...closeFor(error), error: asError(error) });
      return false;
    }
    before?.free();
    return true;
  }

  /**
   * @param time as a date, which may be set back or stand still…
   * @param deadline …so it is no later than this, by the scheduler
   */
  #expireAt(time: number, deadline = this.#deadlineOf(time)): void {
    const { scheduler } = this.#context.options;
    const left = Math.min(time - dateBy(scheduler), deadline - scheduler.now());
    // A timer holds 24.8 days: what is later is looked at again.
    const wait = Math.min(left, MAX_TIME);
    if (left > 0) this.#work.add(scheduler.schedule(() => this.#expireAt(time, deadline), wait));
    else this.close(CLOSE.expired);
  }

  #deadlineOf(time: number): number {
    const { scheduler } = this.#context.options;
    return scheduler.now() + time - dateBy(scheduler);
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
