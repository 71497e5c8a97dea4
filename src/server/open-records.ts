import { type Observable, Subscription } from 'rxjs';
import type { Records } from './records.ts';

/** The streams of a peer, its monitor and its queries: everything that sends it records. */
export class OpenRecords {
  readonly #all = new Subscription();
  readonly #onEnd: () => void;
  /** Those that can be stopped, by Seq: an agent cannot stop a query. */
  readonly #streams = new Map<number, Subscription>();
  #monitor: number | undefined;
  #count = 0;

  /** @param onEnd told each time when one is over */
  constructor(onEnd: () => void) {
    this.#onEnd = onEnd;
  }

  /** How many there are. */
  get count(): number {
    return this.#count;
  }

  hasStream(seq: number): boolean {
    return this.#streams.has(seq);
  }

  /** An agent has one monitor a connection. */
  get hasMonitor(): boolean {
    return this.#monitor !== undefined;
  }

  startStream<T>(seq: number, source$: Observable<T>, records: Records<T>): void {
    this.#streams.set(seq, this.start(source$, records));
  }

  startMonitor(seq: number, lines$: Observable<string>, records: Records<string>): void {
    this.#monitor = seq;
    this.#streams.set(seq, this.start(lines$, records));
  }

  start<T>(source$: Observable<T>, records: Records<T>): Subscription {
    this.#count++;
    const upstream = source$.subscribe(records);
    upstream.add(() => {
      this.#count--;
      this.#onEnd();
    });
    // When all were stopped meanwhile, this one is now.
    this.#all.add(upstream);
    return upstream;
  }

  /** The stream or monitor with this Seq, if there is one. */
  stop(seq: number): void {
    this.#streams.get(seq)?.unsubscribe();
    this.#streams.delete(seq);
    if (this.#monitor === seq) this.#monitor = undefined;
  }

  stopAll(): void {
    this.#all.unsubscribe();
  }
}
