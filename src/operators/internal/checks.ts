import { InvalidArgumentError } from '../../errors.ts';

/** What timers take: a longer one would be over at once. */
export const LONGEST = 2 ** 31 - 1;

// What operators are called with. All of it throws InvalidArgumentErrors, at the call.

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
