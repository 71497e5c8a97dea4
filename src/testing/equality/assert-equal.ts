import { diagrams, line, type Names, type TimedNotification } from '../marbles/diagram.ts';
import { type Difference, SerfTestError } from '../serf-test-error.ts';
import { deepEqual } from './deep-equal.ts';
import { hiddenDifference } from './first-difference.ts';
import { show } from './show.ts';

/** Throws when the two are not equal: `assert.deepEqual`, or `(actual, expected) => expect(actual).toEqual(expected)`. */
export type AssertDeepEqual = (actual: unknown, expected: unknown) => void;

/**
 * Throws a {@link SerfTestError} with both diagrams when what happened is not what should have.
 *
 * @param what was compared, for the message
 * @param names what letters stand for in the test's own diagrams
 */
export function assertEqual(
  actual: unknown,
  expected: unknown,
  what = 'the diagram',
  names: Names = [],
): void {
  if (deepEqual(actual, expected)) return;
  throw new SerfTestError(`${what} is not as expected`, difference(actual, expected, names));
}

function difference(actual: unknown, expected: unknown, names: Names): Difference {
  if (isDiagram(actual) && isDiagram(expected)) return diagrams(actual, expected, names);
  if (areSubscriptions(actual) && areSubscriptions(expected))
    return { actual: drawAll(actual), expected: drawAll(expected) };
  const hidden = hiddenDifference(actual, expected);
  return { actual: show(actual), expected: show(expected), note: hidden && `they ${hidden}` };
}

/** When something was subscribed to, as RxJS keeps it. */
interface Subscribed {
  readonly subscribedFrame: number;
  readonly unsubscribedFrame: number;
}

function isDiagram(value: unknown): value is TimedNotification[] {
  return (
    Array.isArray(value) && value.every((each) => typeof each === 'object' && each && 'notification' in each)
  );
}

function areSubscriptions(value: unknown): value is Subscribed[] {
  return (
    Array.isArray(value) &&
    value.every((each) => typeof each === 'object' && each && 'subscribedFrame' in each)
  );
}

function drawAll(subscriptions: readonly Subscribed[]): string {
  if (subscriptions.length === 0) return '(never subscribed to)';
  return subscriptions.map(draw).join('\n');
}

function draw({ subscribedFrame, unsubscribedFrame }: Subscribed): string {
  const marks = new Map<number, string[]>([[subscribedFrame, ['^']]]);
  if (unsubscribedFrame === subscribedFrame) marks.set(subscribedFrame, ['^', '!']);
  else if (Number.isFinite(unsubscribedFrame)) marks.set(unsubscribedFrame, ['!']);
  return line(marks);
}
