import { asyncScheduler, type SchedulerLike } from 'rxjs';

/**
 * The default scheduler: RxJS's `asyncScheduler`, except that `now()` is elapsed time, in whole ms from an arbitrary start.
 * It goes on when a test pins the date, and does not jump when a host's clock is set. In `TestScheduler.run` it is as
 * virtual as `asyncScheduler`.
 */
export const monotonicScheduler: SchedulerLike = /* @__PURE__ */ makeScheduler();

function makeScheduler() {
  return { now: elapsed, schedule: asyncScheduler.schedule.bind(asyncScheduler) };
}

/** The date by a scheduler, in ms since the epoch: the system's for {@link monotonicScheduler}, else the scheduler's own. */
export function dateBy(scheduler: SchedulerLike): number {
  return scheduler === monotonicScheduler ? asyncScheduler.now() : scheduler.now();
}

/** The latest date, where it has to do for a clock. */
let latest = 0;

function elapsed(): number {
  const before = Date.now();
  const now = asyncScheduler.now();
  if (now !== before && isVirtual(before, now, Date.now())) return now;
  // Looked up each time: fake timers replace it.
  if (typeof performance === 'object') return Math.floor(performance.now());
  latest = Math.max(latest, now);
  return latest;
}

/** Whether `now` is no date but a frame of a `TestScheduler` that runs: it was read between two dates. */
function isVirtual(before: number, now: number, after: number): boolean {
  return now < Math.min(before, after) || now > Math.max(before, after);
}
