import fc from 'fast-check';
import type { Member } from 'rxserf';
import { member, memberEvent } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import { censusOf } from '../../dashboard/src/model/census.ts';
import { clusterLine } from '../../dashboard/src/model/cluster-line.ts';
import { EventLog, KEPT, KEPT_MARKS, KEPT_OF_MEMBER } from '../../dashboard/src/model/event-log.ts';
import { facetsOf } from '../../dashboard/src/model/facets.ts';
import { feedOf, newsText } from '../../dashboard/src/model/feed.ts';
import { lifelineOf } from '../../dashboard/src/model/lifeline.ts';
import { type Mark, type MarkKind, positionOf } from '../../dashboard/src/model/mark.ts';
import {
  bestToDrop,
  type Condition,
  conditionsOf,
  conditionText,
  matches,
  paramsOf,
  toggled,
  without,
} from '../../dashboard/src/model/member-filter.ts';
import { hold, longestRising, sortRows } from '../../dashboard/src/model/member-order.ts';
import { countsOf, type MemberRow, rowOf, sharedAddresses } from '../../dashboard/src/model/member-row.ts';
import { MemberRows } from '../../dashboard/src/model/member-rows.ts';
import { byName, NameOrder } from '../../dashboard/src/model/name-order.ts';
import { bestView, payloadLines } from '../../dashboard/src/model/payload-view.ts';
import { rowAfter } from '../../dashboard/src/model/row-keys.ts';
import { estimatedRtt, rttText, scalePosition } from '../../dashboard/src/model/rtt.ts';
import { press } from '../../dashboard/src/model/shortcuts.ts';
import { standingOf } from '../../dashboard/src/model/standing.ts';
import { tagsThatFit } from '../../dashboard/src/model/tag-chips.ts';
import { durationText } from '../../dashboard/src/model/time-text.ts';
import { isPlain, visibleParts, visibleText } from '../../dashboard/src/model/visible-text.ts';

const NOW = 1_700_000_000_000;
const NONE: readonly Mark[] = [];
const row = (name: string, with_: Partial<Member> = {}, marks: readonly Mark[] = []): MemberRow =>
  rowOf({ ...member(name), ...with_ }, marks, NOW);
const mark = (kind: MarkKind, ago: number, keys?: string[]): Mark => ({
  at: NOW - ago,
  kind,
  subject: 'n',
  ...(keys && { keys }),
});
const rowsOf = (names: readonly string[]) => names.map((name) => row(name));
const namesOf = (rows: readonly MemberRow[]) => rows.map(({ member: { name } }) => name);
/** Any text, lone surrogates and all. */
const anyText = fc
  .string({ unit: 'binary', maxLength: 30 })
  .chain((text) => fc.constantFrom('', '\udc80', '\u202e', '\u200b', '\u0000').map((more) => text + more));

describe('text of strangers', () => {
  test.each([
    ['web\u202e70', 'web\\u202e70'],
    ['a\u200bb\u0007', 'a\\u200bb\\u0007'],
    ['\udc80', '\\udc80'],
    ['\u{e0041}', '\\u{e0041}'],
    ['größe 日本 😀', 'größe 日本 😀'],
  ])('%j is shown as %s', (text, shown) => {
    expect(visibleText(text)).toBe(shown);
  });

  test('nothing that cannot be seen is left, and nothing else is changed', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        const parts = visibleParts(text);
        expect(parts.map((part) => part.text).join('')).not.toMatch(/[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
        expect(isPlain(text)).toBe(parts.every(({ escaped }) => !escaped));
        const plain = parts.filter(({ escaped }) => !escaped).map((part) => part.text);
        let at = 0;
        for (const part of plain) {
          at = text.indexOf(part, at);
          expect(at).toBeGreaterThanOrEqual(0);
          at += part.length;
        }
      }),
    );
  });
});

describe('chips', () => {
  const fitting = (tags: [string, string][], most = 4) =>
    tagsThatFit(tags, 296, most).map(([key, value]) => `${key}=${value}`);

  test('four short ones', () => {
    const tags: [string, string][] = [
      ['role', 'queue'],
      ['dc', 'ap'],
      ['version', 'v41'],
      ['az', 'b'],
    ];
    expect(fitting(tags)).toEqual(['role=queue', 'dc=ap', 'version=v41', 'az=b']);
    expect(fitting(tags, 2)).toHaveLength(2);
  });

  test('one that has no room is left out, and not all of them cut', () => {
    expect(
      fitting([
        ['role', 'web'],
        ['image', 'registry.example.com/web/frontend:2026-11-29'],
        ['kernel', '6.12.48-generic-amd64'],
        ['dc', 'eu'],
      ]),
    ).toEqual(['role=web', 'image=registry.example.com/web/frontend:2026-11-29', 'dc=eu']);
  });

  test('the first is there, however long it is', () => {
    expect(tagsThatFit([['note', 'x'.repeat(200)] as const], 100, 4)).toHaveLength(1);
    expect(tagsThatFit([], 100, 4)).toEqual([]);
  });
});

describe('filters', () => {
  const rows = [
    row('web-1', { tags: { role: 'web', dc: 'eu' } }),
    row('web-2', { tags: { role: 'web', dc: 'us' }, status: 'failed' }),
    row('db-1', { tags: { role: 'db', dc: 'eu' }, address: '10.9.9.9' }),
  ];
  const trips = new Map([
    ['web-1', 0.5],
    ['web-2', 40],
  ]);
  const roundTripOf = (name: string) => trips.get(name);
  const fitting = (conditions: Condition[], some = rows) =>
    namesOf(some.filter((each) => matches(conditions, each, roundTripOf)));

  test('values of one tag are alternatives; all else has to hold', () => {
    expect(fitting(conditionsOf({ tag: ['role:web', 'role:db', 'dc:eu'] }))).toEqual(['web-1', 'db-1']);
    expect(fitting(conditionsOf({ q: 'WEB', status: 'failed' }))).toEqual(['web-2']);
    expect(fitting(conditionsOf({ q: '10.9 role=d' }))).toEqual(['db-1']);
    expect(fitting(conditionsOf({ tag: ['__proto__:x'] }))).toEqual([]);
  });

  test('an address keeps them', () => {
    const word = fc.stringMatching(/^[^\s]{1,8}$/);
    const tag = fc.record({
      kind: fc.constant('tag' as const),
      key: fc.oneof(fc.stringMatching(/^[:%325A]{0,5}$/), anyText),
      value: anyText,
    });
    const text = fc.record({ kind: fc.constant('text' as const), value: word });
    const rtt = fc.record({
      kind: fc.constant('rtt' as const),
      relation: fc.constantFrom('<' as const, '>' as const),
      value: fc.nat(999_999_999).map((value) => value / 1_000),
    });
    const words = fc.array(fc.oneof(text, rtt), { maxLength: 4 });
    fc.assert(
      fc.property(fc.array(tag, { maxLength: 5 }), words, (tags, words) => {
        const params = paramsOf([...tags, ...words]);
        for (const param of params.tag) expect(() => encodeURIComponent(param)).not.toThrow();
        expect(conditionsOf(params)).toEqual([...tags, ...words]);
      }),
    );
  });

  test('a round trip that is asked for has to be known, and to fit', () => {
    expect(fitting(conditionsOf({ q: 'rtt<40' }))).toEqual(['web-1']);
    expect(fitting(conditionsOf({ q: 'RTT>0.25 rtt<40.5' }))).toEqual(['web-1', 'web-2']);
    expect(fitting(conditionsOf({ q: 'rtt>0.5 web' }))).toEqual(['web-2']);
    expect(fitting(conditionsOf({ q: 'rtt<1', tag: ['dc:us'] }))).toEqual([]);
    expect(fitting(conditionsOf({ q: 'rtt<40' }), [row('web-1', { status: 'left' })])).toEqual([]);
  });

  test.each(['rtt', 'rtt<', 'rtt<x', 'rtt=4', 'rtt<-4', 'rtt<1e3', 'rtt<40ms', 'xrtt<4', 'rtt<1234567'])(
    '%s is no round trip, but text',
    (value) => {
      expect(conditionsOf({ q: value })).toEqual([{ kind: 'text', value }]);
    },
  );

  test('of two round trips one is dropped, and not the other', () => {
    const [over, under] = conditionsOf({ q: 'rtt>20 rtt<20' }) as [Condition, Condition];
    expect(without([over, under], over)).toEqual([under]);
    expect([over, under].map(conditionText)).toEqual(['rtt>20', 'rtt<20']);
  });

  test('twice the same is none; a status takes the place of another', () => {
    const alive: Condition = { kind: 'status', value: 'alive' };
    expect(toggled([alive], alive)).toEqual([]);
    expect(toggled([alive], { kind: 'status', value: 'failed' })).toEqual([
      { kind: 'status', value: 'failed' },
    ]);
  });

  test('what to drop is what keeps most away', () => {
    const conditions = conditionsOf({ status: 'failed', tag: ['dc:eu'] });
    expect(bestToDrop(conditions, rows, roundTripOf)).toEqual({
      condition: { kind: 'status', value: 'failed' },
      count: 2,
    });
  });
});

describe('what is kept of members', () => {
  test('is bounded, and what has given way is not said to be known', () => {
    const log = new EventLog();
    const happen = (name: string, at: number) => log.record(memberEvent('member-join', member(name)), at);
    for (let at = 0; at < 2 * KEPT_OF_MEMBER; at++) happen('often', at);
    expect(log.marksOf('often')).toHaveLength(KEPT_OF_MEMBER);
    for (let i = 0; i < KEPT_MARKS - KEPT_OF_MEMBER; i++) happen(`n${i}`, 1_000 + i);
    expect(log.forgotten).toBe(0);
    happen('n0', 100_000);
    expect(log.marksOf('often')).toEqual([]);
    expect(log.forgotten).toBe(2 * KEPT_OF_MEMBER - 1);
    expect(log.marksOf('n0').map(({ at }) => at)).toEqual([1_000, 100_000]);
    expect(log.marksOf('n1')).toHaveLength(1);
  });
});

describe('order', () => {
  test('who changed last is first, and names stay in their order', () => {
    const rows = [
      row('n1', {}, [mark('update', 5_000)]),
      row('n2'),
      row('n3', {}, [mark('join', 1_000)]),
      row('n10'),
    ];
    expect(namesOf(sortRows(rows, 'changed', new Map()))).toEqual(['n3', 'n1', 'n2', 'n10']);
    expect(namesOf(sortRows(rows, 'rtt', new Map([['n10', 3]])))[0]).toBe('n10');
  });

  test('sorting is what a sort by each key is, with names where keys are the same', () => {
    const ago = fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 2 ** 31 }));
    const trip = fc.oneof(fc.constant(undefined), fc.integer({ min: 0, max: 10_000 }));
    fc.assert(
      fc.property(fc.array(fc.tuple(ago, trip), { maxLength: 50 }), (made) => {
        const rows = made.map(([at], i) => row(`n${i}`, {}, at === undefined ? [] : [mark('update', at)]));
        const at = (i: number) => rows[i]?.marks.at(-1)?.at ?? 0;
        const trips = new Map(made.flatMap(([, ms], i) => (ms === undefined ? [] : [[`n${i}`, ms]])));
        const places = made.map((_, i) => i);
        const names = (order: number[]) => order.map((i) => `n${i}`);
        expect(namesOf(sortRows(rows, 'changed', trips))).toEqual(
          names([...places].sort((a, b) => at(b) - at(a) || a - b)),
        );
        const ms = (i: number) => trips.get(`n${i}`) ?? Number.MAX_VALUE;
        expect(namesOf(sortRows(rows, 'rtt', trips))).toEqual(
          names([...places].sort((a, b) => ms(a) - ms(b) || a - b)),
        );
      }),
    );
  });

  test('rows are in the order of names, in which numbers count, whoever comes and goes', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[ab]{0,2}[0-9]{0,2}$/), { maxLength: 12 });
    fc.assert(
      fc.property(names, names, (before, after) => {
        const order = new NameOrder();
        expect(namesOf(order.sort(rowsOf(before)))).toEqual([...before].sort(byName));
        expect(namesOf(order.sort(rowsOf(after)))).toEqual([...after].sort(byName));
      }),
    );
    expect(['n10', 'n9'].sort(byName)).toEqual(['n9', 'n10']);
  });

  test('a row with nothing new in it is the same object', () => {
    const membersOf = (some: readonly string[]) => new Map(some.map((name) => [name, member(name)]));
    const rows = new MemberRows();
    const all = membersOf(['n1', 'n2']);
    const marks = [mark('update', 1)];
    const [one, two] = rows.update(all, () => NONE, NOW);
    const again = rows.update(all, (name) => (name === 'n2' ? marks : NONE), NOW);
    expect(again[0]).toBe(one);
    expect(again[1]).not.toBe(two);
    // What is too old to count some time is looked at again.
    const flaps = [mark('failed', 3), mark('join', 2), mark('failed', 1)];
    expect(rows.update(all, () => flaps, NOW)[0]?.shown).toBe('flapping');
    expect(rows.update(all, () => flaps, NOW + 600_000)[0]?.shown).toBe('alive');
  });

  test('no row under a reader moves, whoever comes and goes', () => {
    const names = fc.uniqueArray(fc.stringMatching(/^[a-f]{1,2}$/), { maxLength: 20 });
    fc.assert(
      fc.property(names, names, (before, after) => {
        const latest = new Map(rowsOf(after).map((each) => [each.member.name, each]));
        const held = hold(rowsOf(before), rowsOf(after), latest);
        expect(namesOf(held.rows)).toEqual(before);
        expect(held.pending === 0).toBe(before.join() === after.join());
      }),
    );
  });

  test('a held row is as it is now, and as it last was when it has gone', () => {
    const now = row('a', { status: 'failed' });
    const gone = row('b');
    expect(hold([row('a'), gone], [now], new Map([['a', now]])).rows).toEqual([now, gone]);
  });

  test('the longest rising part is found', () => {
    const brute = (list: readonly number[]): number => {
      const best: number[] = [];
      list.forEach((value, i) => {
        best[i] = 1 + Math.max(0, ...best.slice(0, i).filter((_, j) => (list[j] as number) < value));
      });
      return Math.max(0, ...best);
    };
    fc.assert(
      fc.property(fc.array(fc.nat(20), { maxLength: 12 }), (list) => longestRising(list) === brute(list)),
    );
  });
});

describe('what was heard', () => {
  test('a tag that changed is told, of a member it was told of before', () => {
    const log = new EventLog();
    const before = { ...member('n1'), tags: { version: 'v1', role: 'web' } };
    log.learn(new Map([['n1', before]]));
    log.record(memberEvent('member-update', { ...before, tags: { version: 'v2', role: 'web' } }), NOW);
    expect(log.newest()).toMatchObject([{ kind: 'update', subject: 'n1', what: 'version v1 → v2' }]);
    expect(log.marksOf('n1')).toMatchObject([{ kind: 'update', keys: ['version'] }]);
  });

  test('it is bounded, and keeps the newest', () => {
    const log = new EventLog();
    for (let i = 0; i < 3 * KEPT; i++) log.record(memberEvent('member-join', member('n1')), i);
    expect(log.newest()).toHaveLength(KEPT);
    expect(log.newest()[0]?.at).toBe(3 * KEPT - 1);
    expect(log.marksOf('n1').length).toBeLessThanOrEqual(32);
  });

  test('a gap is an entry, and is never filtered away', () => {
    const log = new EventLog();
    log.record({ event: 'gap', cause: 'reconnect', address: 'a', away: 4_200 }, NOW);
    expect(feedOf(log.newest(), new Set(['join']), 'nothing')).toMatchObject([
      { kind: 'gap', what: /^4.2 s/ },
    ]);
    expect(log.gaps).toEqual([{ from: NOW - 4_200, to: NOW }]);
  });

  test('a feed that is paused says how much it does not show', () => {
    const noon = new Date(2026, 10, 21, 12).getTime();
    expect(newsText(0, noon)).toBe('Paused, nothing new since 12:00:00 · go on');
    expect(newsText(3, noon)).toBe('3 new since 12:00:00 · show them');
  });
});

describe('lines', () => {
  const kinds = fc.constantFrom<MarkKind>('join', 'left', 'failed', 'update', 'reap');
  const marks = fc
    .array(fc.tuple(kinds, fc.integer({ min: 0, max: 700_000 })), { maxLength: 40 })
    .map((list) => list.map(([kind, ago]) => mark(kind, ago)).sort((a, b) => a.at - b.at));

  test('a lifeline is one line from end to end, with twelve marbles at most', () => {
    fc.assert(
      fc.property(
        marks,
        fc.nat(700_000),
        fc.option(fc.nat(100_000), { nil: undefined }),
        (some, since, lost) => {
          const before = some.filter(({ at }) => at <= NOW - (lost ?? 0));
          const line = lifelineOf(row('n', {}, before), {
            now: NOW,
            since: NOW - since,
            lost: lost === undefined ? undefined : NOW - lost,
          });
          let end = 0;
          for (const { from, to } of line.stretches) {
            expect(from).toBe(end);
            end = to;
          }
          expect(end).toBe(97.5);
          expect(line.marks.length + (line.saw === undefined ? 0 : 1)).toBeLessThanOrEqual(12);
        },
      ),
    );
  });

  test('before the page was there, nothing is known; after a failure, it is gone', () => {
    const line = lifelineOf(row('n', { status: 'failed' }, [mark('failed', 60_000)]), {
      now: NOW,
      since: NOW - 300_000,
    });
    expect(line.stretches.map(({ kind }) => kind)).toEqual(['unknown', 'alive', 'gone']);
    expect(line.text).toBe('failed 1 m 00 s ago');
  });

  test('marbles on the line do not cover each other, and none is lost', () => {
    fc.assert(
      fc.property(marks, (some) => {
        const newestFirst = [...some].reverse();
        const line = clusterLine(newestFirst, [], { now: NOW, span: 600_000, spacing: 2 });
        const count = line.marbles.reduce(
          (sum, { kind, label }) => sum + (kind === 'many' ? Number(label) : 1),
          0,
        );
        expect(count).toBe(some.filter(({ at }) => at >= NOW - 600_000).length);
        const levels = [0, 1].map((level) =>
          line.marbles.filter((each) => each.level === level).map(({ x }) => x),
        );
        // On the line: at least the spacing; above it stands the second of two.
        for (const [i, x] of (levels[0] ?? []).entries())
          if (i > 0) expect(x - (levels[0]?.[i - 1] ?? 0)).toBeGreaterThanOrEqual(2 - 0.02);
      }),
    );
  });

  test('an event has the first letter of its name', () => {
    const user = { at: NOW, kind: 'user' as const, subject: '\u202e-deploy' };
    const { marbles } = clusterLine([user], [], { now: NOW, span: 1_000, spacing: 2 });
    expect(marbles).toMatchObject([{ label: 'd', x: 97.5 }]);
  });

  test('what is later is further right', () => {
    expect([0, 50, 100, 200].map((at) => positionOf(at, 0, 100))).toEqual([0, 48.75, 97.5, 97.5]);
  });
});

describe('members', () => {
  test('three changes in ten minutes are flapping, which is counted beside the present status', () => {
    const rows = [
      row('a', {}, [mark('failed', 1), mark('join', 2), mark('failed', 3)]),
      row('b', {}, [mark('update', 1), mark('update', 2), mark('update', 3)]),
      row('c', { status: 'failed' }, [mark('failed', 1), mark('join', 700_000), mark('failed', 700_001)]),
    ];
    expect(Object.fromEntries(countsOf(rows))).toMatchObject({ alive: 2, failed: 1, flapping: 1 });
  });

  test('who shares an address is named; who is gone does not count', () => {
    const at = { address: '10.0.0.1', port: 7946 };
    const rows = [
      row('a', at),
      row('b', at),
      row('c', { ...at, status: 'left' }),
      row('d', { ...at, port: 1 }),
    ];
    expect(sharedAddresses(rows)).toEqual([['10.0.0.1:7946', ['a', 'b']]]);
  });

  test('a census has the tag that is changing', () => {
    const old = ['a', 'b', 'c'].map((name) => row(name, { tags: { version: 'v1' } }));
    const fresh = row('d', { tags: { version: 'v2' } }, [mark('update', 1_000, ['version'])]);
    expect(censusOf([...old, fresh], NOW)).toEqual({
      key: 'version',
      to: 'v2',
      from: 'v1',
      toCount: 1,
      fromCount: 3,
    });
    expect(censusOf(old, NOW)).toBeUndefined();
  });

  test('a tag that everybody has another value of is no facet', () => {
    const rows = Array.from({ length: 100 }, (_, i) =>
      row(`n${i}`, { tags: { id: String(i), dc: i % 3 ? 'eu' : 'us' } }),
    );
    expect(facetsOf(rows)).toEqual([
      {
        key: 'dc',
        values: [
          { value: 'eu', count: 66 },
          { value: 'us', count: 34 },
        ],
        more: 0,
      },
    ]);
  });
});

describe('figures and words', () => {
  test.each([
    [4_200, '4 s'],
    [192_000, '3 m 12 s'],
    [7_200_000, '2 h'],
    [-1, '0 s'],
  ])('%d ms is %s', (ms, text) => {
    expect(durationText(ms)).toBe(text);
  });

  test('a round trip is what Serf says: heights and adjustments count', () => {
    const at = (x: number, more = {}) => ({
      vector: [x, 0],
      height: 0.001,
      adjustment: 0,
      error: 0,
      ...more,
    });
    expect(estimatedRtt(at(0), at(0.03))).toBeCloseTo(32);
    expect(estimatedRtt(at(0), at(0.03, { adjustment: 0.01 }))).toBeCloseTo(42);
    expect(estimatedRtt(at(0), at(0.03, { adjustment: -1 }))).toBeCloseTo(32);
    expect([0.316, 10, 316, 9_999].map((ms) => Math.round(scalePosition(ms) * 100))).toEqual([
      0, 50, 100, 100,
    ]);
    expect([0.321, 6.18, 171.4].map(rttText)).toEqual(['0.32', '6.2', '171']);
  });

  test('a payload is shown as what it is', () => {
    const bytes = (text: string) => new TextEncoder().encode(text);
    expect(bestView(bytes('{"a":1}'))).toBe('JSON');
    expect(bestView(bytes('v42'))).toBe('Text');
    expect(bestView(Uint8Array.of(0xff, 0x41))).toBe('Hex');
    expect(payloadLines(bytes('{"a":1}'), 'JSON').lines).toEqual(['{', '  "a": 1', '}']);
    expect(payloadLines(Uint8Array.of(0xff, 0x41), 'Hex').lines[0]).toMatch(/^0000 {2}ff 41 +\.A$/);
    expect(payloadLines(bytes('no'), 'JSON').wrong).toBe('This text is not JSON.');
  });

  test('keys lead to rows, and one after the other to pages', () => {
    expect(rowAfter('ArrowDown', -1, 5, 3)).toBe(0);
    expect(rowAfter('PageDown', 3, 5, 3)).toBe(4);
    expect(rowAfter('x', 3, 5, 3)).toBeUndefined();
    expect(press('', 'g')).toEqual({ pending: 'g' });
    expect(press('g', 'e')).toEqual({ act: 'events', pending: '' });
    expect(press('g', 's')).toEqual({ act: 'sort', pending: '' });
  });

  test('how a page stands', () => {
    const facts = {
      connection: { state: 'idle' as const },
      silentSince: undefined,
      since: NOW,
      error: undefined,
      any: true,
    };
    expect(standingOf({ ...facts, status: 'live' }).kind).toBe('connected');
    expect(standingOf({ ...facts, status: 'stale' })).toMatchObject({ kind: 'stale', since: NOW });
    expect(standingOf({ ...facts, status: 'loading', any: false }).kind).toBe('connecting');
    // Who gives up a silent gateway knows since when what is shown is old.
    const silent = { ...facts, silentSince: NOW - 25_000 };
    expect(standingOf({ ...silent, status: 'live' })).toEqual({
      kind: 'connected',
      silentSince: NOW - 25_000,
    });
    expect(standingOf({ ...silent, status: 'stale' })).toMatchObject({ kind: 'stale', since: NOW - 25_000 });
  });
});
