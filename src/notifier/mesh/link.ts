import type { Subscription } from 'rxjs';
import { ConnectError, SerfError } from '../../errors.ts';
import { Slab } from '../../protocol/slab.ts';
import { afterReads } from '../../rpc/fair-timer.ts';
import { type EndReason, lostConnection } from '../../rpc/pending-calls.ts';
import type { Socket } from '../../socket/socket.ts';
import {
  CallExchange,
  type CallExchangeOptions,
  type CallTransport,
  FRAME_OVERHEAD,
} from '../calls/call-exchange.ts';
import { AnnouncedRegistrations } from '../registrations/announced-registrations.ts';
import type { Directory } from '../registrations/directory.ts';
import type { OwnRegistration } from '../registrations/own-registrations.ts';
import type { Publication, Route, RoutedCall, RoutedRegistration } from '../registrations/route.ts';
import {
  type CallOutcome,
  encodeAnswer,
  encodeCall,
  encodeCancel,
  encodePublish,
  encodeRegistrations,
  encodeSign,
  type Frame,
  type Hello,
  partsOf,
} from './frames.ts';
import type { Role } from './handshake.ts';
import { PeerConnection, type PeerConnectionListener } from './peer-connection.ts';

/** How long a link that was replaced may take to answer what was asked over it, in ms. */
const RETIRING_TIME = 10_000;

/** How long a peer may take to say what it has registered, in ms. */
const LISTING_TIME = 30_000;

/** What all links of a notifier have in common. */
export interface LinkContext extends CallExchangeOptions {
  /** The member at whose agent we are; empty: none. */
  readonly node: string;
  /** Who can be reached, and for what. */
  readonly directory: Directory<RoutedRegistration>;
  /** What we have registered, and the number of the last change. */
  registered(): { readonly version: number; readonly all: readonly OwnRegistration[] };
  /** Called when what a peer has registered is not what it was. */
  changed(): void;
  /** Called when a publication could not be delivered here. */
  undelivered(peer: string): void;
}

/** What a {@link Link} tells. */
export interface LinkListener {
  /** Throws when the peer is not to be let in. */
  accept(link: Link, id: string): void;
  /** All that the peer has registered is known: it can be entered, or retired. */
  up(link: Link): void;
  /** It is over; with an error unless one of both sides has just closed it. */
  ended(link: Link, error: Error | undefined): void;
}

/**
 * The way to another notifier, over one connection: first the whole list of registrations in either direction, then everything in
 * the order in which it was sent.
 *
 * ```
 * opening -- proof, and the peer's list --> up -- retire() --> retiring --> ended
 *    \                                       \---------------------------->/
 * ```
 */
export class Link implements Route, CallTransport, PeerConnectionListener {
  /** Empty until the peer is known. */
  id = '';
  /** As the peer says. */
  node = '';
  publication = 0;
  readonly #context: LinkContext;
  readonly #listener: LinkListener;
  readonly #connection: PeerConnection;
  readonly #announced: AnnouncedRegistrations;
  readonly #calls: CallExchange;
  /** Where calls and answers are encoded to. */
  readonly #slab = new Slab(0);
  #state: 'opening' | 'known' | 'up' | 'retiring' | 'ended' = 'opening';
  /** Whether the peer will ask for nothing more. */
  #peerDone = false;
  #deadline: Subscription | undefined;

  constructor(socket: Socket, role: Role, context: LinkContext, listener: LinkListener) {
    const { settings, node, directory } = context;
    const { id, key, heartbeat, limits, scheduler } = settings;
    this.#context = context;
    this.#listener = listener;
    this.#announced = new AnnouncedRegistrations(directory, this, limits.registrations);
    this.#calls = new CallExchange(this, context);
    const options = { id, node, key, heartbeat, limits, scheduler };
    this.#connection = new PeerConnection(socket, role, options, this);
  }

  get role(): Role {
    return this.#connection.role;
  }

  open(): void {
    this.#connection.open();
  }

  /** Sends a frame that is for all peers: a change of what we have registered. */
  announce(frame: Uint8Array): void {
    if (this.#state !== 'opening') this.#connection.send(frame);
  }

  /** From now on it is the way to its peer. */
  enter(): void {
    this.#announced.enter();
  }

  /** Another link takes over: what was asked is still answered, and nothing new is. */
  retire(): void {
    if (this.#state !== 'up') return;
    this.#state = 'retiring';
    this.#announced.withdraw();
    this.#connection.send(encodeSign('bye'));
    const { scheduler } = this.#context.settings;
    this.#deadline = scheduler.schedule(() => this.#connection.close(), RETIRING_TIME);
    this.idle();
  }

  /** Says goodbye and closes; calls end with `reason`. */
  close(reason: EndReason): void {
    if (this.#state === 'ended') return;
    this.#announced.withdraw();
    this.#calls.end(reason);
    if (this.#state !== 'opening') this.#connection.send(encodeSign('bye'));
    this.#connection.close();
  }

  /** Closes at once. */
  fail(error: Error): void {
    this.#connection.fail(error);
  }

  // As a route, and as what calls travel on.

  get full(): boolean {
    return this.#connection.full;
  }

  publish(publication: Publication, full: boolean, slice: number | undefined, frame: () => Uint8Array): void {
    const { object, id, command, payload } = publication;
    const shared = full && slice === undefined;
    this.#connection.send(shared ? frame() : encodePublish(object, id, command, payload, full, slice));
  }

  call(call: RoutedCall): void {
    this.#calls.call(call);
  }

  cancelCall(seq: number): void {
    this.#calls.cancel(seq);
  }

  sendCall(seq: number, { registration, id, payload, method }: RoutedCall): void {
    if (this.full) throw this.#overflow(method);
    this.#connection.send(encodeCall(seq, registration.number, id, payload, this.#slab));
  }

  sendAnswer(seq: number, outcome: CallOutcome): void {
    this.#connection.send(encodeAnswer(seq, outcome, this.#slab));
  }

  sendCancel(seq: number): void {
    this.#connection.send(encodeCancel(seq));
  }

  idle(): void {
    if (this.#state === 'retiring' && this.#peerDone && this.#calls.isIdle) this.#connection.close();
  }

  #overflow(command: string): SerfError {
    const { outbound } = this.#context.settings.limits;
    const message = `${command}: more than ${outbound} bytes wait for ${this.id} to read them (limits.outbound)`;
    return new SerfError('overflow', message, { command });
  }

  // What the connection tells.

  accept(id: string): void {
    this.#listener.accept(this, id);
  }

  known({ id, node }: Hello): void {
    this.id = id;
    this.node = node;
    this.#state = 'known';
    const late = () =>
      this.fail(new ConnectError('connect-timeout', `no list of registrations within ${LISTING_TIME} ms`));
    this.#deadline = afterReads(this.#context.settings.scheduler, LISTING_TIME, late);
    const { version, all } = this.#context.registered();
    const { frameBytes } = this.#context.settings.limits;
    const parts = [...partsOf(all, frameBytes - FRAME_OVERHEAD)];
    parts.forEach((part, index) => {
      this.#connection.send(encodeRegistrations(version, part, index < parts.length - 1));
    });
  }

  frame(frame: Frame): void {
    switch (frame.type) {
      case 'publish': {
        const there = this.#context.own.deliver(frame, frame.full, frame.slice, this.id);
        if (!there) this.#context.undelivered(this.id);
        break;
      }
      case 'call':
        this.#calls.called(frame);
        break;
      case 'answer':
        this.#calls.answered(frame.seq, frame.outcome);
        break;
      case 'cancel':
        this.#calls.cancelled(frame.seq);
        break;
      case 'registrations':
        this.#announced.list(frame.number, frame.registrations, frame.more);
        if (this.#announced.complete) {
          this.#state = 'up';
          this.#deadline?.unsubscribe();
          this.#listener.up(this);
        }
        this.#context.changed();
        break;
      case 'change':
        this.#announced.change(frame.number, frame.changes);
        this.#context.changed();
        break;
      case 'bye':
        this.#peerDone = true;
        this.idle();
        break;
      default:
        // A second hello or proof says nothing.
        break;
    }
  }

  closing(): void {
    this.#announced.withdraw();
    this.#context.changed();
  }

  ended(error: Error | undefined): void {
    this.#state = 'ended';
    this.#deadline?.unsubscribe();
    this.#announced.withdraw();
    this.#calls.end(lostConnection(`the connection to ${this.id} was lost`, error));
    this.#context.changed();
    this.#listener.ended(this, error);
  }
}
