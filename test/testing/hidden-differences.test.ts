import { of, throwError } from 'rxjs';
import { ConnectionLostError, decodePayload, utf8 } from 'rxserf';
import {
  failure,
  member,
  queryEvent,
  type SerfMarbles,
  type SerfTestError,
  serfMarbles,
} from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import { thrownBy } from '../unit/shown.ts';

// What two values do not show is said: else a failure has two sides that are the same to its reader.

const failed = (story: (kit: SerfMarbles) => void) => thrownBy(() => serfMarbles(story)) as SerfTestError;

/** What the error says of two values, below their diagrams. */
function noteOf(actual: unknown, expected: unknown): string | undefined {
  const error = failed(({ expectObservable }) => expectObservable(of(actual)).toBe('(x|)', { x: expected }));
  return error.message.slice(error.message.indexOf(error.expected ?? '')).split('\n\n')[1];
}

const bytes = (length: number, last: number) => new Uint8Array(length).fill(last, length - 1);
const deep = (g: unknown) => ({ a: { b: { c: { d: { e: { f: { g } } } } } } });
const cycle = (g: unknown) => {
  const value: Record<string, unknown> = { list: [], ...deep(g) };
  (value['list'] as unknown[]).push(value);
  return value;
};
const respond = () => of(undefined);
const instance = () => {
  class A {
    x = 1;
  }
  return new A();
};
/** Two that print the same as the text leaves out how deep they differ. */
const sets = (g: unknown) => new Set([deep(g)]);
const [one, other] = [Symbol('s'), Symbol('s')];

describe('two that print the same', () => {
  test.each<[string, unknown, unknown, string]>([
    ['functions', () => 1, () => 1, 'a and x differ: a function is equal to itself alone'],
    [
      'functions of a name of their own',
      { respond },
      { respond: () => of(1) },
      'a and x differ in respond: a function is equal to itself alone',
    ],
    ['bytes from the 17th on', bytes(20, 1), bytes(20, 2), 'a and x differ in [19]: 1, where 2 is expected'],
    ['more bytes', bytes(20, 0), bytes(21, 0), 'a and x differ in [20]: undefined, where 0 is expected'],
    ['what is deep', deep(1), deep('1'), 'a and x differ in a.b.c.d.e.f.g: 1, where "1" is expected'],
    ['what contains itself', cycle(1), cycle(2), 'a and x differ in a.b.c.d.e.f.g: 1, where 2 is expected'],
    [
      'what lists and maps have',
      [new Map([['k', { 'a b': [deep(1)] }]])],
      [new Map([['k', { 'a b': [deep(2)] }]])],
      'a and x differ in [0].get("k")["a b"][0].a.b.c.d.e.f.g: 1, where 2 is expected',
    ],
    ['what sets have', sets(1), sets(2), 'a and x differ: each has what the other has not'],
    [
      'classes of one name',
      { of: instance() },
      { of: instance() },
      'a and x differ in of: one is of another class',
    ],
    [
      'symbols',
      { [one]: one },
      { [one]: other },
      'a and x differ in [Symbol(s)]: each is equal to itself alone',
    ],
    [
      'promises',
      [Promise.resolve()],
      [Promise.resolve()],
      'a and x differ in [0]: each is equal to itself alone',
    ],
    [
      'causes of errors',
      new Error('x', { cause: deep(1) }),
      new Error('x', { cause: deep(2) }),
      'a and x differ in cause.a.b.c.d.e.f.g: 1, where 2 is expected',
    ],
  ])('%s', (_, actual, expected, note) => {
    expect(noteOf(actual, expected)).toBe(note);
  });

  test('where others differ as anyone can see', () => {
    const { message } = failed(({ expectObservable }) =>
      expectObservable(of(1, { respond })).toBe('(ab|)', { a: 2, b: { respond: () => of(1) } }),
    );

    expect(message).toContain('d and b differ in respond: a function is equal to itself alone');
  });
});

describe('two that do not print the same', () => {
  test.each<[string, unknown, unknown]>([
    ['numbers', 1, 2],
    ['fields', { respond, payload: 1 }, { respond, payload: 2 }],
    ['an error that is expected', new Error('x'), failure('closed')],
    ['members', member('n1'), member('n2')],
  ])('say it themselves: %s', (_, actual, expected) => {
    expect(noteOf(actual, expected)).toBeUndefined();
  });
});

describe('an error is shown with', () => {
  const shown = (error: unknown, expected: unknown) =>
    failed(({ expectObservable }) =>
      expectObservable(throwError(() => error)).toBe('#', undefined, expected),
    );
  const lost = (outcome: 'unknown' | 'not-sent') => new ConnectionLostError('x', { outcome });

  test('its outcome', () => {
    const { actual, expected } = shown(lost('unknown'), lost('not-sent'));

    expect(actual).toBe('#\n# = ConnectionLostError (connection-lost): x { outcome: "unknown" }');
    expect(expected).toBe('#\n# = ConnectionLostError (connection-lost): x { outcome: "not-sent" }');
  });

  test('any field of its own, besides its cause', () => {
    const { actual } = shown(Object.assign(new Error('x', { cause: 1 }), { size: 2 }), new Error('x'));

    expect(actual).toBe('#\n# = Error: x { size: 2 } (cause: 1)');
  });

  test('what its text leaves out', () => {
    const error = (of: number) => Object.assign(new Error('x'), deep(of));

    expect(shown(error(1), error(2)).message).toMatch(/# and # differ in a\.b\.c\.d\.e\.f\.g: 1, where 2 is/);
  });
});

describe('a query', () => {
  const asked = queryEvent('load', new TextEncoder().encode('x'));
  const story =
    (expected: unknown) =>
    ({ serf, events, expectObservable }: SerfMarbles) => {
      events('                                                -q-', { q: asked });
      expectObservable(serf.stream('query', { codec: utf8() })).toBe('-q-', { q: expected });
      expectObservable(serf.stream('query').pipe(decodePayload(utf8()))).toBe('-q-', { q: expected });
    };

  test('is what queryEvent makes, though a codec gives it a function of its own', () => {
    serfMarbles(story(queryEvent('load', 'x')));
  });

  test('is another one with another payload, or without a function', () => {
    expect(failed(story(queryEvent('load', 'y'))).message).toContain('payload: "x"');
    expect(failed(story({ ...queryEvent('load', 'x'), respond: undefined })).message).toContain(
      'respond: [function',
    );
  });

  test('is not one that has a function which is no stand-in', () => {
    expect(failed(story({ ...queryEvent('load', 'x'), respond })).message).toContain(
      'differ in respond: a function is equal to itself alone',
    );
  });

  test('prints as any other', () => {
    const query = queryEvent('load', 'x');

    expect(Object.keys(query.respond)).toEqual([]);
    expect(query).toEqual({ ...query, respond: expect.any(Function) });
  });
});
