import type { ObservableNotification } from 'rxjs';
import { deepEqual, isMatcher } from '../equality/deep-equal.ts';
import { hiddenDifference } from '../equality/first-difference.ts';
import { show } from '../equality/show.ts';
import type { Difference } from '../serf-test-error.ts';

/** Something that happens in a diagram, as `TestScheduler.parseMarbles` gives it. */
export interface TimedNotification<T = unknown> {
  readonly frame: number;
  readonly notification: ObservableNotification<T>;
}

/** A pause of more frames than this is written as a time. */
const LONGEST_DASHES = 20;
const LETTERS = 'abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789';

/** What letters stand for, where somebody has said so. */
export type Names = readonly (readonly [letter: string, value: unknown])[];

/**
 * Two lists of what happened, as marbles with the same letters for the same values, and what the letters stand for.
 *
 * ```
 * --a-- 99ms b
 * a = { event: "user", name: "deploy" }
 * ```
 *
 * @param names letters to use where they are free
 */
export function diagrams(
  actual: readonly TimedNotification[],
  expected: readonly TimedNotification[],
  names: Names = [],
): Difference {
  const legend = new Legend([...expected, ...actual], names);
  return {
    actual: legend.draw(actual),
    expected: legend.draw(expected),
    note: legend.note(actual, expected),
  };
}

class Legend {
  readonly #values: { readonly letter: string; readonly value: unknown }[] = [];

  constructor(notifications: readonly TimedNotification[], names: Names) {
    const values = notifications.flatMap(({ notification }) =>
      notification.kind === 'N' ? [notification.value] : [],
    );
    // A letter that stands for itself is nobody else's.
    const free = new Set(LETTERS);
    for (const value of values) if (typeof value === 'string') free.delete(value);
    const named = new Set(names.map(([letter]) => letter));
    const next = () => [...free].find((letter) => !named.has(letter)) ?? [...free][0] ?? '?';
    for (const value of values) {
      if (this.#find(value) !== undefined) continue;
      const own = names.find(([letter, each]) => free.has(letter) && same(value, each))?.[0];
      const letter = typeof value === 'string' && LETTERS.includes(value) ? value : (own ?? next());
      free.delete(letter);
      this.#values.push({ letter, value });
    }
  }

  draw(notifications: readonly TimedNotification[]): string {
    const marks = new Map<number, string[]>();
    const used = new Set<string>();
    for (const { frame, notification } of notifications) {
      const mark = this.#mark(notification);
      marks.set(frame, [...(marks.get(frame) ?? []), mark]);
      used.add(mark);
      if (notification.kind === 'E') used.add(`# = ${show(notification.error)}`);
    }
    const letters = this.#values.filter(({ letter, value }) => used.has(letter) && letter !== value);
    const errors = [...used].filter((line) => line.startsWith('# = '));
    return [line(marks), ...letters.map(({ letter, value }) => `${letter} = ${show(value)}`), ...errors].join(
      '\n',
    );
  }

  /** What the legend does not show of the first two values, or errors, that differ. */
  note(actual: readonly TimedNotification[], expected: readonly TimedNotification[]): string | undefined {
    for (const [at, { notification: one }] of actual.entries()) {
      const other = expected[at]?.notification;
      if (one.kind === 'C' || one.kind !== other?.kind) continue;
      const difference = hiddenDifference(contentOf(one), contentOf(other));
      if (difference) return `${this.#mark(one)} and ${this.#mark(other)} ${difference}`;
    }
    return undefined;
  }

  #mark(notification: ObservableNotification<unknown>): string {
    if (notification.kind === 'C') return '|';
    if (notification.kind === 'E') return '#';
    return this.#find(notification.value) ?? '?';
  }

  #find(value: unknown): string | undefined {
    return this.#values.find((known) => same(value, known.value))?.letter;
  }
}

function contentOf(notification: ObservableNotification<unknown>): unknown {
  if (notification.kind === 'C') return undefined;
  return notification.kind === 'E' ? notification.error : notification.value;
}

/** Whether a letter that stands for `known` can stand for the value. Either may be a matcher. */
function same(value: unknown, known: unknown): boolean {
  return deepEqual(value, known) || (isMatcher(value) && deepEqual(known, value));
}

/** Marks at their frames; a frame that a group before it covers is said in words. */
export function line(marks: ReadonlyMap<number, readonly string[]>): string {
  let text = '';
  let now = 0;
  for (const [frame, group] of marks) {
    const mark = group.length > 1 ? `(${group.join('')})` : group.join('');
    if (frame < now) text += ` @${frame}ms:`;
    else if (frame - now > LONGEST_DASHES) text += ` ${frame - now}ms `;
    else text += '-'.repeat(frame - now);
    text += mark;
    now = Math.max(now, frame + mark.length);
  }
  return text === '' ? '(nothing)' : text.trim();
}
