import { afterNextRender, DestroyRef, effect, inject, type Signal, signal, untracked } from '@angular/core';
import type { Steps } from '../model/steps.ts';

/** So long a page works before it looks whether somebody did something, in ms: a frame is 16. */
const SLICE = 8;

/**
 * What steps make of an input: what takes long is done a slice at a time, and a page stays quick. What is done within the first slice is
 * there at once. An input that comes meanwhile waits for its turn; of several, the latest.
 */
export function injectSliced<I, O>(
  input: Signal<I>,
  stepsOf: (input: I, before: O) => Steps<O>,
  initial: O,
): Signal<O> {
  const output = signal(initial);
  let steps: Steps<O> | undefined;
  let latest: I;
  let begun: I;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const begin = (): Steps<O> => {
    begun = latest;
    return stepsOf(begun, untracked(output));
  };
  const work = (): void => {
    const end = performance.now() + SLICE;
    steps ??= begin();
    let step = steps.next();
    while (!step.done && performance.now() < end) step = steps.next();
    if (step.done) {
      output.set(step.value);
      steps = begun === latest ? undefined : begin();
    }
    if (steps) timer = setTimeout(work);
  };
  effect(() => {
    latest = input();
    // Between two slices it waits.
    if (!steps) untracked(work);
  });
  inject(DestroyRef).onDestroy(() => clearTimeout(timer));
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
