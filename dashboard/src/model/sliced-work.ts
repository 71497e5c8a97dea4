import type { Steps } from './steps.ts';

/** So long a page works before it looks whether somebody did something, in ms: a frame is 16. */
export const SLICE = 8;

/**
 * Makes something of an input, a slice at a time. What is done within the first slice is there at once. An input that comes meanwhile
 * waits for its turn; of several, the latest.
 */
export class SlicedWork<I, O> {
  readonly #stepsOf: (input: I) => Steps<O>;
  readonly #done: (output: O) => void;
  /** What an input that waits begins with. */
  #next: (() => Steps<O>) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(stepsOf: (input: I) => Steps<O>, done: (output: O) => void) {
    this.#stepsOf = stepsOf;
    this.#done = done;
  }

  take(input: I): void {
    this.#next = () => this.#stepsOf(input);
    // Between two slices it waits.
    if (this.#timer === undefined) this.#begin();
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #begin(): void {
    const steps = this.#next?.();
    this.#next = undefined;
    if (steps) this.#work(steps);
  }

  #work(steps: Steps<O>): void {
    this.#timer = undefined;
    const end = performance.now() + SLICE;
    let step = steps.next();
    while (!step.done && performance.now() < end) step = steps.next();
    if (!step.done) this.#later(() => this.#work(steps));
    else {
      this.#done(step.value);
      if (this.#next) this.#later(() => this.#begin());
    }
  }

  #later(work: () => void): void {
    this.#timer = setTimeout(work);
  }
}
