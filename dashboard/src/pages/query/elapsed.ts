import { DestroyRef, effect, inject, type Signal, signal } from '@angular/core';
import { isStill } from '../../cluster/now.ts';

/** A step in so many ms; for who wants little motion, in a second. */
const STEP = 100;
const STILL = 1_000;

/** How long something has been running, in ms; afterwards how long it did. */
export function injectElapsed(running: Signal<boolean>): Signal<number> {
  const elapsed = signal(0);
  const step = isStill() ? STILL : STEP;
  let timer: ReturnType<typeof setInterval> | undefined;
  let start = 0;
  const measure = () => elapsed.set(performance.now() - start);
  effect(() => {
    if (running()) {
      start = performance.now();
      elapsed.set(0);
      timer = setInterval(measure, step);
    } else if (timer !== undefined) {
      clearInterval(timer);
      timer = undefined;
      measure();
    }
  });
  inject(DestroyRef).onDestroy(() => clearInterval(timer));
  return elapsed.asReadonly();
}
