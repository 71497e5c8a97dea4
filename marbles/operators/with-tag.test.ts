import { type Observable, of, take } from 'rxjs';
import {
  InvalidArgumentError,
  type Member,
  type MemberCarrier,
  type MemberEvent,
  type StreamGap,
  withTag,
} from 'rxserf';
import { member, memberEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { marbles } from '../kit/index.ts';

const web = member('n1', { tags: { role: 'web' } });
const db = member('n2', { tags: { role: 'db' } });
const none = member('n3');
const empty = member('n4', { tags: { role: '' } });
const web2 = member('n5', { tags: { role: 'web-2', '': 'x' } });

const snapshot = (...members: Member[]): ReadonlyMap<string, Member> =>
  new Map(members.map((each) => [each.name, each]));

const snapshots = {
  a: snapshot(web, db),
  b: snapshot(db),
  c: snapshot(web),
  x: snapshot(web),
  y: snapshot(),
};
const members = { a: web, b: db, c: none, d: empty, e: web2 };

/** What is emitted for one value. */
function once<T extends MemberCarrier>(value: T, operator: (source: Observable<T>) => Observable<T>): T[] {
  const emitted: T[] = [];
  of(value)
    .pipe(operator)
    .subscribe((each) => emitted.push(each));
  return emitted;
}

describe('withTag()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a--b--c--|';
    const expected = '--x--y--c--|';

    expectObservable(cold(source, snapshots).pipe(withTag('role', 'web'))).toBe(expected, snapshots);
  });

  marbles('takes a text as the whole value', ({ cold, expectObservable }) => {
    const source = '   -abcde-|';
    const expected1 = '-a-----|';
    const expected2 = '----d--|';
    const expected3 = '-------|';

    const members$ = cold(source, members);
    expectObservable(members$.pipe(withTag('role', 'web'))).toBe(expected1, members);
    expectObservable(members$.pipe(withTag('role', ''))).toBe(expected2, members);
    expectObservable(members$.pipe(withTag('role', 'w.*'))).toBe(expected3, members);
  });

  marbles('searches the value for a RegExp', ({ cold, expectObservable }) => {
    const source = '   -abcdea-|';
    const expected1 = '-a---ea-|';
    const expected2 = '-ab-dea-|';

    const members$ = cold(source, members);
    expectObservable(members$.pipe(withTag('role', /^web/g))).toBe(expected1, members);
    expectObservable(members$.pipe(withTag('role', /(?:)/))).toBe(expected2, members);
  });

  marbles('asks only for the tag, without a value', ({ cold, expectObservable }) => {
    const source = '   -abcde-|';
    const expected1 = '-ab-de-|';
    const expected2 = '-----e-|';
    const expected3 = '-------|';

    const members$ = cold(source, members);
    expectObservable(members$.pipe(withTag('role'))).toBe(expected1, members);
    expectObservable(members$.pipe(withTag(''))).toBe(expected2, members);
    expectObservable(members$.pipe(withTag('Role'))).toBe(expected3, members);
  });

  marbles('takes keys as they come', ({ cold, expectObservable }) => {
    const source = '   -abcd-|';
    const expected1 = '-a----|';
    const expected2 = '--b---|';

    const values = {
      a: member('n1', { tags: JSON.parse('{"__proto__": "x"}') }),
      b: { ...none, tags: { constructor: 'x' } as unknown as Record<string, string> },
      // Made by hand, with a prototype.
      c: { ...none, tags: {} },
      d: none,
    };
    const members$ = cold(source, values);
    expectObservable(members$.pipe(withTag('__proto__'))).toBe(expected1, values);
    expectObservable(members$.pipe(withTag('constructor', /(?:)/))).toBe(expected2, values);
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  ------';
    const expected = '------';

    expectObservable(cold(source, members).pipe(withTag('role'))).toBe(expected);
  });

  marbles('ends with its source', ({ cold, expectObservable }) => {
    const ending = '   --|  ';
    const failing = '  --a-#';
    const expected1 = '--|  ';
    const expected2 = '--a-#';

    expectObservable(cold(ending, members).pipe(withTag('role'))).toBe(expected1);
    expectObservable(cold(failing, members).pipe(withTag('role'))).toBe(expected2, members);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --b-a-a--';
    const sub1 = '    ^----!   ';
    const sub2 = '    ^---!    ';
    const expected = '----a----';
    const taken = '   ----(a|) ';

    const source$ = cold(source, members);
    const web$ = source$.pipe(withTag('role', 'web'));
    expectObservable(web$, sub1).toBe(expected, members);
    expectObservable(web$.pipe(take(1))).toBe(taken, members);
    expectSubscriptions(source$.subscriptions).toBe([sub1, sub2]);
  });

  marbles('is the same for each subscription', ({ hot, expectObservable }) => {
    const source = '   --a-b-a--|';
    const sub1 = '     ^         ';
    const sub2 = '     ---^      ';
    const expected1 = '--a---a--|';
    const expected2 = '------a--|';

    const web$ = hot(source, members).pipe(withTag('role', /web/g));
    expectObservable(web$, sub1).toBe(expected1, members);
    expectObservable(web$, sub2).toBe(expected2, members);
  });
});

describe('what carries members', () => {
  const select = withTag('role', 'web');

  marbles('may be a list: it stays one, also when empty', ({ cold, expectObservable }) => {
    const source = '  --a--b--c--d--|';
    const expected = '--x--y--c--d--|';

    const lists = { a: [db, web, none], b: [db], c: [web], d: [], x: [web], y: [] };
    expectObservable(cold<Member[]>(source, lists).pipe(select)).toBe(expected, lists);
  });

  marbles('may be an event: it comes where members are left', ({ cold, expectObservable }) => {
    const source = '  --a--b--c--d--|';
    const expected = '--x-----c-----|';

    const events: Record<string, MemberEvent> = {
      a: memberEvent('member-join', db, web),
      b: memberEvent('member-join', db),
      c: memberEvent('member-failed', web),
      d: memberEvent('member-reap'),
      x: memberEvent('member-join', web),
    };
    expectObservable(cold(source, events).pipe(select)).toBe(expected, events);
  });

  marbles('may have gaps in between: they pass', ({ cold, expectObservable }) => {
    const source = '  --a--g--b--|';
    const expected = '--x--g-----|';

    const events: Record<string, MemberEvent | StreamGap> = {
      a: memberEvent('member-join', db, web),
      g: { event: 'gap', cause: 'reconnect', address: 'agent', away: 1 },
      b: memberEvent('member-join', db),
      x: memberEvent('member-join', web),
    };
    expectObservable(cold(source, events).pipe(select)).toBe(expected, events);
  });

  it('keeps its order', () => {
    const other = member('n0', { tags: { role: 'web' } });
    expect(once([web, db, other], select)).toEqual([[web, other]]);
    expect([...(once(snapshot(web, db, other), select)[0] ?? [])].map(([name]) => name)).toEqual([
      'n1',
      'n0',
    ]);
  });

  it('is passed on as it is, the same object, where there is nothing to leave out', () => {
    const event = memberEvent('member-join', web);
    const list = [web];
    const some = snapshot(web);
    expect(once(web, select)[0]).toBe(web);
    expect(once(event, select)[0]).toBe(event);
    expect(once(list, select)[0]).toBe(list);
    expect(once(some, select)[0]).toBe(some);
  });

  it('is never changed itself', () => {
    const event = memberEvent('member-join', web, db);
    const list = [web, db];
    const some = snapshot(web, db);
    expect(once(event, select)).toEqual([{ event: 'member-join', members: [web] }]);
    expect(once<Member[]>(list, select)).toEqual([[web]]);
    expect(once(some, select)).toEqual([snapshot(web)]);
    expect({ event, list, some }).toEqual({
      event: memberEvent('member-join', web, db),
      list: [web, db],
      some: snapshot(web, db),
    });
  });

  it('keeps what else an event says', () => {
    const told = { ...memberEvent('member-join', web, db), agent: 'a1' };
    expect(once(told, select)).toEqual([{ event: 'member-join', members: [web], agent: 'a1' }]);
  });

  it('may have members of any name', () => {
    const odd = { ...web, name: '__proto__' };
    const [selected] = once(snapshot(odd, db), select);
    expect([...(selected ?? [])]).toEqual([['__proto__', odd]]);
  });
});

describe('a key or value', () => {
  for (const bad of [undefined, null, 7, {}, /role/])
    it(`is refused at the call: ${String(bad)} as key`, () => {
      expect(() => withTag(bad as string)).toThrow(InvalidArgumentError);
      expect(() => withTag(bad as string)).toThrow(/^withTag: the tag should be a string, not /);
    });
  for (const bad of [null, 7, {}, ['web']])
    it(`is refused at the call: ${JSON.stringify(bad)} as value`, () => {
      expect(() => withTag('role', bad as string)).toThrow(InvalidArgumentError);
      expect(() => withTag('role', bad as string)).toThrow(
        /^withTag: the value should be a string or a RegExp/,
      );
    });
});
