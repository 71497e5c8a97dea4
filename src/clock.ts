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

/**
 * A clock that stands still while the event loop waits, in ms, where the platform has one (Node has) and the scheduler's time is
 * real. The time in which the process was stopped or others had the processor counts as busy.
 */
export function busyClock(scheduler: SchedulerLike): (() => number) | undefined {
  if (scheduler !== monotonicScheduler && scheduler !== asyncScheduler) return undefined;
  return loopActive() === undefined ? undefined : () => virtualNow() ?? loopActive() ?? elapsed();
}

/** How long the event loop has been active, in ms: nothing on other platforms, under fake timers, and until it runs. */
function loopActive(): number | undefined {
  return loop.performance?.eventLoopUtilization?.()?.active;
}

/** What only Node has. */
const loop = globalThis as {
  readonly performance?: { eventLoopUtilization?(): { readonly active: number } | undefined };
};

/** The latest date, where it has to do for a clock. */
let latest = 0;

function elapsed(): number {
  const virtual = virtualNow();
  if (virtual !== undefined) return virtual;
  // Looked up each time: fake timers replace it.
  if (typeof performance === 'object') return Math.floor(performance.now());
  latest = Math.max(latest, asyncScheduler.now());
  return latest;
}

/** In 1973. A date before is one that a test pins. */
const EARLY = 100_000_000_000;

/** The frame of a `TestScheduler` that runs, which takes the place of the date. */
function virtualNow(): number | undefined {
  const now = asyncScheduler.now();
  if (now > EARLY) return undefined;
  // It may be the date all the same: it was read between two dates then.
  const before = Date.now();
  const frame = asyncScheduler.now();
  const after = Date.now();
  return frame < Math.min(before, after) || frame > Math.max(before, after) ? frame : undefined;
}
