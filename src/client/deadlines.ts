import {
  defer,
  EMPTY,
  ignoreElements,
  type Observable,
  type SchedulerLike,
  Subject,
  type Subscription,
  take,
} from 'rxjs';

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
  readonly #emptied = new Subject<void>();
  #timer: Subscription | undefined;
  #due = Number.POSITIVE_INFINITY;
  #closed = false;

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
    if (this.#closed) return;
    this.#expiring.add(expiring);
    if (expiring.deadline < this.#due) this.#arm(expiring.deadline);
  }

  delete(expiring: Expiring): void {
    if (this.#expiring.delete(expiring) && this.#expiring.size === 0) this.#emptied.next();
  }

  /** Completes when nothing is left that could expire. */
  whenEmpty(): Observable<never> {
    return defer(() => (this.#expiring.size === 0 ? EMPTY : this.#emptied.pipe(take(1), ignoreElements())));
  }

  /** Disarms the timer; nothing expires any more, and nothing is taken. */
  close(): void {
    this.#closed = true;
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
        if (this.#expiring.size === 0) this.#emptied.next();
      } else if (expiring.deadline < next) next = expiring.deadline;
    }
    // What expired may have led to a new request, and that to an earlier timer.
    if (next < this.#due) this.#arm(next);
  }
}
