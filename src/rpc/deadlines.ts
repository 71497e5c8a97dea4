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
  /** Those before and behind it: of the {@link Deadlines} that it is in, and nobody else's. */
  sooner?: Expiring | undefined;
  later?: Expiring | undefined;
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
  /**
   * In the order in which they came, as a list whose links are cut when one leaves. Not a `Set`: of one whose entries come and go by the thousand,
   * V8 keeps what old copies of its table had until it collects all of its old space.
   */
  #first: Expiring | undefined;
  #last: Expiring | undefined;
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
    if (!this.#has(expiring)) this.#append(expiring);
    if (expiring.deadline < this.#due) this.#arm(expiring.deadline);
  }

  delete(expiring: Expiring): void {
    if (this.#remove(expiring)) this.#settle();
  }

  /** Completes when nothing is left that could expire, and nothing has followed it: a request may have a second try. */
  whenEmpty(): Observable<never> {
    return this.#emptied.pipe(
      startWith(undefined),
      delay(0, this.#scheduler),
      takeWhile(() => this.#first !== undefined),
      ignoreElements(),
    );
  }

  /** Disarms the timer; nothing expires any more, and nothing is taken. */
  close(): void {
    this.#closed = true;
    while (this.#first) this.#remove(this.#first);
    this.#disarm();
  }

  #settle(): void {
    if (this.#first) return;
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
    // One that expires may end others, and lead to new ones.
    for (let due = this.#until(now); due.length > 0; due = this.#until(now)) {
      for (const expiring of due) {
        if (!this.#remove(expiring)) continue;
        expiring.expire();
        this.#settle();
      }
    }
    let next = Number.POSITIVE_INFINITY;
    for (let at = this.#first; at; at = at.later) next = Math.min(next, at.deadline);
    if (next < this.#due) this.#arm(next);
  }

  /** Those whose time is over. */
  #until(now: number): Expiring[] {
    const due: Expiring[] = [];
    for (let at = this.#first; at; at = at.later) if (at.deadline <= now) due.push(at);
    return due;
  }

  #has(expiring: Expiring): boolean {
    return expiring === this.#first || expiring.sooner !== undefined;
  }

  #append(expiring: Expiring): void {
    expiring.sooner = this.#last;
    if (this.#last) this.#last.later = expiring;
    else this.#first = expiring;
    this.#last = expiring;
  }

  /** Returns whether it was there. */
  #remove(expiring: Expiring): boolean {
    if (!this.#has(expiring)) return false;
    const { sooner, later } = expiring;
    if (sooner) sooner.later = later;
    else this.#first = later;
    if (later) later.sooner = sooner;
    else this.#last = sooner;
    expiring.sooner = undefined;
    expiring.later = undefined;
    return true;
  }
}
