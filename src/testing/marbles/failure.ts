import type { SerfErrorCode } from '../../errors.ts';
import { deepEqual } from '../equality/deep-equal.ts';
import { show } from '../equality/show.ts';

/** Stands for any value that it finds equal; Jest, Vitest and {@link serfMarbles} ask it. */
export interface Matcher {
  /** Whether it stands for this value. */
  asymmetricMatch(value: unknown): boolean;
  /** What it stands for, in words. */
  toString(): string;
}

/**
 * Stands for every error with this `code`, whatever its text and address.
 *
 * @param more what else the error should have, such as `{ outcome: 'unknown' }`
 * @example
 * ```ts
 * import { failure, serfMarbles } from 'rxserf/testing';
 *
 * serfMarbles(({ serf, on, connection, expectObservable }) => {
 *   on('event', '  ---------k');
 *   connection('   -----x---c');
 *   const expected = '-----#';
 *   expectObservable(serf.event('deploy')).toBe(expected, undefined, failure('connection-lost', { outcome: 'unknown' }));
 * });
 * ```
 */
export function failure(code: SerfErrorCode, more: Readonly<Record<string, unknown>> = {}): Matcher {
  const wanted = { ...more, code };
  return {
    asymmetricMatch: (value) =>
      value instanceof Error &&
      Object.entries(wanted).every(([key, each]) =>
        deepEqual((value as Partial<typeof wanted>)[key as 'code'], each),
      ),
    toString: () => `an error with ${show(wanted)}`,
  };
}
