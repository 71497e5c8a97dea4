import type { SchedulerLike, Subscription } from 'rxjs';
import { ConnectError, ProtocolError } from '../../errors.ts';
import { Assembler } from '../../protocol/assembler.ts';
import type { FrameLimits } from '../../protocol/limits.ts';
import { afterReads } from '../../rpc/fair-timer.ts';
import { type ChannelListener, MessageChannel, type MessageFramer } from '../../rpc/message-channel.ts';
import type { Socket } from '../../socket/socket.ts';
import type { NotifierLimits } from '../options.ts';
import { FrameReader } from './frame-reader.ts';
import { encodeSign, type Frame, type Hello, PART, readFrame } from './frames.ts';
import { Handshake, type HandshakeOptions, type Role } from './handshake.ts';
import { Heartbeat } from './heartbeat.ts';

/** How long it may take to connect and to prove the key, in ms, whatever is sent meanwhile. */
const HANDSHAKE_TIME = 5_000;
/** What is read of somebody who has not proved anything: a hello and a proof. */
const BEFORE_PROOF: FrameLimits = { frameBytes: 1_024, depth: 2, values: 16 };
/** How deep a frame nests: a list of changes, each with a registration. */
const DEPTH = 5;
/** The values of the longest list of registrations: the fields of each, and what is around it. */
const VALUES = 12 * (PART + 2);

/** What a {@link PeerConnection} needs. */
export interface PeerConnectionOptions extends Omit<HandshakeOptions, 'accept'> {
  readonly heartbeat: number;
  readonly limits: NotifierLimits;
  readonly scheduler: SchedulerLike;
}

/** What a {@link PeerConnection} tells. */
export interface PeerConnectionListener {
  /** Throws when the peer is not to be let in. */
  accept(id: string): void;
  /** The peer has proved the key. */
  known(peer: Hello): void;
  /** Something that follows the handshake. */
  frame(frame: Frame): void;
  /** The peer has closed it: nothing that is sent from now on arrives, although it may take a while until it is over. */
  closing(): void;
  /** It is over; with an error unless one of both sides has just closed it. */
  ended(error: Error | undefined): void;
}

/**
 * One connection to a notifier: the handshake first, and nothing else; then frames, and signs of life where there are none.
 */
export class PeerConnection implements ChannelListener<Frame> {
  readonly role: Role;
  readonly #channel: MessageChannel<Uint8Array, Frame, Uint8Array>;
  readonly #options: PeerConnectionOptions;
  readonly #listener: PeerConnectionListener;
  readonly #limits: { -readonly [K in keyof FrameLimits]: FrameLimits[K] } = {
    ...BEFORE_PROOF,
    depth: DEPTH,
  };
  #handshake: Handshake | undefined;
  #deadline: Subscription | undefined;
  #heartbeat: Heartbeat | undefined;

  constructor(socket: Socket, role: Role, options: PeerConnectionOptions, listener: PeerConnectionListener) {
    const { limits, scheduler } = options;
    this.role = role;
    this.#options = options;
    this.#listener = listener;
    this.#handshake = new Handshake(role, { ...options, accept: (id) => listener.accept(id) });
    const framer = framesWithin(this.#limits, () => this.#heartbeat?.heard());
    this.#channel = new MessageChannel(socket, framer, limits.outbound, scheduler, this);
  }

  /** Whether more waits for the peer to read it than should. */
  get full(): boolean {
    return this.#channel.full;
  }

  open(): void {
    const late = () =>
      this.fail(new ConnectError('connect-timeout', `no handshake within ${HANDSHAKE_TIME} ms`));
    this.#deadline = afterReads(this.#options.scheduler, HANDSHAKE_TIME, late);
    this.#channel.open();
  }

  send(frame: Uint8Array): void {
    this.#channel.send(frame);
  }

  /** Sends what is left and closes. */
  close(): void {
    this.#channel.close();
  }

  /** Closes at once. */
  fail(error: unknown): void {
    this.#channel.fail(error);
  }

  // What the channel tells.

  opening(): void {}

  opened(): void {
    const hello = this.#handshake?.start();
    if (hello) this.send(hello);
  }

  message(frame: Frame): void {
    if (this.#handshake) this.#shakeHands(this.#handshake, frame);
    else if (frame.type === 'ping') this.send(encodeSign('pong'));
    else if (frame.type !== 'pong') this.#listener.frame(frame);
  }

  skipped(): void {}

  peerClosed(): void {
    this.#listener.closing();
    this.close();
  }

  ended(cause: unknown): void {
    this.#deadline?.unsubscribe();
    this.#heartbeat?.stop();
    this.#listener.ended(this.#reason(cause));
  }

  #reason(cause: unknown): Error | undefined {
    if (cause !== undefined) return cause instanceof Error ? cause : new Error(String(cause));
    // Who does not know us says nothing.
    if (!this.#handshake) return undefined;
    return new ProtocolError(
      'handshake-refused',
      'the peer closed the connection during the handshake: it may have another key, or none (option `key`)',
    );
  }

  #shakeHands(handshake: Handshake, frame: Frame): void {
    const { send, peer } = handshake.receive(frame);
    if (send) this.send(send);
    if (!peer) return;
    const { limits, scheduler, heartbeat } = this.#options;
    this.#handshake = undefined;
    this.#deadline?.unsubscribe();
    this.#limits.frameBytes = limits.frameBytes;
    this.#limits.values = VALUES;
    const dead = () => {
      const message = `the peer was silent for ${2.5 * heartbeat} ms`;
      this.fail(new ProtocolError('peer-timeout', message));
    };
    this.#heartbeat = new Heartbeat(scheduler, heartbeat, () => this.send(encodeSign('ping')), dead);
    this.#listener.known(peer);
  }
}

/**
 * Frames, each within limits that may be others for the next.
 *
 * @param heard called when anything has come: a long frame is many signs of life
 */
function framesWithin(limits: FrameLimits, heard: () => void): MessageFramer<Uint8Array, Frame, Uint8Array> {
  return {
    encode: (frame) => frame,
    decoder: ({ message }) => {
      const reader = new FrameReader();
      const assembler = new Assembler(limits, reader);
      const next = (): Frame | undefined => {
        const frame = assembler.nextAs(reader.readCall);
        if (frame) return frame;
        const value = assembler.next();
        return value === undefined ? undefined : readFrame(value);
      };
      return (bytes) => {
        heard();
        assembler.push(bytes);
        for (let frame = next(); frame; frame = next()) message(frame);
      };
    },
  };
}
