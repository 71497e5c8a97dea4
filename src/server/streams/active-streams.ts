import { type Observable, Subscription } from 'rxjs';
import type { Uint64 } from '../../protocol/wire.ts';
import type { Records } from './record-stream.ts';

/** The streams of a peer, its monitor and its queries: everything that sends it records. */
export class OpenRecords {
  readonly #all = new Subscription();
  readonly #onEnd: () => void;
  /** What can be stopped: an agent cannot stop a query. A monitor may have the Seq of a stream. */
  readonly #streams = new Map<Uint64, Subscription>();
  #monitor: { readonly seq: Uint64; readonly upstream: Subscription } | undefined;
  #count = 0;
  #size = 0;

  /** @param onEnd told each time when one is over */
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

  /** An agent has one monitor a connection. */
  get hasMonitor(): boolean {
    return this.#monitor !== undefined;
  }

  startStream<T>(seq: Uint64, source$: Observable<T>, records: Records<T>): void {
    this.#streams.set(seq, this.start(source$, records));
  }

  startMonitor(seq: Uint64, lines$: Observable<string>, records: Records<string>): void {
    this.#monitor = { seq, upstream: this.start(lines$, records) };
  }

  start<T>(source$: Observable<T>, records: Records<T>): Subscription {
    this.#count++;
    this.#size += records.size;
    const upstream = source$.subscribe(records);
    upstream.add(() => {
      this.#count--;
      this.#size -= records.size;
      this.#onEnd();
    });
    // When all were stopped meanwhile, this one is now.
    this.#all.add(upstream);
    return upstream;
  }

  /** The stream and the monitor with this Seq, if there are any. They are stopped when it throws, too. */
  stop(seq: Uint64): void {
    const stopped = new Subscription();
    stopped.add(this.#streams.get(seq));
    this.#streams.delete(seq);
    if (this.#monitor?.seq === seq) {
      stopped.add(this.#monitor.upstream);
      this.#monitor = undefined;
    }
    stopped.unsubscribe();
  }

  /** All streams and the monitor, but no query. */
  stopStreams(): void {
    const stopped = new Subscription();
    for (const upstream of this.#streams.values()) stopped.add(upstream);
    stopped.add(this.#monitor?.upstream);
    this.#streams.clear();
    this.#monitor = undefined;
    stopped.unsubscribe();
  }

  stopAll(): void {
    this.#all.unsubscribe();
  }
}
