import { asapScheduler, type Observer, type SchedulerLike } from 'rxjs';
import { SocketSubject } from './socket.ts';

/**
 * Two sockets, back to back in memory: what one sends the other emits. Bytes arrive in order and, by default, never
 * within the call that sent them, like on a wire; what was sent before the other end was subscribed to waits for it.
 *
 * ```
 * a.next              --x-----y--
 * b.subscribe         --x-----y--
 * a unsubscribed      -----------!
 * b.subscribe         -----------|
 * ```
 *
 * @param scheduler when bytes arrive; default `asapScheduler` (a microtask later)
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
export function pipe(scheduler: SchedulerLike = asapScheduler): [SocketSubject, SocketSubject] {
  const ends: [End, End] = [new End(scheduler), new End(scheduler)];
  return [socketBetween(ends[0], ends[1]), socketBetween(ends[1], ends[0])];
}

/** What is on its way to one of the sockets: bytes, or the close behind them. */
class End {
  readonly #scheduler: SchedulerLike;
  #queue: (Uint8Array | 'close')[] = [];
  /** How many bytes are on their way. */
  size = 0;
  #reader: Observer<Uint8Array> | undefined;
  #scheduled = false;
  #detached = false;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  attach(reader: Observer<Uint8Array>): void {
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

  push(item: Uint8Array | 'close'): void {
    if (this.#detached) return;
    // A copy, as the sender may use its buffer again.
    this.#queue.push(item === 'close' ? item : item.slice());
    if (item !== 'close') this.size += item.length;
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
        if (item === 'close') this.#reader?.complete();
        else this.#reader?.next(item);
      }
    });
  }
}

function socketBetween(inbound: End, outbound: End): SocketSubject {
  return new SocketSubject((incoming) => {
    inbound.attach(incoming);
    let open = true;
    const close = () => {
      if (open) outbound.push('close');
      open = false;
    };
    return {
      write: (bytes) => {
        if (open) outbound.push(bytes);
      },
      end: close,
      bufferedAmount: () => outbound.size,
      destroy: () => {
        close();
        inbound.detach();
      },
    };
  });
}
