import { TestScheduler } from 'rxjs/testing';
import { SerfTestError } from '../serf-test-error.ts';
import type { TimedNotification } from './diagram.ts';

/** What happens in a diagram, each letter as itself. */
export function parseLetters(marbles: string): TimedNotification<string>[] {
  return TestScheduler.parseMarbles(
    marbles,
    undefined,
    undefined,
    false,
    true,
  ) as TimedNotification<string>[];
}

/** The letters of a diagram, in order. */
export function lettersOf(marbles: string): string[] {
  return parseLetters(marbles).flatMap(({ notification }) =>
    notification.kind === 'N' ? [notification.value] : [],
  );
}

/** When the last happens that a diagram says. */
export function lastFrame(marbles: string): number {
  return parseLetters(marbles).at(-1)?.frame ?? 0;
}

/** How long a diagram is, in frames. */
export function lengthOf(marbles: string): number {
  return lastFrame(`${marbles}|`);
}

/** A table of what letters stand for, as RxJS takes one; without, each stands for itself. */
export function isTable(values: unknown): values is object {
  return typeof values === 'object' && values !== null;
}

/** @throws {@link SerfTestError} where a letter stands for nothing: TestScheduler would take `undefined` for it */
export function requireLetters(what: string, marbles: string, values: object | undefined): void {
  const unknown = lettersOf(marbles).find((letter) => !Object.hasOwn(values ?? {}, letter));
  if (unknown !== undefined)
    throw new SerfTestError(
      `${what}: nothing says what the letter ${unknown} stands for in ${JSON.stringify(marbles)}`,
    );
}
