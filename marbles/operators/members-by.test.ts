import { from, map, type Observable, take } from 'rxjs';
import { InvalidArgumentError, type Member, membersBy } from 'rxserf';
import { member } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { marbles } from '../kit/index.ts';

type Groups = ReadonlyMap<string, readonly Member[]>;

/** By texts: `n1` has no role, `n1 web` has one, `n1 web failed` has failed. */
function members(...texts: string[]): ReadonlyMap<string, Member> {
  return new Map(
    texts.map((text) => {
      const [name = '', role, status = 'alive'] = text.split(' ');
      const tags = role === undefined ? {} : { role };
      return [name, { ...member(name, { tags }), status } as Member];
    }),
  );
}

/** As a text, in order: `web: n1 n2, db: n3`. */
function words(groups: Groups): string {
  return [...groups]
    .map(([value, group]) => `${value}: ${group.map(({ name }) => name).join(' ')}`)
    .join(', ');
}

const snapshots = {
  '0': members(),
  a: members('n1 web'),
  b: members('n1 web', 'n2 db'),
  c: members('n1 web', 'n2 db', 'n3'),
  d: members('n1 web'),
};

const views = { o: '', x: 'web: n1', y: 'web: n1, db: n2' };

describe('membersBy()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a--b--c--d--|';
    const expected = '--x--y-----x--|';

    const groups$ = cold(source, snapshots).pipe(membersBy('role'));
    expectObservable(groups$.pipe(map(words))).toBe(expected, views);
  });

  marbles('gives the members themselves', ({ cold, expectObservable }) => {
    const source = '  --a--|';
    const expected = '--x--|';

    const first = member('n1', { tags: { role: 'web' } });
    const groups$ = cold(source, { a: new Map([['n1', first]]) }).pipe(membersBy('role'));
    expectObservable(groups$).toBe(expected, { x: new Map([['web', [first]]]) });
  });

  marbles('keeps the order of the snapshot', ({ cold, expectObservable }) => {
    const source = '  --a--b--|';
    const expected = '--x--y--|';

    const ordered = {
      a: members('n4 web', 'n3 db', 'n1 web', 'n2', 'n0 db'),
      b: members('n0 db', 'n1 web', 'n4 web', 'n5 web'),
    };
    const groups$ = cold(source, ordered).pipe(membersBy('role'));
    expectObservable(groups$.pipe(map(words))).toBe(expected, {
      x: 'web: n4 n1, db: n3 n0',
      y: 'db: n0, web: n1 n4 n5',
    });
  });

  marbles('gives the first view in any case, others where one changed', ({ cold, expectObservable }) => {
    const source = '  0--0--n--a--a--0--0--|';
    const expected = 'o--------x-----o-----|';

    const groups$ = cold(source, { ...snapshots, n: members('n7') }).pipe(membersBy('role'));
    expectObservable(groups$.pipe(map(words))).toBe(expected, views);
  });

  marbles('sees whatever becomes of a member', ({ cold, expectObservable }) => {
    const source = '  -a-b-c-d-e-|';
    const expected = '-v-w-x-y-z-|';

    const changing = {
      a: members('n1 web', 'n2 web'),
      // One for another.
      b: members('n1 web', 'n3 web'),
      c: members('n1 web', 'n3 web failed'),
      d: members('n1 db', 'n3 web failed'),
      e: members('n1', 'n3 web failed'),
    };
    const groups$ = cold(source, changing).pipe(membersBy('role'));
    expectObservable(groups$.pipe(map(words))).toBe(expected, {
      v: 'web: n1 n2',
      w: 'web: n1 n3',
      x: 'web: n1 n3',
      y: 'db: n1, web: n3',
      z: 'web: n3',
    });
  });

  it('gives a group that is as before as the same array', () => {
    const [first, second, third] = all([
      members('n1 web', 'n2 db', 'n3 db'),
      members('n1 web', 'n2 db', 'n3 db failed'),
      // In other objects, and in another order.
      members('n3 db failed', 'n2 db', 'n1 web', 'n4 web'),
    ]);
    expect(second?.get('web')).toBe(first?.get('web'));
    expect(second?.get('db')).not.toBe(first?.get('db'));
    expect(third?.get('db')).toBe(second?.get('db'));
    expect(third?.get('web')).not.toBe(second?.get('web'));
    expect(third && words(third)).toBe('db: n2 n3, web: n1 n4');
  });

  it('compares with the snapshot before, also with one that made no view', () => {
    const groups = all([
      members('n1 web', 'n2'),
      members('n1 web', 'n2', 'n3'),
      members('n1 web', 'n2', 'n3 web'),
      members('n2', 'n3', 'n1 web'),
    ]);
    expect(groups.map(words)).toEqual(['web: n1', 'web: n1 n3', 'web: n1']);
  });

  it('says nothing of another order', () => {
    expect(all([members('n1 web', 'n2 db', 'n3 db'), members('n3 db', 'n2 db', 'n1 web')])).toHaveLength(1);
  });

  it('never changes what it has emitted', () => {
    const groups = all([members('n1 web'), members('n1 web', 'n2 web'), members('n2 db')]);
    expect(groups.map(words)).toEqual(['web: n1', 'web: n1 n2', 'db: n2']);
  });

  it('takes names, keys and values as they come', () => {
    const odd = member('__proto__', { tags: JSON.parse('{"__proto__": "__proto__", "": ""}') });
    const snapshot = new Map([['__proto__', odd]]);
    expect(all([snapshot], '__proto__')).toEqual([new Map([['__proto__', [odd]]])]);
    expect(all([snapshot], '')).toEqual([new Map([['', [odd]]])]);
    expect(all([snapshot], 'constructor')).toEqual([new Map()]);
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  ------';
    const expected = '------';

    expectObservable(cold(source, snapshots).pipe(membersBy('role'))).toBe(expected);
  });

  marbles('ends with its source', ({ cold, expectObservable }) => {
    const empty = '    --|  ';
    const failing = '  --a-#';
    const expected1 = '--|  ';
    const expected2 = '--x-#';

    expectObservable(cold(empty, snapshots).pipe(membersBy('role'))).toBe(expected1);
    const failing$ = cold(failing, snapshots).pipe(membersBy('role'));
    expectObservable(failing$.pipe(map(words))).toBe(expected2, views);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a-b----';
    const sub1 = '    ^--!     ';
    const sub2 = '    ^-!      ';
    const expected = '--x------';
    const taken = '   --(x|)   ';

    const source$ = cold(source, snapshots);
    const words$ = source$.pipe(membersBy('role'), map(words));
    expectObservable(words$, sub1).toBe(expected, views);
    expectObservable(words$.pipe(take(1))).toBe(taken, views);
    expectSubscriptions(source$.subscriptions).toBe([sub1, sub2]);
  });

  marbles('begins anew for each subscription', ({ hot, expectObservable }) => {
    const source = '   --a-b-b----';
    const sub1 = '     ^           ';
    const sub2 = '     -----^      ';
    const expected1 = '--x-y------';
    const expected2 = '------y----';

    const words$ = hot(source, snapshots).pipe(membersBy('role'), map(words));
    expectObservable(words$, sub1).toBe(expected1, views);
    expectObservable(words$, sub2).toBe(expected2, views);
  });
});

describe('a tag', () => {
  for (const bad of [undefined, null, 7, {}, ['role']])
    it(`of ${JSON.stringify(bad)} is refused at the call`, () => {
      expect(() => membersBy(bad as string)).toThrow(InvalidArgumentError);
      expect(() => membersBy(bad as string)).toThrow(/^membersBy: the tag should be a string, not /);
    });
});

/** The views of these snapshots. */
function all(sources: ReadonlyMap<string, Member>[], tag = 'role'): Groups[] {
  const emitted: Groups[] = [];
  const groups$: Observable<Groups> = from(sources).pipe(membersBy(tag));
  groups$.subscribe((groups) => emitted.push(groups));
  return emitted;
}
