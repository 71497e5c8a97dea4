import { type Observable, type Observer, Subscription } from 'rxjs';
import type { Uint64 } from '../../protocol/wire.ts';

/** What takes the records of one stream; `size` is the length of its filter, level or name, in characters. */
export interface StreamObserver<T> extends Observer<T> {
  readonly size: number;
}

/**
 * The streams of a peer, its monitors and its queries: everything that sends it records. `limits.streams` bounds them, and
 * 262,144 characters their filters, levels and names together (`handlers.ts`).
 */
export class ActiveStreams {
  readonly #all = new Subscription();
  readonly #onEnd: () => void;
  /** What can be stopped, by Seq: an agent cannot stop a query. A monitor may have the Seq of a stream. */
  readonly #streams = new Map<Uint64, Subscription>();
  readonly #monitors = new Map<Uint64, Subscription>();
  #count = 0;
  #size = 0;

  /** @param onEnd called each time when one is over */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  /** How long their filters, levels and names are together, in characters. */
  get size(): number {
    return this.#size;
  }

  hasStream(seq: Uint64): boolean {
    return this.#streams.has(seq);
  }

  /** Whether there is a monitor with this Seq, or any where none is given. */
  hasMonitor(seq?: Uint64): boolean {
    return seq === undefined ? this.#monitors.size > 0 : this.#monitors.has(seq);
  }

  startStream<T>(seq: Uint64, source$: Observable<T>, observer: StreamObserver<T>): void {
    this.#streams.set(seq, this.start(source$, observer));
  }

  startMonitor(seq: Uint64, lines$: Observable<string>, observer: StreamObserver<string>): void {
    this.#monitors.set(seq, this.start(lines$, observer));
  }

  start<T>(source$: Observable<T>, observer: StreamObserver<T>): Subscription {
    this.#count++;
    this.#size += observer.size;
    const upstream = source$.subscribe(observer);
    upstream.add(() => {
      this.#count--;
      this.#size -= observer.size;
      this.#onEnd();
    });
    // When all were stopped meanwhile, this one is now. One that ends by itself is removed.
    this.#all.add(upstream);
    return upstream;
  }

  /** Stops the stream and the monitor with this Seq, if there are any; they are stopped when it throws, too. */
  stop(seq: Uint64): void {
    const stopped = new Subscription();
    stopped.add(this.#streams.get(seq));
    stopped.add(this.#monitors.get(seq));
    this.#streams.delete(seq);
    this.#monitors.delete(seq);
    stopped.unsubscribe();
  }

  /** Stops all streams and monitors, but no query. */
  stopStreams(): void {
    const stopped = new Subscription();
    for (const upstream of this.#streams.values()) stopped.add(upstream);
    for (const upstream of this.#monitors.values()) stopped.add(upstream);
    this.#streams.clear();
    this.#monitors.clear();
    stopped.unsubscribe();
  }

  stopAll(): void {
    this.#all.unsubscribe();
  }
}
