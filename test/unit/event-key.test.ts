import fc from 'fast-check';
import type { Member } from 'rxserf';
import { member, queryEvent, userEvent } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import { EventKeys, memberKey } from '../../src/operators/internal/event-key.ts';

/** The key of an event with this payload. */
function keyOf(payload: unknown, keys = new EventKeys()) {
  return keys.of(userEvent('deploy', payload));
}

/** Another object that is equal. */
const copy = <T>(value: T): T => structuredClone(value);

class Started {
  readonly id = 1;
}
class Stopped {
  readonly id = 1;
}
class Hidden {
  #state = 1;
  get state() {
    return this.#state;
  }
}

describe('payloads are told apart', () => {
  test('all of these', () => {
    const different: unknown[] = [
      undefined,
      null,
      true,
      false,
      'true',
      'null',
      'undefined',
      '',
      0,
      -0,
      1,
      '1',
      1n,
      '1n',
      Number.NaN,
      Number.POSITIVE_INFINITY,
      Number.NEGATIVE_INFINITY,
      Uint8Array.of(),
      Uint8Array.of(49),
      Uint8Array.of(49, 49),
      Uint16Array.of(49),
      Float64Array.of(49),
      [],
      {},
      [[]],
      [[], []],
      [[[]]],
      [{}],
      [1],
      ['1'],
      [1, 2],
      [[1], 2],
      [1, [2]],
      ['1,2'],
      ['a', 'b'],
      ['a b'],
      ['a 1:b'],
      [undefined],
      [null],
      { a: 1 },
      { a: '1' },
      { a: 1, b: 2 },
      { b: 1, a: 2 },
      { a: { b: 2 } },
      { a: undefined },
      { '0': 1 },
      { length: 0 },
      new Map(),
      new Map([['a', 1]]),
      new Map([['a', '1']]),
      new Set(),
      new Set(['a']),
      new Set(['a', 1]),
      new Date(1),
      new Date(2),
      new Date(1).toJSON(),
      new Started(),
      new Stopped(),
      JSON.parse('{"__proto__":1}'),
      JSON.parse('{"toJSON":1}'),
    ];
    const keys = new EventKeys();
    const all = different.map((payload) => keyOf(payload, keys));

    expect(all).not.toContain(undefined);
    expect(new Set(all).size).toBe(different.length);
  });

  test('by what is in them, not by which object they are', () => {
    const keys = new EventKeys();
    const same = (make: () => unknown) => expect(keyOf(make(), keys)).toBe(keyOf(make(), keys));
    same(() => Uint8Array.of(1, 2, 3));
    same(() => ({ a: [1, { b: 'c' }], d: new Map([[{ e: 1 }, new Set([2n])]]) }));
    same(() => new Date(1));
    same(() => new Date(Number.NaN));
    same(() => new Started());
    same(() => Object.assign(Object.create(null), { a: 1 }));
    expect(keyOf(Object.assign(Object.create(null), { a: 1 }), keys)).toBe(keyOf({ a: 1 }, keys));
    expect(keyOf(Buffer.of(1, 2), keys)).toBe(keyOf(Uint8Array.of(1, 2), keys));
    expect(keyOf(Buffer.of(9, 1, 2).subarray(1), keys)).toBe(keyOf(Uint8Array.of(1, 2), keys));
  });

  test('whatever JSON says, if and only if it says something else', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (a, b) => {
        const keys = new EventKeys();
        expect(keyOf(a, keys)).toBe(keyOf(copy(a), keys));
        expect(keyOf(a, keys) === keyOf(b, keys)).toBe(sameJson(a, b));
      }),
    );
  });

  test('texts and bytes of any length, whole', () => {
    const long = 'x'.repeat(1_000_000);
    const many = new Uint8Array(1_000_000);
    const other = many.with(999_999, 1);

    expect(keyOf(`${long}a`)).not.toBe(keyOf(`${long}b`));
    expect(keyOf(many)).not.toBe(keyOf(other));
    expect(keyOf(many)).toBe(keyOf(many.slice()));
  });
});

describe('payloads that are the same as no other', () => {
  const circle: unknown[] = [];
  circle.push(circle);
  const throwing = {
    get a() {
      throw new Error('in a getter');
    },
  };
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();
  const doubled = Array.from({ length: 40 }).reduce((value) => [value, value], 'x'.repeat(99));
  const cases: Record<string, unknown> = {
    'a function': () => {},
    'a symbol': Symbol.for('a'),
    'a function inside': { a: [() => {}] },
    'a circle': circle,
    'what throws': throwing,
    'a revoked proxy': revoked.proxy,
    'a toJSON that throws': {
      toJSON() {
        throw new Error('in toJSON');
      },
    },
    'a toJSON without end': {
      toJSON() {
        return { ...this };
      },
    },
    'a class without properties': new Hidden(),
    'a RegExp': /a/,
    'an Error': new Error('a'),
    'an ArrayBuffer': new ArrayBuffer(1),
    'a Promise': Promise.resolve(),
    'a value that unfolds': doubled,
    'a long array': new Array(200_000).fill(0),
    'a huge sparse array': new Array(2 ** 32 - 1),
    'a large map': new Map(Array.from({ length: 200_000 }, (_, index) => [index, index])),
    'long texts inside': ['x'.repeat(120_000), 'x'.repeat(120_000)],
    'many bytes inside': [new Uint8Array(200_000)],
    'many numbers inside': [new Float64Array(30_000)],
  };
  test.each(Object.entries(cases))('%s', (_, payload) => {
    expect(keyOf(payload)).toBeUndefined();
  });

  test('never one that an agent lets through, as a codec makes it', () => {
    const most = 9 * 1_024;
    const deep = JSON.parse('['.repeat(most / 2) + ']'.repeat(most / 2));
    const wide = JSON.parse(`[${'0,'.repeat(most / 2 - 2)}0]`);
    const objects = JSON.parse(`[${'{},'.repeat(most / 3 - 2)}{}]`);
    const msgpack = [1, false, undefined, '', null, {}].map((part) => new Array(most - 3).fill(part));

    for (const payload of [deep, wide, objects, ...msgpack]) expect(keyOf(payload)).toBeTypeOf('string');
  });

  test('nothing makes it throw', () => {
    const anything = fc.anything({
      withBigInt: true,
      withBoxedValues: true,
      withDate: true,
      withMap: true,
      withNullPrototype: true,
      withObjectString: true,
      withSet: true,
      withSparseArray: true,
      withTypedArray: true,
    });
    fc.assert(fc.property(anything, (payload) => void keyOf(payload)));
  });
});

describe('an event', () => {
  test('is its kind, name and Lamport time, too', () => {
    const keys = new EventKeys();
    const all = [
      keys.of(userEvent('load', 'a', { ltime: 1 })),
      keys.of(queryEvent('load', 'a', { ltime: 1 })),
      keys.of(queryEvent('load', 'a', { ltime: 2 })),
      keys.of(queryEvent('loads', 'a', { ltime: 2 })),
      keys.of(queryEvent('load', 'a', { ltime: 2n ** 64n - 1n })),
    ];

    expect(new Set(all).size).toBe(all.length);
  });

  test('is not its id: that is the connection’s', () => {
    const keys = new EventKeys();

    expect(keys.of(queryEvent('load', 'a', { id: 1 }))).toBe(keys.of(queryEvent('load', 'a', { id: 2 })));
  });
});

describe('a member', () => {
  const n1 = member('n1', { tags: { a: '1', b: '2' } });
  const others: Record<string, Member> = {
    name: { ...n1, name: 'n2' },
    status: { ...n1, status: 'leaving' },
    address: { ...n1, address: '127.0.0.2' },
    port: { ...n1, port: 1 },
    'a tag': member('n1', { tags: { a: '1', b: '3' } }),
    'one tag more': member('n1', { tags: { a: '1', b: '2', c: '' } }),
    'one tag less': member('n1', { tags: { a: '1' } }),
    'tags that look alike': member('n1', { tags: { a: '11:b1:2' } }),
  };
  test.each(Object.entries(others))('is another one by %s', (_, other) => {
    expect(memberKey('member-update', other)).not.toBe(memberKey('member-update', n1));
  });

  test('by what became of it', () => {
    expect(memberKey('member-join', n1)).not.toBe(memberKey('member-update', n1));
  });

  test('is the same, with its tags in another order', () => {
    const other = member('n1', { tags: { b: '2', a: '1' } });

    expect(memberKey('member-join', other)).toBe(memberKey('member-join', n1));
  });

  test('may have names that objects have', () => {
    const tags = JSON.parse('{"__proto__":"1","constructor":"2"}');
    const named = { ...n1, name: '__proto__', tags };

    expect(memberKey('member-join', named)).toContain('9:__proto__1:1');
  });
});

/** Equal as JSON has it, properties in their order, and zeros by their signs. */
function sameJson(a: unknown, b: unknown): boolean {
  const shown = (value: unknown) =>
    JSON.stringify(value, (_, part) => (Object.is(part, -0) ? { 'minus zero': part + 1 } : part));
  return shown(a) === shown(b);
}
