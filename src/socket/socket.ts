import { AsyncSubject, Observable, type Observer, type SubjectLike, type Subscriber } from 'rxjs';
import type { Address } from '../address.ts';

/** What a socket carries: bytes, or texts, each of which is one message. */
export type SocketData = Uint8Array | string;

/**
 * A Subject of bytes or of texts, and one connection: subscribe to connect, `next` to send (before the connection is up,
 * too), unsubscribe to close.
 *
 * ```
 * socket.subscribe    --[bytes]--[bytes]--------|   the peer has closed
 *                     --[bytes]--#                  the connection failed or broke
 * ```
 *
 * Bytes are a stream, cut anywhere; a text is a message and arrives whole. `complete` sends what is left and closes.
 * Subscribe once: a new connection is a new socket.
 *
 * The bytes that `next` is given may be a part of a larger `ArrayBuffer`, with others that go out over the same connection: who
 * sends `bytes.buffer`, or transfers it, copies the bytes before (`bytes.slice()`). Nobody writes to them later.
 */
export interface Socket<T = Uint8Array> extends SubjectLike<T> {
  /** Our end of the connection as the peer sees it, `IP:PORT`, where that is known. */
  readonly localAddress?: string | undefined;
  /**
   * How much has been sent and not been taken by the platform yet, in bytes, where that is known: it grows while the peer
   * reads more slowly than we send. As in a browser's `WebSocket`. (A text that waits here counts by its `length`.)
   */
  readonly bufferedAmount?: number | undefined;
  /**
   * Whether it goes on sending when it has completed because the peer has closed its half, until `complete` or `error`. As it
   * has completed, it cannot tell that the connection is reset then; what is sent is lost. To be set before it is subscribed
   * to; a socket that does not have it cannot. @defaultValue false: it is closed with the peer's half
   */
  allowHalfOpen?: boolean;
  /**
   * Closes as `complete` does, for a reason: a WebSocket tells the peer by its close code. A socket that does not have it has
   * no way to tell.
   */
  closeFor?(reason: unknown): void;
  /**
   * Emits once the connection is up, or that it was, and completes; never if it could not be had. A socket that does not have it
   * cannot tell.
   */
  readonly opened$?: Observable<void>;
  /**
   * Stops reading, so that the peer has to wait, or goes on. What has been read already may still be emitted. A socket that
   * does not have it cannot.
   */
  pause?(paused: boolean): void;
}

/** Makes a socket to an address; nothing connects before it is subscribed to. */
export interface SocketFactory<T = Uint8Array> {
  (address: Address): Socket<T>;
  /**
   * Resolves an address with a name to all the places behind it, made with `address.at(ip)`, in the order in which they are to
   * be tried. A client takes the first emission, then connects to one of them, and further connections go to the same one.
   * Called without `this`. Without it, the factory is given the name and whatever it connects to resolves it, as a proxy does.
   * Only on Node: in a page `connect` throws an `InvalidArgumentError` for a factory that has it.
   */
  readonly resolve?: (address: Address) => Observable<readonly Address[]>;
}

/** A connection that is open or opening, as the platform has it. */
export interface Connection<T = Uint8Array> {
  /** Takes what is to be sent, in order, from the beginning on: what is written before the connection is up, too. */
  write(data: T): void;
  /**
   * Sends what was written and closes.
   *
   * @param reason why, if it is not just done; an error, for transports that tell
   */
  end(reason?: unknown): void;
  /** Closes at once; also called when the connection has ended. */
  destroy(): void;
  /** Our end, `IP:PORT`, once it is known. */
  localAddress?(): string | undefined;
  /** How much was written and not been taken by the platform yet, in bytes. */
  bufferedAmount?(): number;
  /** Stops reading, or goes on. */
  pause?(paused: boolean): void;
}

/** Where a connection puts what it receives, and its end. */
export interface Incoming<T> extends Observer<T> {
  /** The connection is up; only with `tellsOpened`. */
  opened(): void;
}

/**
 * Begins to connect. What arrives goes to `incoming`, which also hears of the end: `complete` when the peer has closed,
 * `error` when the connection could not be had or broke. What it throws is an error of the socket.
 *
 * @param halfOpen whether the connection is to stay open for sending when `incoming` has completed; only with `allowHalfOpen`
 */
export type OpenConnection<T> = (incoming: Incoming<T>, halfOpen: boolean) => Connection<T>;

/** Options of {@link socketFrom}. */
export interface SocketFromOptions {
  /** Whether `open` heeds its `halfOpen`, and so the socket can go on sending to a peer that has closed its half. @defaultValue false */
  readonly allowHalfOpen?: boolean;
  /** Whether `open` calls `opened` once the connection is up, so that the socket has an `opened$`. @defaultValue false */
  readonly tellsOpened?: boolean;
}

/**
 * A {@link Socket} over whatever `open` opens: with this a transport of one's own is ten lines. `open` is called by the
 * subscription, once; what was sent before it is written first.
 *
 * ```
 * next            a-b-----c----
 * subscribe       ---o---------    `open` is called, and `write` with a and b
 * write           ---(ab)-c----
 * unsubscribe     -----------!     `destroy`
 * complete        -----------|     `end`
 * ```
 *
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { socketFrom } from 'rxserf/socket';
 *
 * // Through a MessagePort, to a worker that has the connection. A message has all of the buffer that its bytes are in: so a copy.
 * const overPort = (port: MessagePort) =>
 *   socketFrom((incoming) => {
 *     port.onmessage = ({ data }) => (data === 'end' ? incoming.complete() : incoming.next(data));
 *     return { write: (bytes) => port.postMessage(bytes.slice()), end: () => port.postMessage('end'), destroy: () => port.close() };
 *   });
 * const { port1 } = new MessageChannel();
 * connect('worker', { socket: () => overPort(port1) });
 * ```
 */
export function socketFrom<T extends SocketData = Uint8Array>(
  open: OpenConnection<T>,
  options: SocketFromOptions = {},
): SocketSubject<T> {
  return new SocketSubject(open, options);
}

/** What {@link socketFrom} makes. */
export class SocketSubject<T extends SocketData = Uint8Array> extends Observable<T> implements Socket<T> {
  #connection: Connection<T> | undefined;
  /** What was sent before there was a connection, and why that is all, once it is. */
  #early: T[] = [];
  #completed: { readonly reason: unknown } | undefined;
  allowHalfOpen?: boolean;
  readonly opened$?: Observable<void>;

  constructor(
    open: OpenConnection<T>,
    { allowHalfOpen = false, tellsOpened = false }: SocketFromOptions = {},
  ) {
    const opened = new AsyncSubject<void>();
    super((subscriber: Subscriber<T>) => {
      if (this.#connection) throw new Error('a socket is one connection: make another one to connect again');
      const halfOpen = this.allowHalfOpen ?? false;
      let ended = false;
      const incoming: Incoming<T> = {
        next: (data) => subscriber.next(data),
        error: (error) => subscriber.error(error),
        complete: () => {
          ended = true;
          subscriber.complete();
        },
        opened: () => {
          opened.next();
          opened.complete();
        },
      };
      const connection = open(incoming, halfOpen);
      this.#connection = connection;
      for (const data of this.#early) connection.write(data);
      this.#early = [];
      if (this.#completed) connection.end(this.#completed.reason);
      return () => {
        if (!(halfOpen && ended)) connection.destroy();
      };
    });
    if (allowHalfOpen) this.allowHalfOpen = false;
    if (tellsOpened) this.opened$ = opened.asObservable();
  }

  get localAddress(): string | undefined {
    return this.#connection?.localAddress?.();
  }

  get bufferedAmount(): number | undefined {
    if (!this.#connection) return this.#early.reduce((sum, { length }) => sum + length, 0);
    return this.#connection.bufferedAmount?.();
  }

  /** Sends, or keeps what is to be sent until the connection is up. */
  next(data: T): void {
    if (this.#connection) this.#connection.write(data);
    else if (!this.#completed) this.#early.push(data);
  }

  /** Sends what is left and closes. */
  complete(): void {
    this.closeFor(undefined);
  }

  closeFor(reason: unknown): void {
    this.#completed ??= { reason };
    this.#connection?.end(reason);
  }

  /** Closes at once. */
  error(_error?: unknown): void {
    this.#connection?.destroy();
  }

  pause(paused: boolean): void {
    this.#connection?.pause?.(paused);
  }
}
