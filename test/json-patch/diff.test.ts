import { applyPatch, diff } from 'rxserf/json-patch';
import { describe, expect, test } from 'vitest';
import { received } from './documents.ts';

test.each<[string, unknown, unknown, unknown[]]>([
  ['nothing', { a: [1] }, { a: [1] }, []],
  ['order of members', { a: 1, b: 2 }, { b: 2, a: 1 }, []],
  ['null to a scalar', null, 0, [{ op: 'replace', path: '', value: 0 }]],
  ['false to []', false, [], [{ op: 'replace', path: '', value: [] }]],
  ['[] to {}', [], {}, [{ op: 'replace', path: '', value: {} }]],
  ['0 to false, in an array', [0], [false], [{ op: 'replace', path: '/0', value: false }]],
  ['to null', { a: 1 }, null, [{ op: 'replace', path: '', value: null }]],
  [
    'a member',
    { a: 1, b: 'x'.repeat(90) },
    { a: 2, b: 'x'.repeat(90) },
    [{ op: 'replace', path: '/a', value: 2 }],
  ],
  [
    'names with ~ and /',
    { long: 'x'.repeat(90) },
    { long: 'x'.repeat(90), 'c/d~e': 1 },
    [{ op: 'add', path: '/c~1d~0e', value: 1 }],
  ],
])('%s', (_, from, to, patch) => {
  expect(diff(from, to)).toEqual(patch);
});

describe('arrays', () => {
  const events = Array.from({ length: 200 }, (_, id) => ({ id, name: `event ${id}` }));

  test('one element out of the middle', () => {
    const without = [...events.slice(0, 3), ...events.slice(4)];

    expect(diff(events, received(without))).toEqual([{ op: 'remove', path: '/3' }]);
    expect(diff(without, events)).toEqual([{ op: 'add', path: '/3', value: events[3] }]);
  });

  test('a window that moves on', () => {
    expect(diff({ events: events.slice(0, 100) }, { events: events.slice(2, 102) })).toEqual([
      { op: 'remove', path: '/events/0' },
      { op: 'remove', path: '/events/0' },
      { op: 'add', path: '/events/98', value: events[100] },
      { op: 'add', path: '/events/99', value: events[101] },
    ]);
  });

  test('one element that moved', () => {
    const [first, ...rest] = events;

    expect(diff(events, [...rest, first])).toEqual([
      { op: 'remove', path: '/0' },
      { op: 'add', path: '/199', value: first },
    ]);
  });

  test('an element that changed is changed within', () => {
    const changed = received(events).map((each, i) => (i === 50 ? { ...each, more: 1 } : each));

    expect(diff(events, changed)).toEqual([{ op: 'add', path: '/50/more', value: 1 }]);
  });

  test('what would be longer than the value is a single replace', () => {
    expect(diff({ events }, { events: events.map(({ id }) => id) })).toEqual([
      { op: 'replace', path: '/events', value: events.map(({ id }) => id) },
    ]);
    expect(diff(events, [])).toEqual([{ op: 'replace', path: '', value: [] }]);
  });
});

test('what is shared is not looked at', () => {
  const branch = new Proxy(
    { secret: 1 },
    {
      ownKeys: () => {
        throw new Error('looked at');
      },
    },
  );
  expect(
    diff({ branch, a: { b: [1, 2, 3, 4, 5, 6, 7, 8, 9] } }, { branch, a: { b: [1, 2, 3, 4, 5, 6, 7, 8] } }),
  ).toEqual([{ op: 'remove', path: '/a/b/8' }]);
});

test('arrays within arrays are not compared anew at each level', () => {
  let reads = 0;
  const counted = Object.defineProperty({}, 'a', {
    enumerable: true,
    get: () => {
      reads++;
      return 1;
    },
  });
  const nested = (value: unknown) => {
    let document: unknown = [counted, value];
    for (let i = 0; i < 50; i++) document = [document];
    return document;
  };
  const from = nested(1);

  expect(diff(from, JSON.parse(JSON.stringify(nested(2))))).toEqual([
    { op: 'replace', path: `${'/0'.repeat(50)}/1`, value: 2 },
  ]);
  expect(reads).toBeLessThan(10);
});

test('documents without an end are refused', () => {
  const one: unknown[] = [];
  const other: unknown[] = [];
  one.push(one, 1);
  other.push(other, 2);

  const deep = JSON.parse(`${'['.repeat(5_000)}${']'.repeat(5_000)}`);

  for (const [from, to] of [
    [one, other],
    [null, one],
    [null, deep],
    [deep, [deep]],
  ])
    expect(() => diff(from, to)).toThrow(expect.objectContaining({ code: 'invalid-payload' }));
});

test('500 elements, one out of the middle: a patch of 30 bytes (others: 24 kB, or 7 s)', () => {
  const list = Array.from({ length: 500 }, (_, i) => ({ i, tags: ['a', 'b'] }));
  const patch = diff(received(list), received(list.filter(({ i }) => i !== 3)));

  expect(JSON.stringify(patch).length).toBeLessThan(40);
  expect(applyPatch(list, patch)).toEqual(list.filter(({ i }) => i !== 3));
});

test('a patch that would take whoever applies it longer than a replace is a replace', () => {
  const list = Array.from({ length: 100_000 }, (_, i) => `element ${i}`);
  const patch = diff(
    list,
    list.filter((_, i) => i % 20 !== 0),
  );

  expect(patch.map(({ op, path }) => [op, path])).toEqual([['replace', '']]);
  expect(
    diff(
      list,
      list.filter((_, i) => i % 20_000 !== 0),
    ),
  ).toHaveLength(5);
});
