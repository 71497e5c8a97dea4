import type { SchedulerLike } from 'rxjs';
import { FairTimer } from './fair-timer.ts';

/**
 * Calls `expire` when a peer has asked for nothing for `timeout` ms, with a timer that is set again when it fires, not each
 * time that something arrives.
 */
export class IdleTimeout {
  readonly #timer: FairTimer;
  readonly #timeout: number;
  readonly #active: () => boolean;
  readonly #expire: () => void;
  #activeAt: number;

  /** @param active whether the peer has something open or under way, so that its silence means nothing */
  constructor(scheduler: SchedulerLike, timeout: number, active: () => boolean, expire: () => void) {
    this.#timer = new FairTimer(scheduler, () => this.#check());
    this.#timeout = timeout;
    this.#active = active;
    this.#expire = expire;
    this.#activeAt = this.#timer.now();
    this.#timer.arm(this.#activeAt + timeout);
  }

  /** Called when something has arrived, or when the last that was open is over. */
  reset(): void {
    this.#activeAt = this.#timer.now();
  }

  stop(): void {
    this.#timer.disarm();
  }

  #check(): void {
    if (this.#active()) this.reset();
    const due = this.#activeAt + this.#timeout;
    if (due > this.#timer.now()) this.#timer.arm(due);
    else this.#expire();
  }
}
