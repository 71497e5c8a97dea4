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
  const key = new AbortController();
  let timer: ReturnType<typeof setTimeout> | undefined;
  const show = () => {
    key.abort();
    clearTimeout(timer);
    behind.set(true);
  };
  afterNextRender(() => {
    if (!behind()) timer = setTimeout(show);
  });
  const atOnce = () => {
    show();
    application.tick();
  };
  document.addEventListener('keydown', atOnce, { capture: true, signal: key.signal });
  inject(DestroyRef).onDestroy(() => {
    key.abort();
    clearTimeout(timer);
  });
  return behind.asReadonly();
}
