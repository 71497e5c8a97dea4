import { type SchedulerLike, Subscription } from 'rxjs';

/** How long what has arrived is waited for at most, in ms; reading it takes far less. */
const LONGEST_TURN = 50;

/**
 * Calls `act` when `delay` ms are over and what had arrived by then has been read.
 *
 * ```
 * due in time   -------(act)
 * process busy  ====timer==now-----(act)     as long again as it was late, 50 ms at the most
 * ```
 *
 * A process that was busy or stopped runs its timers before it reads its sockets: what would have met the deadline may lie
 * there unread.
 */
export function afterReads(scheduler: SchedulerLike, delay: number, act: () => void): Subscription {
  const due = scheduler.now() + delay;
  const timers = new Subscription();
  timers.add(
    scheduler.schedule(() => {
      const late = Math.max(0, scheduler.now() - due);
      timers.add(scheduler.schedule(act, Math.min(late, LONGEST_TURN)));
    }, delay),
  );
  return timers;
}

/**
 * Calls `expire` when a peer has asked for nothing for `timeout` ms, with a timer that is set again when it fires, not each
 * time that something arrives.
 */
export class IdleTimeout {
  readonly #scheduler: SchedulerLike;
  readonly #timeout: number;
  readonly #active: () => boolean;
  readonly #expire: () => void;
  #activeAt: number;
  #timer: Subscription;

  /** @param active whether the peer has something open or under way, so that its silence means nothing */
  constructor(scheduler: SchedulerLike, timeout: number, active: () => boolean, expire: () => void) {
    this.#scheduler = scheduler;
    this.#timeout = timeout;
    this.#active = active;
    this.#expire = expire;
    this.#activeAt = scheduler.now();
    this.#timer = this.#wait(timeout);
  }

  /** Called when something has arrived, or when the last that was open is over. */
  reset(): void {
    this.#activeAt = this.#scheduler.now();
  }

  stop(): void {
    this.#timer.unsubscribe();
  }

  #wait(delay: number): Subscription {
    return afterReads(this.#scheduler, delay, () => this.#check());
  }

  #check(): void {
    if (this.#active()) this.reset();
    const left = this.#activeAt + this.#timeout - this.#scheduler.now();
    if (left > 0) this.#timer = this.#wait(left);
    else this.#expire();
  }
}
