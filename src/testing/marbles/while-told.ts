import { SerfTestError } from '../serf-test-error.ts';

type Helper = (...given: unknown[]) => unknown;

/**
 * Helpers that throw once the story is over: what they are told then would never happen, and what is expected then would
 * never be checked.
 */
export function whileTold<T extends object>(helpers: T, isOver: () => boolean): T {
  const guarded = Object.entries(helpers).map(([name, helper]) => [
    name,
    typeof helper === 'function' ? guard(name, helper as Helper, isOver) : helper,
  ]);
  return Object.fromEntries(guarded) as T;
}

function guard(name: string, helper: Helper, isOver: () => boolean): Helper {
  return (...given) => {
    if (isOver())
      throw new SerfTestError(
        `the story is over: ${name} should be called before serfMarbles returns, not in a promise or a real timer. What should happen later in the story is for acts`,
      );
    const made = helper(...given);
    return isExpectation(made) ? whileTold(made, isOver) : made;
  };
}

/** `expectObservable(…)`, before it is told what to be. */
function isExpectation(made: unknown): made is object {
  return typeof made === 'object' && made !== null && 'toBe' in made;
}
