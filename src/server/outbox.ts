import type { Socket } from '../socket/socket.ts';

/** Up to so many bytes, one write of a copy costs less than two writes. */
const COPIED = 4_096;

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

  /** `body` may be shared by all peers: it is never written to, and a large one is not copied. */
  sendRecord(header: Uint8Array, body: Uint8Array): void {
    if (body.length > COPIED) {
      this.#socket.next(header);
      this.#socket.next(body);
      return;
    }
    const record = new Uint8Array(header.length + body.length);
    record.set(header);
    record.set(body, header.length);
    this.#socket.next(record);
  }

  /** Sends what is left and closes our half. */
  close(): void {
    this.#socket.complete();
  }
}
