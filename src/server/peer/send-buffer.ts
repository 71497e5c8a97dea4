import type { Socket } from '../../socket/socket.ts';

/** How much a peer may leave unread in any case until it is accepted, in bytes: it may greet in one chunk. */
const GREETING = 4_096;

/** What goes to a peer, and whether it still gets through. */
export class Outbox {
  readonly #socket: Socket;
  #limit: number;
  #open = true;
  #peerClosed = false;

  constructor(socket: Socket, limit: number) {
    this.#socket = socket;
    this.#limit = Math.max(limit, GREETING);
    // What the peer asked for before it closed its half is still answered.
    if (socket.allowHalfOpen === false) socket.allowHalfOpen = true;
  }

  /** Whether the peer has closed its half. */
  get peerClosed(): boolean {
    return this.#peerClosed;
  }

  /** Whether what is sent goes out. */
  get open(): boolean {
    return this.#open;
  }

  /** Whether more waits for the peer to read it than may. */
  get full(): boolean {
    return (this.#socket.bufferedAmount ?? 0) > this.#limit;
  }

  /** Whether nothing waits that a peer which has closed its half could still read. */
  get empty(): boolean {
    return !this.#socket.allowHalfOpen || (this.#socket.bufferedAmount ?? 0) === 0;
  }

  /** The peer is accepted: so much may wait from now on. */
  accepted(limit: number): void {
    this.#limit = limit;
  }

  send(bytes: Uint8Array): void {
    if (this.#open) this.#socket.next(bytes);
  }

  /** The peer has closed its half, and a socket that is not for halves ours with it. */
  heardAll(): void {
    this.#peerClosed = true;
    if (!this.#socket.allowHalfOpen) this.#open = false;
  }

  /** Sends what is left and closes our half. */
  close(): void {
    this.#open = false;
    this.#socket.complete();
  }

  /** Closes at once what unsubscribing from the socket does not: one of which only our half is left. */
  end(): void {
    if (this.#peerClosed && this.#socket.allowHalfOpen) this.#socket.error(undefined);
  }
}
