import { asapScheduler, type Observer, type SchedulerLike } from 'rxjs';
import { type SocketData, SocketSubject } from './socket.ts';

/**
 * Two sockets, back to back in memory: what one sends the other emits, bytes or texts (`pipe<string>()`). It arrives in
 * order, piece for piece and, by default, never within the call that sent them, like on a wire; what was sent before the other end was subscribed to waits for it.
 *
 * ```
 * a.next              --x-----y--
 * b.subscribe         --x-----y--
 * a unsubscribed      -----------!
 * b.subscribe         -----------|
 * ```
 *
 * @param scheduler when it arrives; default `asapScheduler` (a microtask later)
 * @example
 * ```ts
 * import { pipe } from 'rxserf/socket';
 *
 * const [client, server] = pipe();
 * server.subscribe((bytes) => server.next(bytes));
 * client.subscribe((bytes) => console.log(bytes)); // Uint8Array [ 1, 2, 3 ]
 * client.next(Uint8Array.of(1, 2, 3));
 * ```
 */
export function pipe<T extends SocketData = Uint8Array>(
  scheduler: SchedulerLike = asapScheduler,
): [SocketSubject<T>, SocketSubject<T>] {
  const ends: [End<T>, End<T>] = [new End(scheduler), new End(scheduler)];
  return [socketBetween(ends[0], ends[1]), socketBetween(ends[1], ends[0])];
}

/** Behind the last piece of data. */
const CLOSE = Symbol('close');

/** What is on its way to one of the sockets: data, or the close behind it. */
class End<T extends SocketData> {
  readonly #scheduler: SchedulerLike;
  #queue: (T | typeof CLOSE)[] = [];
  /** How much is on its way. */
  size = 0;
  #reader: Observer<T> | undefined;
  #scheduled = false;
  #detached = false;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  attach(reader: Observer<T>): void {
    this.#reader = reader;
    this.#schedule();
  }

  /** Nobody reads any more: what is on its way, and all that comes, is forgotten. */
  detach(): void {
    const reader = this.#reader;
    this.#detached = true;
    this.#reader = undefined;
    this.#queue = [];
    this.size = 0;
    reader?.complete();
  }

  push(data: T): void {
    // A copy, as the sender may use its buffer again.
    this.#push(data.slice() as T, data.length);
  }

  /** The sender has closed. */
  close(): void {
    this.#push(CLOSE, 0);
  }

  #push(item: T | typeof CLOSE, size: number): void {
    if (this.#detached) return;
    this.#queue.push(item);
    this.size += size;
    this.#schedule();
  }

  #schedule(): void {
    if (this.#scheduled || !this.#reader || this.#queue.length === 0) return;
    this.#scheduled = true;
    this.#scheduler.schedule(() => {
      this.#scheduled = false;
      const items = this.#queue;
      this.#queue = [];
      this.size = 0;
      for (const item of items) {
        if (item === CLOSE) this.#reader?.complete();
        else this.#reader?.next(item);
      }
    });
  }
}

function socketBetween<T extends SocketData>(inbound: End<T>, outbound: End<T>): SocketSubject<T> {
  return new SocketSubject<T>(
    (incoming) => {
      incoming.opened();
      inbound.attach(incoming);
      let open = true;
      const close = () => {
        if (open) outbound.close();
        open = false;
      };
      return {
        write: (data) => {
          if (open) outbound.push(data);
        },
        end: close,
        bufferedAmount: () => outbound.size,
        destroy: () => {
          close();
          inbound.detach();
        },
      };
    },
    { allowHalfOpen: true, tellsOpened: true },
  );
}
