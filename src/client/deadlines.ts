import type { SchedulerLike, Subscription } from 'rxjs';

/** Something that ends at a time. */
export interface Expiring {
  /** By the scheduler's clock, in ms. */
  readonly deadline: number;
  expire(): void;
}

/**
 * Ends things at their deadlines, with one timer for all: requests come by the thousand, last for milliseconds and have
 * timeouts of seconds, so a timer each would cost more than the request. The timer stays armed for the earliest
 * deadline it was ever told of, and looks again when it fires.
 */
export class Deadlines {
  readonly #scheduler: SchedulerLike;
  readonly #expiring = new Set<Expiring>();
  #timer: Subscription | undefined;
  #due = Number.POSITIVE_INFINITY;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** Where its time comes from. */
  get scheduler(): SchedulerLike {
    return this.#scheduler;
  }

  now(): number {
    return this.#scheduler.now();
  }

  add(expiring: Expiring): void {
    this.#expiring.add(expiring);
    if (expiring.deadline < this.#due) this.#arm(expiring.deadline);
  }

  delete(expiring: Expiring): void {
    this.#expiring.delete(expiring);
  }

  /** Disarms the timer; nothing expires any more. */
  close(): void {
    this.#expiring.clear();
    this.#timer?.unsubscribe();
    this.#due = Number.POSITIVE_INFINITY;
  }

  #arm(due: number): void {
    this.#timer?.unsubscribe();
    this.#due = due;
    this.#timer = this.#scheduler.schedule(() => this.#look(), Math.max(0, due - this.#scheduler.now()));
  }

  #look(): void {
    this.#due = Number.POSITIVE_INFINITY;
    const now = this.#scheduler.now();
    let next = Number.POSITIVE_INFINITY;
    for (const expiring of this.#expiring) {
      if (expiring.deadline <= now) {
        this.#expiring.delete(expiring);
        expiring.expire();
      } else if (expiring.deadline < next) next = expiring.deadline;
    }
    // What expired may have led to a new request, and that to an earlier timer.
    if (next < this.#due) this.#arm(next);
  }
}
