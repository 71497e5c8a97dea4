import { inspect } from 'node:util';
import { describe, expect, test } from 'vitest';
import { toKeyReport, toMembers, toStats } from '../../src/protocol/translate.ts';
import { SafeTable } from '../../src/safe-table.ts';
import { wire } from '../protocol/support/values.ts';

const HOSTILE = { ['__proto__']: 'x', constructor: 'y', toString: 'z', hasOwnProperty: 'h', toJSON: 'j' };
const TEXTS = { role: 'web', dc: 'eu' };

/** A table as it comes from the wire. */
function table(entries: Record<string, string>): Readonly<Record<string, string>> {
  return toStats(wire({ tags: entries }))['tags'] ?? {};
}

describe('a table from the wire', () => {
  test('prints as a plain object does', () => {
    expect(inspect(table(TEXTS))).toBe(inspect(TEXTS));
    expect(inspect({ tags: [table(TEXTS)] }, { depth: 5 })).toBe(inspect({ tags: [TEXTS] }, { depth: 5 }));
    expect(inspect({ a: { b: { c: table(TEXTS) } } })).toBe(inspect({ a: { b: { c: TEXTS } } }));
    expect(inspect(new SafeTable())).toBe('{}');
  });

  test('converts as a plain object does', () => {
    expect(`${table(TEXTS)}`).toBe(`${TEXTS}`);
    expect(String(table(HOSTILE))).toBe('[object Object]');
    expect(Number(table(TEXTS))).toBeNaN();
    expect(JSON.stringify(table(TEXTS))).toBe(JSON.stringify(TEXTS));
    expect(structuredClone(table(TEXTS))).toStrictEqual(TEXTS);
    expect({ ...table(TEXTS) }).toStrictEqual(TEXTS);
    expect(Object.entries(table(TEXTS))).toEqual(Object.entries(TEXTS));
    expect(table(TEXTS)).toEqual(TEXTS);
    expect(Object.hasOwn(table(TEXTS), 'role')).toBe(true);
    const keys: string[] = [];
    for (const key in table(TEXTS)) keys.push(key);
    expect(keys).toEqual(Object.keys(TEXTS));
  });

  test('has no key that nobody has set', () => {
    for (const key of ['__proto__', 'constructor', 'toString', 'valueOf', 'hasOwnProperty', 'then']) {
      expect(table(TEXTS)[key]).toBeUndefined();
      expect(Object.hasOwn(table(TEXTS), key)).toBe(false);
    }
  });

  test('has every key that somebody has set, as data', () => {
    const hostile = table(HOSTILE);
    expect(Object.entries(hostile)).toEqual(Object.entries(HOSTILE));
    expect(Reflect.get(hostile, '__proto__')).toBe('x');
    expect(inspect(hostile)).toContain("['__proto__']: 'x'");
    expect(JSON.stringify(hostile)).toBe(JSON.stringify(HOSTILE));
    expect(Object.entries(structuredClone(hostile))).toEqual(Object.entries(HOSTILE));
    expect(({} as Record<string, unknown>)['x']).toBeUndefined();
  });
});

test('tags, stats and key reports are such tables', () => {
  const report = toKeyReport(wire({ Messages: TEXTS, Keys: { abc: 2 } }));
  const [member] = toMembers(wire({ Members: [{ Name: 'n1', Tags: TEXTS }] }));
  const stats = toStats(wire({ agent: { name: 'n1' } }));

  expect(inspect([report.messages, report.keys, member?.tags, stats])).toBe(
    inspect([TEXTS, { abc: 2 }, TEXTS, { agent: { name: 'n1' } }]),
  );
});
