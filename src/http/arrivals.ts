import type { SchedulerLike } from 'rxjs';
import { networkOf } from '../ip.ts';

/** How long arrivals are counted before it begins anew, in ms. */
const PERIOD = 10_000;
/** The most addresses that are counted in that time; beyond that the first of them is forgotten. */
const ADDRESSES = 10_000;

/** How often each address (of IPv6, each /64) has come of late: who opens and closes connections for ever never has many at a time. */
export class Arrivals {
  readonly #most: number;
  readonly #scheduler: SchedulerLike;
  readonly #counts = new Map<string, number>();
  #since: number;

  /** @param most how often an address may come in 10 s */
  constructor(most: number, scheduler: SchedulerLike) {
    this.#most = most;
    this.#scheduler = scheduler;
    this.#since = scheduler.now();
  }

  /** Counts an arrival. Returns whether there are too many of that address. */
  add(address: string): boolean {
    const now = this.#scheduler.now();
    if (now - this.#since >= PERIOD) {
      this.#since = now;
      this.#counts.clear();
    }
    const network = networkOf(address);
    const count = (this.#counts.get(network) ?? 0) + 1;
    this.#counts.set(network, count);
    if (this.#counts.size > ADDRESSES)
      for (const first of this.#counts.keys()) {
        this.#counts.delete(first);
        break;
      }
    return count > this.#most;
  }
}
