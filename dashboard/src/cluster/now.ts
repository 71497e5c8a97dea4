import { DestroyRef, inject, type Signal, signal } from '@angular/core';

/** The date in ms, a step a second; every 5 s for who wants little motion. */
export function injectNow(): Signal<number> {
  const now = signal(Date.now());
  const timer = setInterval(() => now.set(Date.now()), isStill() ? 5_000 : 1_000);
  inject(DestroyRef).onDestroy(() => clearInterval(timer));
  return now.asReadonly();
}

/** Whether somebody wants little motion. */
export function isStill(): boolean {
  return matchMedia('(prefers-reduced-motion: reduce)').matches;
}

/** Whether a media query holds. */
export function injectMedia(query: string): Signal<boolean> {
  const list = matchMedia(query);
  const matches = signal(list.matches);
  const change = () => matches.set(list.matches);
  list.addEventListener('change', change);
  inject(DestroyRef).onDestroy(() => list.removeEventListener('change', change));
  return matches.asReadonly();
}
