import { DestroyRef, inject, type Signal, signal } from '@angular/core';

/** A page that nobody has seen for so long stops to listen, in ms. */
const FORGOTTEN = 300_000;

/** Whether somebody may be looking: not at a page that has been hidden for five minutes. */
export function injectLooking(): Signal<boolean> {
  const looking = signal(true);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const change = () => {
    clearTimeout(timer);
    if (document.hidden) timer = setTimeout(() => looking.set(false), FORGOTTEN);
    else looking.set(true);
  };
  change();
  document.addEventListener('visibilitychange', change);
  inject(DestroyRef).onDestroy(() => {
    clearTimeout(timer);
    document.removeEventListener('visibilitychange', change);
  });
  return looking.asReadonly();
}
