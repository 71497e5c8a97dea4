/** Work that can be paused after each of its steps; what it returns is its result. */
export type Steps<T> = Generator<void, T, void>;

/** So many members are a step: what is done with them takes a few ms where nothing is compiled yet. */
const A_STEP = 1_000;

/** Calls `work` for each of a list, a step at a time. */
export function* eachOf<T>(list: readonly T[], work: (each: T, index: number) => void): Steps<void> {
  for (let from = 0; from < list.length; from += A_STEP) {
    const to = Math.min(list.length, from + A_STEP);
    for (let index = from; index < to; index++) work(list[index] as T, index);
    yield;
  }
}

/** All steps at once. */
export function finish<T>(steps: Steps<T>): T {
  for (;;) {
    const { done, value } = steps.next();
    if (done) return value;
  }
}
