import type { Socket } from '../socket/socket.ts';

/** What goes to a peer, and whether it still gets through. */
export class Outbox {
  readonly #socket: Socket;
  readonly #limit: number;

  constructor(socket: Socket, limit: number) {
    this.#socket = socket;
    this.#limit = limit;
  }

  /** Whether more waits for the peer to read it than may. */
  get full(): boolean {
    return (this.#socket.bufferedAmount ?? 0) > this.#limit;
  }

  send(bytes: Uint8Array): void {
    this.#socket.next(bytes);
  }

  /** Sends what is left and closes our half. */
  close(): void {
    this.#socket.complete();
  }
}
