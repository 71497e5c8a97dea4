import type { Subscription } from 'rxjs';
import { afterReads } from '../../rpc/fair-timer.ts';
import type { Socket } from '../../socket/socket.ts';
import type { ServerOptions } from '../options.ts';

/** How much a peer may leave unread in any case until it is accepted, in bytes: it may shake hands and more in one chunk. */
const LEAST_LIMIT = 4_096;

/** What is sent to a peer. The bytes themselves wait in the socket: `limit` bounds them. */
export class SendBuffer {
  readonly #socket: Socket;
  readonly #options: ServerOptions;
  #limit: number;
  #open = true;
  #peerClosed = false;
  /** How many bytes of records were sent in this turn: the socket has had no turn to write them. */
  #burst = 0;
  #endOfTurn: Subscription | undefined;

  constructor(socket: Socket, options: ServerOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#limit = Math.max(options.limits.outboundBytes, LEAST_LIMIT);
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
    return this.#size > this.#limit;
  }

  /**
   * Whether the peer reads too slowly: more waits than may, without what this turn has added. That may be as much again.
   */
  get stalled(): boolean {
    const size = this.#size;
    return size - this.#burst > this.#limit || size > 2 * this.#limit;
  }

  /** Whether nothing waits that a peer which has closed its half could still read. */
  get empty(): boolean {
    return !this.#socket.allowHalfOpen || this.#size === 0;
  }

  get #size(): number {
    return this.#socket.bufferedAmount ?? 0;
  }

  /** Sets the limit of a peer that is accepted. */
  widen(): void {
    this.#limit = this.#options.limits.outboundBytes;
  }

  send(bytes: Uint8Array): void {
    if (this.#open) this.#socket.next(bytes);
  }

  /** Sends a record, and counts it for {@link stalled}. */
  sendRecord(header: Uint8Array, body: Uint8Array): void {
    // Not joined here: the socket does, and the body may be shared by all peers.
    this.send(header);
    this.send(body);
    if (this.#options.slowConsumer === 'disconnect') this.#countBurst(header.length + body.length);
  }

  /** Called when the peer has closed its half, and with it a socket that cannot be half open ours. */
  peerEnded(): void {
    this.#peerClosed = true;
    if (!this.#socket.allowHalfOpen) this.#open = false;
  }

  #countBurst(bytes: number): void {
    this.#burst += bytes;
    this.#endOfTurn ??= afterReads(this.#options.scheduler, 0, () => {
      this.#endOfTurn = undefined;
      this.#burst = 0;
    });
  }

  /** Sends what is left and closes our half; for a reason, if there is one. */
  close(reason: unknown): void {
    this.#open = false;
    this.#endOfTurn?.unsubscribe();
    if (reason !== undefined && this.#socket.closeFor) this.#socket.closeFor(reason);
    else this.#socket.complete();
  }

  /** Closes at once a socket of which only our half is left: unsubscribing from it does not. */
  destroy(): void {
    this.#endOfTurn?.unsubscribe();
    if (this.#peerClosed && this.#socket.allowHalfOpen) this.#socket.error(undefined);
  }
}
