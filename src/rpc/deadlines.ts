import {
  delay,
  ignoreElements,
  type Observable,
  type SchedulerLike,
  Subject,
  startWith,
  takeWhile,
} from 'rxjs';
import { FairTimer } from './fair-timer.ts';

/** Something that ends at a time. */
export interface Expiring {
  /** By {@link Deadlines.now}, in ms. */
  readonly deadline: number;
  expire(): void;
}

/**
 * Ends things at their deadlines, with one timer for all: requests come by the thousand, last for milliseconds and have
 * timeouts of seconds, so a timer each would cost more than the request. The timer is armed for the earliest deadline it
 * was ever told of, looks again when it fires, and is disarmed when nothing is left: it would keep a process alive. Where
 * a connection does that anyway, `stayArmed` saves arming it anew for each of many calls that come one after the other. It is a {@link FairTimer}: what has arrived counts, though the process was too busy to read it in time.
 */
export class Deadlines {
  readonly #scheduler: SchedulerLike;
  readonly #stayArmed: boolean;
  readonly #expiring = new Set<Expiring>();
  readonly #emptied = new Subject<void>();
  readonly #timer: FairTimer;
  #due = Number.POSITIVE_INFINITY;
  #closed = false;

  /** @param stayArmed whether the timer may stay armed for nothing until it fires or `close` is called */
  constructor(scheduler: SchedulerLike, stayArmed = false) {
    this.#scheduler = scheduler;
    this.#stayArmed = stayArmed;
    this.#timer = new FairTimer(scheduler, () => this.#look());
  }

  /** Whether it costs nothing to leave something in here that has no deadline any more. */
  get staysArmed(): boolean {
    return this.#stayArmed;
  }

  /** The time that deadlines are told in: the scheduler's, without that in which the process was too busy to be told anything. */
  now(): number {
    return this.#timer.now();
  }

  add(expiring: Expiring): void {
    if (this.#closed) return;
    this.#expiring.add(expiring);
    if (expiring.deadline < this.#due) this.#arm(expiring.deadline);
  }

  delete(expiring: Expiring): void {
    if (this.#expiring.delete(expiring)) this.#settle();
  }

  /** Completes when nothing is left that could expire, and nothing has followed it: a request may have a second try. */
  whenEmpty(): Observable<never> {
    return this.#emptied.pipe(
      startWith(undefined),
      delay(0, this.#scheduler),
      takeWhile(() => this.#expiring.size > 0),
      ignoreElements(),
    );
  }

  /** Disarms the timer; nothing expires any more, and nothing is taken. */
  close(): void {
    this.#closed = true;
    this.#expiring.clear();
    this.#disarm();
  }

  #settle(): void {
    if (this.#expiring.size > 0) return;
    if (!this.#stayArmed) this.#disarm();
    if (this.#emptied.observed) this.#emptied.next();
  }

  #disarm(): void {
    this.#timer.disarm();
    this.#due = Number.POSITIVE_INFINITY;
  }

  #arm(due: number): void {
    this.#due = due;
    this.#timer.arm(due);
  }

  #look(): void {
    this.#due = Number.POSITIVE_INFINITY;
    const now = this.now();
    let next = Number.POSITIVE_INFINITY;
    for (const expiring of this.#expiring) {
      if (expiring.deadline <= now) {
        this.#expiring.delete(expiring);
        expiring.expire();
        this.#settle();
      } else if (expiring.deadline < next) next = expiring.deadline;
    }
    // What expired may have led to a new request, and that to an earlier timer; or to the end of all others.
    if (this.#expiring.size > 0 && next < this.#due) this.#arm(next);
  }
}
