import type { TaskQueue } from './task-queue.ts';

/** Collects values and gives fewer of them. */
export interface Coalescer<T> {
  /** Whether it coalesces such a value. */
  takes(value: T): boolean;
  add(value: T): void;
  /** What is left of all that was added. */
  flush(): readonly T[];
}

/** The most values that are held back: beyond, they go on before their time. */
const MOST_HELD = 4_096;

/** Serf's two times of coalescing, in ms; when one of them is 0, nothing is coalesced. */
export interface CoalescingTimes {
  /** The longest that a value is held back. */
  readonly period: number;
  /** How long no further value must come before those held back are emitted. */
  readonly quiescence: number;
}

/**
 * Wraps `next` so that values go through a coalescer.
 *
 * ```
 * in                        -abc-------abcdefgh----
 * period 6, quiescence 3    ------c----------f---h-     where only the last one counts
 * ```
 */
export function coalescing<T>(
  tasks: TaskQueue,
  { period, quiescence }: CoalescingTimes,
  coalescer: Coalescer<T>,
  next: (value: T) => void,
): (value: T) => void {
  if (period === 0 || quiescence === 0) return next;
  let end = 0;
  let quiet = 0;
  let held = 0;
  const flush = () => {
    held = 0;
    for (const value of coalescer.flush()) next(value);
  };
  const check = () => {
    const now = tasks.now();
    const due = Math.min(end, quiet);
    if (now < due) {
      tasks.scheduleAt(due, check);
      return;
    }
    end = 0;
    flush();
  };
  return (value) => {
    if (!coalescer.takes(value)) {
      next(value);
      return;
    }
    const now = tasks.now();
    coalescer.add(value);
    if (++held >= MOST_HELD) flush();
    // A later end of the quiet time is found at the next check; there is no earlier one.
    quiet = now + quiescence;
    if (end > 0) return;
    end = now + period;
    tasks.schedule(Math.min(period, quiescence), check);
  };
}
