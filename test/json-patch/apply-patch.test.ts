import { SerfError } from 'rxserf';
import {
  applyPatch,
  formatPointer,
  type JsonPatch,
  JsonPatchError,
  type JsonPatchLimits,
  parsePointer,
} from 'rxserf/json-patch';
import { describe, expect, test } from 'vitest';
import { frozen } from './documents.ts';

/** What applying ends with. */
function failure(document: unknown, patch: unknown, limits?: Partial<JsonPatchLimits>): JsonPatchError {
  try {
    applyPatch(frozen(document), patch as JsonPatch, limits && { limits });
  } catch (error) {
    if (error instanceof JsonPatchError) return error;
    throw error;
  }
  throw new Error('it was applied');
}

const own = (text: string) => JSON.parse(text) as Record<string, unknown>;

describe('names that are traps', () => {
  test('__proto__ is a member like any other', () => {
    const document = frozen(own('{"__proto__":{"a":1},"b":2}'));

    const made = applyPatch(document, [
      { op: 'add', path: '/__proto__/c', value: 3 },
      { op: 'copy', from: '/__proto__', path: '/copy' },
      { op: 'replace', path: '/b', value: own('{"__proto__":4}') as never },
    ]);

    expect(JSON.stringify(made)).toBe('{"__proto__":{"a":1,"c":3},"b":{"__proto__":4},"copy":{"a":1,"c":3}}');
    expect(Object.getPrototypeOf(made)).toBe(Object.prototype);
    expect(({} as Record<string, unknown>)['c']).toBeUndefined();
  });

  test('__proto__ is added where there is none, and taken away', () => {
    const added = applyPatch({}, [{ op: 'add', path: '/__proto__', value: { polluted: true } }]);

    expect(JSON.stringify(added)).toBe('{"__proto__":{"polluted":true}}');
    expect((added as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(JSON.stringify(applyPatch(added, [{ op: 'remove', path: '/__proto__' }]))).toBe('{}');
  });

  test.each(['/__proto__/polluted', '/constructor/prototype/polluted', '/toString', '/a/length', '/a/push'])(
    'nothing is inherited: %s',
    (path) => {
      for (const op of ['remove', 'replace', 'test', 'copy', 'move'])
        expect(failure({ a: [] }, [{ op, path, from: path, value: 1 }]).code).toBe('patch-conflict');
      expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    },
  );

  test('what is inherited is equal to nothing', () => {
    const value = own('{"__proto__":{}}');

    expect(failure({ x: 1 }, [{ op: 'test', path: '', value }]).code).toBe('patch-test-failed');
    expect(failure(value, [{ op: 'test', path: '', value: { x: 1 } }]).code).toBe('patch-test-failed');
  });

  test('what is inherited by `op`, `path`, `value` does not count', () => {
    const inherited = Object.create({ op: 'remove', path: '/a', value: 1 });

    expect(failure({ a: 1 }, [inherited]).code).toBe('patch-invalid');
    expect(failure({ a: 1 }, [{ op: 'toString', path: '' }]).code).toBe('patch-invalid');
  });

  test('a table without a prototype stays one', () => {
    const tags: Record<string, string> = Object.assign(Object.create(null), { role: 'web' });
    const made = applyPatch<{ tags: object }>({ tags }, [{ op: 'add', path: '/tags/zone', value: 'a' }]);

    expect(Object.getPrototypeOf(made.tags)).toBeNull();
    expect({ ...made.tags }).toEqual({ role: 'web', zone: 'a' });
  });
});

describe('strict', () => {
  const document = { a: { b: [1, 2, 3] }, n: null, s: 'text' };

  test.each<[string, object, JsonPatchError['code']]>([
    ['an unknown op', { op: 'spam', path: '/a' }, 'patch-invalid'],
    ['no op', { path: '/a' }, 'patch-invalid'],
    ['op in capitals', { op: 'ADD', path: '/x', value: 1 }, 'patch-invalid'],
    ['no path', { op: 'add', value: 1 }, 'patch-invalid'],
    ['a path that is a number', { op: 'add', path: 0, value: 1 }, 'patch-invalid'],
    ['a path without a slash', { op: 'add', path: 'a', value: 1 }, 'patch-invalid'],
    ['a path in URI form', { op: 'add', path: '#/a', value: 1 }, 'patch-invalid'],
    ['a ~ at the end', { op: 'add', path: '/a~', value: 1 }, 'patch-invalid'],
    ['~2', { op: 'add', path: '/a~2', value: 1 }, 'patch-invalid'],
    ['no from', { op: 'move', path: '/a' }, 'patch-invalid'],
    ['a bad from', { op: 'copy', from: 'a', path: '/x' }, 'patch-invalid'],
    ['no value', { op: 'replace', path: '/a' }, 'patch-invalid'],
    ['undefined', { op: 'add', path: '/x', value: undefined }, 'patch-invalid'],
    ['NaN within', { op: 'add', path: '/x', value: [Number.NaN] }, 'patch-invalid'],
    ['a date', { op: 'add', path: '/x', value: new Date(0) }, 'patch-invalid'],
    ['a big integer', { op: 'add', path: '/x', value: { y: 1n } }, 'patch-invalid'],
    ['an array as an operation', ['add'], 'patch-invalid'],
    ['a parent that is missing', { op: 'add', path: '/x/y', value: 1 }, 'patch-conflict'],
    ['a parent that is null', { op: 'add', path: '/n/y', value: 1 }, 'patch-conflict'],
    ['a parent that is a text', { op: 'replace', path: '/s/0', value: 1 }, 'patch-conflict'],
    ['the length of a text', { op: 'test', path: '/s/length', value: 4 }, 'patch-conflict'],
    ['replace what is missing', { op: 'replace', path: '/x', value: 1 }, 'patch-conflict'],
    ['remove what is missing', { op: 'remove', path: '/a/b/3' }, 'patch-conflict'],
    ['remove everything', { op: 'remove', path: '' }, 'patch-conflict'],
    ['move from what is missing', { op: 'move', from: '/x', path: '/y' }, 'patch-conflict'],
    ['move into itself', { op: 'move', from: '/a', path: '/a/b/0' }, 'patch-conflict'],
    ['move everything into itself', { op: 'move', from: '', path: '/x' }, 'patch-conflict'],
    ['an index past the end', { op: 'add', path: '/a/b/4', value: 1 }, 'patch-conflict'],
    ['a leading zero', { op: 'replace', path: '/a/b/01', value: 1 }, 'patch-conflict'],
    ['a sign', { op: 'add', path: '/a/b/+1', value: 1 }, 'patch-conflict'],
    ['a negative index', { op: 'add', path: '/a/b/-1', value: 1 }, 'patch-conflict'],
    ['an exponent', { op: 'replace', path: '/a/b/1e0', value: 1 }, 'patch-conflict'],
    ['no index', { op: 'add', path: '/a/b/x', value: 1 }, 'patch-conflict'],
    ['an empty index', { op: 'add', path: '/a/b/', value: 1 }, 'patch-conflict'],
    ['a huge index', { op: 'add', path: `/a/b/${'9'.repeat(30)}`, value: 1 }, 'patch-conflict'],
    ['the element behind the last', { op: 'remove', path: '/a/b/-' }, 'patch-conflict'],
    ['through the element behind the last', { op: 'add', path: '/a/b/-/x', value: 1 }, 'patch-conflict'],
    ['true is not 1', { op: 'test', path: '/a/b/0', value: true }, 'patch-test-failed'],
    ['a text is not its number', { op: 'test', path: '/a/b/0', value: '1' }, 'patch-test-failed'],
    ['null is not missing', { op: 'test', path: '/x', value: null }, 'patch-conflict'],
    [
      'an array is not an object',
      { op: 'test', path: '/a/b', value: { 0: 1, 1: 2, 2: 3 } },
      'patch-test-failed',
    ],
  ])('%s', (_, operation, code) => {
    const error = failure(document, [{ op: 'test', path: '/a/b/0', value: 1 }, operation]);

    expect(error).toMatchObject({ code, index: 1, name: 'JsonPatchError' });
    expect(error).toBeInstanceOf(SerfError);
  });

  test.each([undefined, null, 'a text', 5, {}, { length: 0 }])('%j is no patch', (patch) => {
    expect(failure(document, patch)).toMatchObject({ code: 'patch-invalid', index: undefined });
  });

  test('an error says which operation and where, and shows no value', () => {
    const secret = 'hunter2';
    const error = failure({ key: secret }, [{ op: 'test', path: '/key', value: 'x'.repeat(50) }]);

    expect(error).toMatchObject({ index: 0, operation: 'test', path: '/key' });
    expect(error.message).toBe('operation 0 (test "/key"): the value is another one');
    expect(JSON.stringify(error)).not.toContain(secret);
  });

  test('a text of a peer’s does not fill the error', () => {
    const long = `/${'x\u001b[2J'.repeat(10_000)}`;

    expect(failure({}, [{ op: 'remove', path: long }]).message.length).toBeLessThan(2_000);
    expect(failure({}, [{ op: long, path: '' }]).message).not.toContain('\u001b');
  });
});

describe('all or nothing', () => {
  test('what came before the operation that fails is not seen', () => {
    const document = frozen({ list: [1, 2, 3], table: { a: 1 } });
    const before = JSON.stringify(document);

    failure(document, [
      { op: 'remove', path: '/list/0' },
      { op: 'add', path: '/table/b', value: 2 },
      { op: 'move', from: '/table/a', path: '/list/-' },
      { op: 'test', path: '/table/b', value: 3 },
    ]);

    expect(JSON.stringify(document)).toBe(before);
  });

  test('what was copied is two values from then on', () => {
    const made = applyPatch(frozen({ a: { list: [1] } }), [
      { op: 'add', path: '/a/list/-', value: 2 },
      { op: 'copy', from: '/a', path: '/b' },
      { op: 'add', path: '/a/list/-', value: 3 },
      { op: 'add', path: '/b/list/-', value: 4 },
    ]);

    expect(made).toEqual({ a: { list: [1, 2, 3] }, b: { list: [1, 2, 4] } });
  });

  test('a value of the patch is not written to', () => {
    const value = frozen({ list: [1] });
    const patch: JsonPatch = [
      { op: 'add', path: '/a', value },
      { op: 'add', path: '/b', value },
      { op: 'add', path: '/a/list/-', value: 2 },
    ];

    expect(applyPatch({}, patch)).toEqual({ a: { list: [1, 2] }, b: { list: [1] } });
    expect(applyPatch({}, patch)).toEqual({ a: { list: [1, 2] }, b: { list: [1] } });
  });

  test('everything can be copied into itself, and moved to where it is', () => {
    expect(applyPatch({ a: 1 }, [{ op: 'copy', from: '', path: '/b' }])).toEqual({ a: 1, b: { a: 1 } });
    expect(applyPatch({ a: 1 }, [{ op: 'move', from: '/a', path: '/a' }])).toEqual({ a: 1 });
    expect(applyPatch({ a: 1 }, [{ op: 'move', from: '/a', path: '' }])).toBe(1);
  });
});

describe('bounds', () => {
  test('copies that double the document', () => {
    const doubling = Array.from({ length: 60 }, (_, i) => ({ op: 'copy', from: '', path: `/${i}` }));
    const error = failure({ text: 'x'.repeat(1_000) }, doubling);

    expect(error).toMatchObject({ code: 'patch-too-large', operation: 'copy' });
    expect(error.index).toBeLessThan(20);
  });

  test('copies and removals in turn: work that leaves nothing behind', () => {
    const document = { big: Array.from({ length: 100_000 }, (_, i) => ({ i })) };
    const patch = Array.from({ length: 2_000 }, () => [
      { op: 'copy', from: '/big', path: '/copy' },
      { op: 'remove', path: '/copy' },
    ]).flat();

    expect(failure(document, patch)).toMatchObject({ code: 'patch-too-large' });
  });

  test.each<[string, unknown]>([
    ['table', Object.fromEntries(Array.from({ length: 1_000 }, (_, i) => [`k${i}`, 0]))],
    ['array', Array.from({ length: 8_000 }, () => 0)],
  ])('copies of a %s of scalars that replace each other: its members are work, too', (_, big) => {
    const patch = Array.from({ length: 100 }, () => ({ op: 'copy', from: '/big', path: '/copy' }));

    const error = failure({ big, copy: 0 }, patch, { work: 10_500 });
    expect(error.message).toContain('limits.work');
    expect(error.index).toBe(10);
  });

  const equal = Array.from({ length: 100_000 }, () => [0]);

  test.each<[string, () => object]>([
    ['at the front of an array', () => ({ op: 'add', path: '/0', value: 0 })],
    ['comparisons of all', () => ({ op: 'test', path: '', value: equal })],
  ])('an operation that is small and costs much: %s', (_, operation) => {
    const document = Array.from({ length: 100_000 }, () => [0]);
    const patch = Array.from({ length: 1_000 }, () => operation());

    expect(failure(document, patch).message).toContain('limits.work');
  });

  test('depth, by values and by paths', () => {
    const nested = (levels: number) => JSON.parse(`${'['.repeat(levels)}${']'.repeat(levels)}`);
    const limits = { depth: 10 };

    expect(applyPatch(null, [{ op: 'replace', path: '', value: nested(10) }], { limits })).toEqual(
      nested(10),
    );
    expect(failure(null, [{ op: 'replace', path: '', value: nested(11) }], limits).code).toBe(
      'patch-too-large',
    );
    expect(failure({ a: {} }, [{ op: 'add', path: '/a/b', value: nested(9) }], limits).code).toBe(
      'patch-too-large',
    );
    expect(
      failure({ a: nested(8), b: { c: {} } }, [{ op: 'move', from: '/a', path: '/b/c/d' }], limits).code,
    ).toBe('patch-too-large');
    expect(failure(null, [{ op: 'add', path: '', value: nested(100_000) }]).code).toBe('patch-too-large');
  });

  test('a cycle', () => {
    const cycle: unknown[] = [];
    cycle.push(cycle);
    expect(() => applyPatch(null, [{ op: 'add', path: '', value: cycle as never }])).toThrow(/cycle/);
  });

  test('operations', () => {
    const patch = Array.from({ length: 11 }, () => ({ op: 'test', path: '', value: null }));

    expect(failure(null, patch, { operations: 10 })).toMatchObject({
      code: 'patch-too-large',
      index: undefined,
    });
    expect(applyPatch(null, patch as JsonPatch)).toBeNull();
  });

  test('bounds that are none', () => {
    expect(() => applyPatch(null, [], { limits: { depth: 0 } })).toThrow('limits.depth');
    expect(() => applyPatch(null, [], { limits: { work: Number.NaN } })).toThrow('limits.work');
  });
});

describe('pointers', () => {
  test.each<[string, string[]]>([
    // RFC 6901, section 5.
    ['', []],
    ['/foo', ['foo']],
    ['/foo/0', ['foo', '0']],
    ['/', ['']],
    ['/a~1b', ['a/b']],
    ['/c%d', ['c%d']],
    ['/ ', [' ']],
    ['/m~0n', ['m~n']],
    ['/~01', ['~1']],
    ['//', ['', '']],
  ])('%j', (pointer, tokens) => {
    expect(parsePointer(pointer)).toEqual(tokens);
    expect(formatPointer(tokens)).toBe(pointer);
  });

  test.each(['foo', '#', '/~', '/~2', '/a~'])('%j is none', (pointer) => {
    expect(() => parsePointer(pointer)).toThrow(expect.objectContaining({ code: 'invalid-argument' }));
  });
});
