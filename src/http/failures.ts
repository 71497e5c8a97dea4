import type { SchedulerLike } from 'rxjs';
import { networkOf } from '../ip.ts';

/** How many an address may get wrong before each costs it time. */
const FREE = 5;
/** How long a failure counts, in ms. */
const MEMORY = 60_000;
/** How long an answer is held back then, in ms. */
const DELAY = 1_000;
/** The most addresses that are remembered; beyond that the one that failed longest ago is forgotten. */
const ADDRESSES = 10_000;

/** Who gave a wrong key of late, by address (of IPv6, by /64): guessing takes a second a try. */
export class AuthFailures {
  readonly #scheduler: SchedulerLike;
  /** The times of each address's last failures, {@link FREE} at the most; in the order of the last one. */
  readonly #failures = new Map<string, number[]>();

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** A key was wrong. */
  add(address: string): void {
    const network = networkOf(address);
    const times = this.#failures.get(network) ?? [];
    this.#failures.delete(network);
    this.#failures.set(network, [...times.slice(1 - FREE), this.#scheduler.now()]);
    if (this.#failures.size <= ADDRESSES) return;
    for (const oldest of this.#failures.keys()) {
      this.#failures.delete(oldest);
      return;
    }
  }

  /** How long the answer to the next key of this address is held back, in ms. */
  delay(address: string): number {
    const network = networkOf(address);
    const times = this.#failures.get(network);
    if (!times) return 0;
    const recent = times.filter((time) => this.#scheduler.now() - time < MEMORY);
    if (recent.length === 0) this.#failures.delete(network);
    return recent.length < FREE ? 0 : DELAY;
  }
}
