import {
  ApplicationRef,
  afterNextRender,
  DestroyRef,
  effect,
  inject,
  type Signal,
  signal,
  untracked,
} from '@angular/core';
import { SlicedWork } from '../model/sliced-work.ts';
import type { Steps } from '../model/steps.ts';

/** What steps make of the latest of its inputs, and of what they made before; see {@link SlicedWork}. */
export function injectSliced<I, O>(
  input: Signal<I>,
  stepsOf: (input: I, before: O) => Steps<O>,
  initial: O,
): Signal<O> {
  const output = signal(initial);
  const work = new SlicedWork(
    (taken: I) => stepsOf(taken, untracked(output)),
    (made) => output.set(made),
  );
  effect(() => {
    const taken = input();
    untracked(() => work.take(taken));
  });
  inject(DestroyRef).onDestroy(() => work.stop());
  return output.asReadonly();
}

/**
 * Whether what asks has been drawn without it: what takes long to make comes in a task of its own, behind the rest of its page. A key
 * that is pressed before may be for it: it is there before the key is heard.
 */
export function injectBehind(): Signal<boolean> {
  const behind = signal(false);
  const application = inject(ApplicationRef);
  let timer: ReturnType<typeof setTimeout> | undefined;
  afterNextRender(() => {
    timer = setTimeout(() => behind.set(true));
  });
  const atOnce = () => {
    behind.set(true);
    application.tick();
  };
  document.addEventListener('keydown', atOnce, { capture: true, once: true });
  inject(DestroyRef).onDestroy(() => {
    clearTimeout(timer);
    document.removeEventListener('keydown', atOnce, { capture: true });
  });
  return behind.asReadonly();
}
