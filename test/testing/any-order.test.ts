import { of } from 'rxjs';
import { serfMarbles } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';

// What sets and maps have has no order, as far as a story is concerned.

const tell = (actual: unknown, expected: unknown) => () =>
  serfMarbles(({ expectObservable }) => expectObservable(of(actual)).toBe('(a|)', { a: expected }));

/** A set that has objects which have it. */
function circle(...values: number[]): Set<object> {
  const set = new Set<object>();
  for (const value of values) set.add({ set, value });
  return set;
}

describe('the same, in any order', () => {
  test.each<[string, unknown, unknown]>([
    ['objects of sets', new Set([{ a: 1 }, { b: 1 }]), new Set([{ b: 1 }, { a: 1 }])],
    [
      'objects that are keys',
      new Map([
        [{ a: 1 }, 1],
        [{ a: 2 }, 2],
      ]),
      new Map([
        [{ a: 2 }, 2],
        [{ a: 1 }, 1],
      ]),
    ],
    [
      'sets of sets',
      new Set([new Set([[1], [2]]), new Set([[3]])]),
      new Set([new Set([[3]]), new Set([[2], [1]])]),
    ],
    ['matchers', new Set([{ a: 1 }, { b: 1 }]), new Set([expect.objectContaining({ b: 1 }), { a: 1 }])],
    ['what contains itself', circle(1, 2), circle(2, 1)],
  ])('%s', (_, actual, expected) => {
    expect(tell(actual, expected)).not.toThrow();
  });
});

describe('not the same', () => {
  test.each<[string, unknown, unknown]>([
    ['an object twice', new Set([{ a: 1 }, { a: 1 }]), new Set([{ a: 1 }, { a: 2 }])],
    ['one more', new Set([{ a: 1 }]), new Set([{ a: 1 }, { a: 1 }])],
    [
      'keys with other values',
      new Map([
        [{ a: 1 }, 1],
        [{ a: 2 }, 2],
      ]),
      new Map([
        [{ a: 1 }, 2],
        [{ a: 2 }, 1],
      ]),
    ],
    ['what contains itself', circle(1, 2), circle(1, 3)],
  ])('%s', (_, actual, expected) => {
    expect(tell(actual, expected)).toThrow('is not as expected');
    expect(tell(expected, actual)).toThrow('is not as expected');
  });

  test('what was tried in vain is not taken for the same later', () => {
    const [x, y] = [{ a: 1 }, { a: 2 }];

    expect(tell([new Set([x, y]), x], [new Set([{ a: 2 }, { a: 1 }]), y])).toThrow('is not as expected');
  });
});
