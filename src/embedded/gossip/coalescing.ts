import type { Timeline } from './task-queue.ts';

/** Holds things back and gives fewer of them. */
export interface Coalescer<T> {
  /** Whether it is one for this coalescer. */
  takes(value: T): boolean;
  add(value: T): void;
  /** What has become of all that was added. */
  flush(): readonly T[];
}

/** In ms; when one of them is 0, nothing is held back. */
export interface CoalescingTimes {
  /** The longest that something is held back. */
  readonly period: number;
  /** How long nothing must have come before what there is goes on. */
  readonly quiescence: number;
}

/**
 * Hands things on through a coalescer.
 *
 * ```
 * in                        -abc-------abcdefgh----
 * period 6, quiescence 3    ------c----------f---h-     where only the last one counts
 * ```
 */
export function coalescing<T>(
  timeline: Timeline,
  { period, quiescence }: CoalescingTimes,
  coalescer: Coalescer<T>,
  next: (value: T) => void,
): (value: T) => void {
  if (period === 0 || quiescence === 0) return next;
  let end = 0;
  let quiet = 0;
  const look = () => {
    const now = timeline.now();
    const due = Math.min(end, quiet);
    if (now < due) {
      timeline.at(due - now, look);
      return;
    }
    end = 0;
    for (const value of coalescer.flush()) next(value);
  };
  return (value) => {
    if (!coalescer.takes(value)) {
      next(value);
      return;
    }
    const now = timeline.now();
    coalescer.add(value);
    // A later end of the quiet is found at the next look; an earlier one there is none.
    quiet = now + quiescence;
    if (end > 0) return;
    end = now + period;
    timeline.at(Math.min(period, quiescence), look);
  };
}
