import { InvalidArgumentError } from '../../errors.ts';

/**
 * The values given, as a set.
 *
 * @throws {@link InvalidArgumentError} when there is none, or one that is not known
 */
export function someOf<T extends string>(
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
