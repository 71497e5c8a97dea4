import { member } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import {
  filterOptions,
  isAsked,
  parseFilter,
  type QueryForm,
  queryWords,
  wrongWith,
} from '../../dashboard/src/model/query-form.ts';
import {
  inOrderOf,
  percentileMarks,
  percentileOf,
  queryRows,
  repliesJson,
  shortTime,
  stacksOf,
  TimeAxis,
} from '../../dashboard/src/model/query-view.ts';

const FORM: QueryForm = { name: 'load', payload: '', filters: [], timeout: 15, relayFactor: 0, acks: true };

describe('whom a query asks', () => {
  const names = new Set(['a=b', 'web-1']);

  test.each([
    ['role=web', { kind: 'tag', key: 'role', value: 'web' }],
    [' role=a=b ', { kind: 'tag', key: 'role', value: 'a=b' }],
    ['role=', { kind: 'tag', key: 'role', value: '' }],
    ['a=b', { kind: 'node', value: 'a=b' }],
    ['=b', { kind: 'node', value: '=b' }],
    ['web-1', { kind: 'node', value: 'web-1' }],
    [' ', undefined],
  ])('%j', (text, expected) => {
    expect(parseFilter(text, names)).toEqual(expected);
  });

  test('values of one tag are alternatives, different ones have to hold together; who is not alive is not asked', () => {
    const filters = ['role=web', 'role=db', 'dc=eu'].flatMap((text) => parseFilter(text, names) ?? []);
    const asked = (tags: Record<string, string>, status: 'alive' | 'failed' = 'alive') =>
      isAsked(filters, member('n', { tags, status }));
    expect(asked({ role: 'web', dc: 'eu' })).toBe(true);
    expect(asked({ role: 'db', dc: 'eu' })).toBe(true);
    expect(asked({ role: 'web', dc: 'us' })).toBe(false);
    expect(asked({ role: 'web', dc: 'eu' }, 'failed')).toBe(false);
  });

  test('the patterns fit the values, and nothing else', () => {
    const filters = ['v=1.0+(a)', 'role=web', 'role=d|b', 'web-1'].flatMap(
      (text) => parseFilter(text, names) ?? [],
    );
    const { filterTags = {}, filterNodes } = filterOptions(filters);
    expect(filterNodes).toEqual(['web-1']);
    const fits = (key: string, value: string) => new RegExp(filterTags[key] as string).test(value);
    expect(fits('v', '1.0+(a)')).toBe(true);
    expect(fits('v', '1x0+(a)')).toBe(false);
    expect(fits('v', '1.0+(a)!')).toBe(false);
    expect(['web', 'd|b', 'd', 'b', 'webs'].map((value) => fits('role', value))).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
    expect(filterOptions([])).toEqual({});
  });

  test('what cannot be asked is told before', () => {
    const wrong = (part: Partial<QueryForm>) => wrongWith({ ...FORM, ...part }, (name) => name !== 'secret');
    expect(wrong({})).toBeUndefined();
    expect(wrong({ name: '' })).toBe('A query has a name.');
    expect(wrong({ name: 'secret' })).toBe('Your role may not ask this query.');
    expect([0, Number.NaN, 61, -1].map((timeout) => wrong({ timeout })).every(Boolean)).toBe(true);
    expect([4, 0.5, -1, Number.NaN].map((relayFactor) => wrong({ relayFactor })).every(Boolean)).toBe(true);
  });

  test('the same command in a terminal: no text becomes an option', () => {
    const filters = [{ kind: 'node', value: '--evil' } as const];
    expect(
      queryWords({ ...FORM, name: '-n', payload: '{"a":1}', filters, relayFactor: 2, acks: false }),
    ).toEqual('rxserf query --timeout=15s --no-ack --relay-factor=2 --node=--evil -- -n {"a":1}'.split(' '));
  });
});

describe('who answers a query', () => {
  const acks = new Map([
    ['a', 20],
    ['b', 30],
  ]);
  const payload = new TextEncoder().encode('1');
  const rows = queryRows(
    ['a', 'b', 'c'],
    acks,
    new Map([
      ['b', { after: 90, payload }],
      ['x', { after: 5 }],
    ]),
  );

  test('who keeps everybody waiting comes first; who was not asked, too', () => {
    expect(rows.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'c silent',
      'a acked',
      'b answered',
      'x answered',
    ]);
    expect(inOrderOf(['x', 'a', 'b'], rows).map(({ name }) => name)).toEqual(['x', 'a', 'b', 'c']);
  });

  test('replies to take along', () => {
    const bytes = queryRows([], new Map(), new Map([['n', { after: 1.4, payload: new Uint8Array([255]) }]]));
    expect(JSON.parse(repliesJson([...rows, ...bytes]))).toEqual([
      { name: 'c', state: 'silent' },
      { name: 'a', state: 'acked', ackMs: 20 },
      { name: 'b', state: 'answered', ackMs: 30, answerMs: 90, payload: '1' },
      { name: 'x', state: 'answered', answerMs: 5 },
      { name: 'n', state: 'answered', answerMs: 1, payloadBase64: '/w==' },
    ]);
  });

  test('the axis grows, stays within the width, and has labels that do not touch', () => {
    const axis = new TimeAxis(15_000);
    const xs = [0, 5, 10, 100, 1_000, 15_000, 99_000].map((ms) => axis.x(ms));
    expect(xs[0]).toBe(0);
    expect(xs[1]).toBe(0);
    expect([...xs].sort((a, b) => a - b)).toEqual(xs);
    expect(xs.slice(-2)).toEqual([97.5, 97.5]);
    const ticks = axis.ticks(8);
    expect(ticks.at(-1)?.label).toBe('15 s');
    for (const [i, tick] of ticks.slice(1).entries())
      expect(tick.x - (ticks[i]?.x ?? 0)).toBeGreaterThanOrEqual(8);
    // Shorter than where it begins: there is an axis all the same.
    expect(new TimeAxis(0).x(1)).toBe(0);
  });

  test('marbles stand on each other; of very many there are bars', () => {
    const axis = new TimeAxis(1_000);
    const few = stacksOf(
      [
        { ms: 50, colour: 1 },
        { ms: 50, colour: 0 },
        { ms: 900, colour: 0 },
      ],
      axis,
      2,
    );
    expect(few.marbles.map(({ level, colour }) => [level, colour])).toEqual([
      [0, 0],
      [1, 1],
      [0, 0],
    ]);
    const many = stacksOf(
      Array.from({ length: 201 }, () => ({ ms: 50, colour: 0 })),
      axis,
      2,
    );
    expect(many.marbles).toEqual([]);
    expect(many.bars).toHaveLength(1);
    expect(stacksOf([], axis, 2)).toEqual({ marbles: [], bars: [], highest: 0 });
  });

  test('percentiles are times that were', () => {
    expect(percentileOf([], 0.5)).toBeUndefined();
    expect([0.5, 0.9, 0.99].map((share) => percentileOf([3, 1, 2], share))).toEqual([2, 3, 3]);
    expect(percentileMarks([10], new TimeAxis(100)).map(({ label }) => label)).toEqual(['p50', 'p90', 'p99']);
  });

  test.each([
    [0.34, '0.3 ms'],
    [12.6, '13 ms'],
    [1_240, '1.24 s'],
    [13_800, '13.8 s'],
  ])('%d ms is %s', (ms, text) => {
    expect(shortTime(ms)).toBe(text);
  });
});
