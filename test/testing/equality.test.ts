import { of } from 'rxjs';
import { serfMarbles } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';

// What a story takes for the same: a test that passes where it should fail is worse than none.

/** Whether a story that expects `expected` passes where `actual` comes; what it says otherwise. */
function compared(actual: unknown, expected: unknown): string | undefined {
  try {
    serfMarbles(({ expectObservable }) => expectObservable(of(actual)).toBe('(a|)', { a: expected }));
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

class A {
  x = 1;
}
class B {
  x = 1;
}
class Secret {
  readonly #held: number;
  constructor(held: number) {
    this.#held = held;
  }
  get held(): number {
    return this.#held;
  }
}
const symbol = Symbol('s');
const bytes = (...values: number[]) => Uint8Array.from(values);
const text = (error: object, more: object) => Object.assign(error, more);
function containing(value: number): object {
  const cycle: Record<string, unknown> = { value, list: [] };
  cycle['self'] = cycle;
  (cycle['list'] as unknown[]).push(cycle, new Set([value]));
  return cycle;
}

const different: Record<string, [unknown, unknown]> = {
  URLs: [new URL('http://a/'), new URL('http://b/')],
  patterns: [/a/, /a/i],
  buffers: [bytes(1).buffer, bytes(2).buffer],
  'buffers of another length': [bytes(1).buffer, bytes(1, 0).buffer],
  views: [new DataView(bytes(1).buffer), new DataView(bytes(2).buffer)],
  'typed arrays': [bytes(1, 2), bytes(1, 3)],
  'typed arrays of other types': [bytes(1), Int8Array.of(1)],
  'a view and an array': [bytes(1), [1]],
  'numbers in boxes': [Object(1), Object(2)],
  'texts in boxes': [Object('a'), Object('b')],
  dates: [new Date(1), new Date(2)],
  promises: [Promise.resolve(1), Promise.resolve(1)],
  'private state': [new Secret(1), new Secret(2)],
  classes: [new A(), new B()],
  'a class and a table': [new A(), { x: 1 }],
  'an array and a table': [[], {}],
  'a date and a table': [new Date(0), {}],
  symbols: [{ [symbol]: 1 }, { [symbol]: 2 }],
  'a symbol more': [{ [symbol]: 1 }, {}],
  'causes of errors': [new Error('x', { cause: 1 }), new Error('x', { cause: 2 })],
  'many errors': [new AggregateError([1], 'x'), new AggregateError([2], 'x')],
  'classes of errors': [new TypeError('x'), new Error('x')],
  'fields of errors': [text(new Error('x'), { code: 1 }), text(new Error('x'), { code: 2 })],
  'zero and minus zero': [0, -0],
  lengths: [[1, undefined], [1]],
  'values of maps': [new Map([['a', [1]]]), new Map([['a', [2]]])],
  'keys of maps': [new Map([[{ a: 1 }, 1]]), new Map([[{ a: 2 }, 1]])],
  'a key more': [new Map([['a', undefined]]), new Map()],
  sets: [new Set([1, { a: 1 }]), new Set([1, { a: 2 }])],
  functions: [() => 1, () => 1],
  'what contains itself': [containing(1), containing(2)],
};

const alike: Record<string, [unknown, unknown]> = {
  URLs: [new URL('http://a'), new URL('http://a/')],
  patterns: [/a/g, /a/g],
  buffers: [bytes(1, 2).buffer, bytes(1, 2).buffer],
  views: [new DataView(bytes(0, 1).buffer, 1), new DataView(bytes(1).buffer)],
  'a Buffer and its bytes': [Buffer.from('a'), bytes(97)],
  'numbers in boxes': [Object(Number.NaN), Object(Number.NaN)],
  dates: [new Date(1), new Date(1)],
  'instances of a class': [new A(), new A()],
  'tables with and without a prototype': [{ a: 1 }, Object.assign(Object.create(null), { a: 1 })],
  'tables of an empty prototype': [{}, Object.create(Object.create(null))],
  'undefined and nothing': [{ a: undefined }, {}],
  errors: [new Error('x', { cause: [1] }), new Error('x', { cause: [1] })],
  'an error with a cause, where none is expected': [new Error('x', { cause: 1 }), new Error('x')],
  'maps in another order': [
    new Map<unknown, unknown>([
      ['a', [1]],
      [{ b: 1 }, 2],
    ]),
    new Map<unknown, unknown>([
      [{ b: 1 }, 2],
      ['a', [1]],
    ]),
  ],
  'sets in another order': [new Set([1, 2, { a: 1 }]), new Set([{ a: 1 }, 2, 1])],
  'what contains itself': [containing(1), containing(1)],
  'what a matcher takes': [{ a: new Secret(1) }, { a: expect.any(Secret) }],
};

describe('not equal', () => {
  test.each(Object.entries(different))('%s', (_, [one, other]) => {
    expect(compared(one, other)).toMatch(/is not as expected/);
    expect(compared(other, one)).toMatch(/is not as expected/);
  });
});

test('not equal: an error without the cause that is expected', () => {
  expect(compared(new Error('x'), new Error('x', { cause: 1 }))).toMatch(/is not as expected/);
});

describe('equal', () => {
  test.each(Object.entries(alike))('%s', (_, [one, other]) => {
    expect(compared(one, other)).toBeUndefined();
  });

  test('what hides all it holds, to itself alone', () => {
    for (const value of [new Secret(1), Promise.resolve(), new WeakMap(), () => 1])
      expect(compared(value, value)).toBeUndefined();
  });
});

describe('what differs can be told apart', () => {
  test.each([
    [0, -0, 'a = -0', 'b = 0'],
    [/a/, /b/, 'a = RegExp "/b/"', 'b = RegExp "/a/"'],
    [new URL('http://a'), new URL('http://b'), 'a = URL "http://b/"', 'b = URL "http://a/"'],
    [new Date(0), new Date(Number.NaN), 'a = Date null', 'b = Date "1970-01-01T00:00:00.000Z"'],
    [bytes(1).buffer, bytes(2).buffer, 'a = ArrayBuffer [2]', 'b = ArrayBuffer [1]'],
    [new A(), new B(), 'a = B { x: 1 }', 'b = A { x: 1 }'],
    [{ [symbol]: 1 }, {}, 'a = {}', 'b = { [Symbol(s)]: 1 }'],
    [new Secret(1), new Secret(2), 'a = [Secret, equal to itself alone]', 'b = [Secret, equal to itself'],
    [new Error('x'), new Error('x', { cause: 1 }), 'a = Error: x (cause: 1)', 'b = Error: x'],
    [new AggregateError([1], 'x'), 1, 'a = 1', 'b = AggregateError: x (errors: [1])'],
  ])('%o', (actual, expected, first, second) => {
    const message = compared(actual, expected);

    expect(message).toContain(`expected:\n(a|)\n${first}`);
    expect(message).toContain(`actual:\n(b|)\n${second}`);
  });
});
