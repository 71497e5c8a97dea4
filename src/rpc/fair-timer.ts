import {
  defer,
  Observable,
  type ObservableInput,
  type SchedulerLike,
  Subscription,
  take,
  takeUntil,
} from 'rxjs';

/** A timer looks at the clock in steps of at least so many ms… */
const SHORTEST_STEP = 50;
/** …and of this part of what is left: enough to notice that the process was stopped, and few for a long time. */
const STEPS = 32;
/** Late by no more than so many ms is an ordinary timer… */
const JITTER = 10;
/** …and early by no more: clocks are read in whole ms. */
const ROUNDING = 2;

/**
 * A timer for what another process has to do in time. A process that was busy or stopped (a long computation, SIGSTOP) for
 * longer than the time given finds the answer in its socket's buffer when it goes on, but timers run before sockets are
 * read. So this one
 *
 * - fires a turn of the event loop later: what had arrived by then has been read
 * - does not count the time by which it is woken too late: a handshake of several steps could not go on meanwhile
 * - counts what it has waited though the clock says otherwise: a date may be set back, or stand still
 *
 * The latter has an end: each step counts its own length, so a process that is always busy runs out of steps.
 *
 * ```
 * process    ----xxxxxxxxxxxxx-----    x: busy
 * 12 ms      ----------------------!   not before
 * ```
 */
export class FairTimer {
  readonly #scheduler: SchedulerLike;
  readonly #fire: () => void;
  /** The time that was not counted, in ms; negative where more was than the clock says. */
  #lost = 0;
  #at = 0;
  #timer: Subscription | undefined;

  /** @param fire called at the time that it is armed for, once; it may arm it again */
  constructor(scheduler: SchedulerLike, fire: () => void) {
    this.#scheduler = scheduler;
    this.#fire = fire;
  }

  /** The scheduler's time, without what was not counted. */
  now(): number {
    return this.#scheduler.now() - this.#lost;
  }

  /** @param at by {@link now}, in place of the time it was armed for before */
  arm(at: number): void {
    this.disarm();
    this.#at = at;
    this.#wait();
  }

  disarm(): void {
    this.#timer?.unsubscribe();
  }

  #wait(): void {
    // Read once: a timer is armed for each of many requests that come one after the other.
    const now = this.#scheduler.now();
    const left = Math.max(0, this.#at - (now - this.#lost));
    const step = Math.min(left, Math.max(SHORTEST_STEP, left / STEPS));
    const due = now + step;
    this.#timer = this.#scheduler.schedule(() => this.#look(due, step), step);
  }

  #look(due: number, step: number): void {
    const late = this.#scheduler.now() - due;
    if (late > JITTER || late < -Math.min(ROUNDING, step - 1)) this.#lost += late;
    if (this.now() < this.#at) this.#wait();
    else this.#timer = this.#scheduler.schedule(this.#fire, 0);
  }
}

/** Calls `act` when `delay` ms are over, as a {@link FairTimer} counts them: what had arrived by then has been read. */
export function afterReads(scheduler: SchedulerLike, delay: number, act: () => void): Subscription {
  const timer = new FairTimer(scheduler, act);
  timer.arm(timer.now() + delay);
  return new Subscription(() => timer.disarm());
}

/**
 * The first value of what `ask` gives, or the error `late` when there is none in `time` ms, as a {@link FairTimer} counts them: what had
 * arrived by then counts. What `ask` throws is an error, too.
 */
export function inTime<T>(
  ask: () => ObservableInput<T>,
  time: number,
  scheduler: SchedulerLike,
  late: () => Error,
): Observable<T> {
  const late$ = new Observable<never>((subscriber) =>
    afterReads(scheduler, time, () => subscriber.error(late())),
  );
  return defer(ask).pipe(take(1), takeUntil(late$));
}

/** Emits 0, 1, …, each `period` ms after the one before, as a {@link FairTimer} counts them. Never completes. */
export function fairInterval(period: number, scheduler: SchedulerLike): Observable<number> {
  return new Observable((subscriber) => {
    let count = 0;
    let next = 0;
    const timer = new FairTimer(scheduler, () => {
      subscriber.next(count++);
      if (subscriber.closed) return;
      // From when it was due: no drift. But never faster than that.
      next = Math.max(next + period, timer.now());
      timer.arm(next);
    });
    next = timer.now() + period;
    timer.arm(next);
    return () => timer.disarm();
  });
}
