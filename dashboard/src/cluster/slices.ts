import { afterNextRender, DestroyRef, effect, inject, type Signal, signal, untracked } from '@angular/core';
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

/** Whether what asks has been drawn without it: what takes long to make comes in a task of its own, behind the rest of its page. */
export function injectBehind(): Signal<boolean> {
  const behind = signal(false);
  let timer: ReturnType<typeof setTimeout> | undefined;
  afterNextRender(() => {
    timer = setTimeout(() => behind.set(true));
  });
  inject(DestroyRef).onDestroy(() => clearTimeout(timer));
  return behind.asReadonly();
}
