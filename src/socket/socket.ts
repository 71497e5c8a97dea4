import { Observable, type Observer, type SubjectLike, type Subscriber } from 'rxjs';
import type { Address } from '../address.ts';

/**
 * A Subject of bytes, and one connection: subscribe to connect, `next` to send (before the connection is up, too),
 * unsubscribe to close.
 *
 * ```
 * socket.subscribe    --[bytes]--[bytes]--------|   the peer has closed
 *                     --[bytes]--#                  the connection failed or broke
 * ```
 *
 * `complete` sends what is left and closes. Subscribe once: a new connection is a new socket.
 */
export interface Socket extends SubjectLike<Uint8Array> {
  /** Our end of the connection as the peer sees it, `IP:PORT`, where that is known. */
  readonly localAddress?: string | undefined;
  /**
   * How many bytes have been sent and not been taken by the platform yet, where that is known: it grows while the peer
   * reads more slowly than we send. As in a browser's `WebSocket`.
   */
  readonly bufferedAmount?: number | undefined;
  /**
   * Whether it goes on sending when it has completed because the peer has closed its half, until `complete` or `error`. As it
   * has completed, it cannot tell that the connection is reset then; what is sent is lost. To be set before it is subscribed
   * to; a socket that does not have it cannot. @defaultValue false: it is closed with the peer's half
   */
  allowHalfOpen?: boolean;
}

/** Makes a socket to an address; nothing connects before it is subscribed to. */
export type SocketFactory = (address: Address) => Socket;

/** A connection that is open or opening, as the platform has it. */
export interface Connection {
  /** Takes bytes to send, in order, from the beginning on. */
  write(bytes: Uint8Array): void;
  /** Sends what was written and closes. */
  end(): void;
  /** Closes at once. */
  destroy(): void;
  /** Our end, `IP:PORT`, once it is known. */
  localAddress?(): string | undefined;
  /** The bytes that were written and not been taken by the platform yet. */
  bufferedAmount?(): number;
}

/** A {@link Socket} over whatever `open` opens. */
export class SocketSubject extends Observable<Uint8Array> implements Socket {
  #connection: Connection | undefined;
  /** What was sent before there was a connection, and whether that is all. */
  #early: Uint8Array[] = [];
  #completed = false;
  allowHalfOpen = false;

  /** @param open told whether the connection is to stay open for sending when `incoming` has completed */
  constructor(open: (incoming: Observer<Uint8Array>, halfOpen: boolean) => Connection) {
    super((subscriber: Subscriber<Uint8Array>) => {
      if (this.#connection) throw new Error('a socket is one connection: make another one to connect again');
      const halfOpen = this.allowHalfOpen;
      let ended = false;
      const incoming: Observer<Uint8Array> = {
        next: (bytes) => subscriber.next(bytes),
        error: (error) => subscriber.error(error),
        complete: () => {
          ended = true;
          subscriber.complete();
        },
      };
      const connection = open(incoming, halfOpen);
      this.#connection = connection;
      for (const bytes of this.#early) connection.write(bytes);
      this.#early = [];
      if (this.#completed) connection.end();
      return () => {
        if (!(halfOpen && ended)) connection.destroy();
      };
    });
  }

  get localAddress(): string | undefined {
    return this.#connection?.localAddress?.();
  }

  get bufferedAmount(): number | undefined {
    if (!this.#connection) return this.#early.reduce((sum, { length }) => sum + length, 0);
    return this.#connection.bufferedAmount?.();
  }

  next(bytes: Uint8Array): void {
    if (this.#connection) this.#connection.write(bytes);
    else if (!this.#completed) this.#early.push(bytes);
  }

  complete(): void {
    this.#completed = true;
    this.#connection?.end();
  }

  error(_error?: unknown): void {
    this.#connection?.destroy();
  }
}
