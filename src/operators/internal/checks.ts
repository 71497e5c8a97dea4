import { InvalidArgumentError } from '../../errors.ts';

/** What timers take: a longer one would be over at once. */
export const LONGEST = 2 ** 31 - 1;

// Checks of operators' arguments. Each throws an InvalidArgumentError, at the call.

export function requireFunction(operator: string, what: string, value: unknown): void {
  if (typeof value !== 'function') throw misuse(operator, what, 'a function', value);
}

export function requireHandler(operator: string, what: string, value: unknown): void {
  if (value !== undefined) requireFunction(operator, what, value);
}

export function requireCount(operator: string, what: string, value: unknown): void {
  if (!Number.isInteger(value) || (value as number) < 1)
    throw misuse(operator, what, 'a positive integer', value);
}

/** A time in ms that a timer can hold, above 0. */
export function requireTime(operator: string, what: string, value: unknown): void {
  if (typeof value === 'number' && value > 0 && value <= LONGEST) return;
  throw misuse(operator, what, `a number of ms above 0, at most ${LONGEST}`, value);
}

/**
 * The values given, as a set.
 *
 * @throws {@link InvalidArgumentError} when there is none, or one that is not known
 */
export function requireSomeOf<T extends string>(
  operator: string,
  what: string,
  known: readonly T[],
  given: readonly T[],
): ReadonlySet<string> {
  const refuse = (shown: string) => {
    const message = `${operator}: ${what} should be some of ${known.join(', ')}, not ${shown}`;
    throw new InvalidArgumentError('invalid-argument', message);
  };
  if (given.length === 0) refuse('nothing');
  for (const value of given)
    if (!known.includes(value)) refuse(typeof value === 'string' ? JSON.stringify(value) : typeof value);
  return new Set(given);
}

export function misuse(operator: string, what: string, wanted: string, value: unknown): InvalidArgumentError {
  return new InvalidArgumentError(
    'invalid-argument',
    `${operator}: ${what} should be ${wanted}, not ${shown(value)}`,
  );
}

function shown(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 60));
  return typeof value === 'number' || value === null ? String(value) : typeof value;
}
