import type { Socket } from '../socket/socket.ts';

/** What goes to a peer, and whether it still gets through. */
export class Outbox {
  readonly #socket: Socket;
  readonly #limit: number;
  #open = true;

  constructor(socket: Socket, limit: number) {
    this.#socket = socket;
    this.#limit = limit;
    // What the peer asked for before it closed its half is still answered.
    if (socket.allowHalfOpen === false) socket.allowHalfOpen = true;
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

  send(bytes: Uint8Array): void {
    if (this.#open) this.#socket.next(bytes);
  }

  /** The peer has closed its half, and a socket that is not for halves ours with it. */
  heardAll(): void {
    if (!this.#socket.allowHalfOpen) this.#open = false;
  }

  /** Sends what is left and closes our half. */
  close(): void {
    this.#open = false;
    this.#socket.complete();
  }

  /** Closes at once what unsubscribing from the socket does not. */
  end(): void {
    if (this.#socket.allowHalfOpen) this.#socket.error(undefined);
  }
}
