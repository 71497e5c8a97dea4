import { type Observable, of, Subject, take } from 'rxjs';
import { InvalidArgumentError, type Member, type MemberEvent, type SerfEvent, scanMembers } from 'rxserf';
import { member, memberEvent, queryEvent, userEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { marbles } from '../kit/index.ts';

const snapshot = (...members: (Member | string)[]): ReadonlyMap<string, Member> =>
  new Map(
    members.map((each) => (typeof each === 'string' ? member(each) : each)).map((each) => [each.name, each]),
  );

const failed2 = member('n2', { status: 'failed' });

const events = {
  j: memberEvent('member-join', 'n1', 'n2'),
  u: userEvent('deploy'),
  q: queryEvent('load'),
  f: memberEvent('member-failed', 'n2'),
  r: memberEvent('member-reap', 'n2'),
  l: memberEvent('member-leave', 'n1'),
  p: memberEvent('member-update', member('n1', { tags: { role: 'web' } })),
  n: memberEvent('member-join', 'n3'),
  e: memberEvent('member-join'),
  x: memberEvent('member-reap', 'n1', 'n2', 'n3'),
};

const snapshots = {
  s: snapshot(),
  a: snapshot('n1', 'n2'),
  b: snapshot('n1', failed2),
  c: snapshot('n1'),
};

describe('scanMembers()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --j--u--f--r--|';
    const expected = 's-a-----b--c--|';

    expectObservable(cold<SerfEvent>(source, events).pipe(scanMembers([]))).toBe(expected, snapshots);
  });

  marbles('begins with the first event, without a seed', ({ cold, expectObservable }) => {
    const source = '  --u--j--f--|';
    const expected = '-----a--b--|';

    expectObservable(cold<SerfEvent>(source, events).pipe(scanMembers())).toBe(expected, snapshots);
  });

  marbles('follows members through all that happens', ({ cold, expectObservable }) => {
    const source = '  -j-p-l-n-x-|';
    const expected = '-a-b-c-d-e-|';

    expectObservable(cold<SerfEvent>(source, events).pipe(scanMembers())).toBe(expected, {
      a: snapshot('n1', 'n2'),
      b: snapshot(member('n1', { tags: { role: 'web' } }), 'n2'),
      c: snapshot(member('n1', { status: 'left' }), 'n2'),
      d: snapshot(member('n1', { status: 'left' }), 'n2', 'n3'),
      e: snapshot(),
    });
  });

  marbles('says nothing where nothing changed', ({ cold, expectObservable }) => {
    const source = '  -j-j-e-q-r-r-|';
    const expected = '-a-------c---|';

    expectObservable(cold<SerfEvent>(source, events).pipe(scanMembers())).toBe(expected, snapshots);
  });

  marbles('takes members of which it has not heard before', ({ cold, expectObservable }) => {
    const source = '  -r-f-p-|';
    const expected = '---a-b-|';

    expectObservable(cold<SerfEvent>(source, events).pipe(scanMembers())).toBe(expected, {
      a: snapshot(failed2),
      b: snapshot(failed2, member('n1', { tags: { role: 'web' } })),
    });
  });

  marbles('lets gaps pass unnoticed', ({ cold, expectObservable }) => {
    const source = '  -j-g-f-|';
    const expected = '-a---b-|';

    const gap = { event: 'gap', cause: 'reconnect', address: '127.0.0.1:7373', away: 7 } as const;
    const events$ = cold<SerfEvent | typeof gap>(source, { ...events, g: gap });
    expectObservable(events$.pipe(scanMembers())).toBe(expected, snapshots);
  });

  it('takes names as they come', () => {
    const emitted = all(
      of<MemberEvent[]>(
        memberEvent('member-join', '__proto__', ''),
        memberEvent('member-failed', '__proto__'),
        memberEvent('member-reap', '__proto__'),
      ).pipe(scanMembers()),
    );
    expect(emitted.map((each) => [...each].map(([name, { status }]) => [name, status]))).toEqual([
      [
        ['__proto__', 'alive'],
        ['', 'alive'],
      ],
      [
        ['__proto__', 'failed'],
        ['', 'alive'],
      ],
      [['', 'alive']],
    ]);
  });

  it('never changes what it has emitted', () => {
    const emitted = all(of<SerfEvent[]>(events.j, events.f, events.x).pipe(scanMembers(snapshot('n3'))));
    expect(emitted).toEqual([
      snapshot('n3'),
      snapshot('n3', 'n1', 'n2'),
      snapshot('n3', 'n1', failed2),
      snapshot(),
    ]);
    expect(new Set(emitted).size).toBe(4);
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '   ------';
    const expected1 = '------';
    const expected2 = 's-----';

    const events$ = cold<SerfEvent>(source, events);
    expectObservable(events$.pipe(scanMembers())).toBe(expected1);
    expectObservable(events$.pipe(scanMembers([]))).toBe(expected2, snapshots);
  });

  marbles('ends with its source', ({ cold, expectObservable }) => {
    const empty = '    --|  ';
    const failing = '  --j-#';
    const expected1 = '--|  ';
    const expected2 = 's-a-#';

    expectObservable(cold<SerfEvent>(empty, events).pipe(scanMembers())).toBe(expected1);
    expectObservable(cold<SerfEvent>(failing, events).pipe(scanMembers([]))).toBe(expected2, snapshots);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --j-f----';
    const sub1 = '    ^--!     ';
    const sub2 = '    ^-!      ';
    const expected = '--a----';
    const taken = '   --(a|)   ';

    const source$ = cold<SerfEvent>(source, events);
    const snapshots$ = source$.pipe(scanMembers());
    expectObservable(snapshots$, sub1).toBe(expected, snapshots);
    expectObservable(snapshots$.pipe(take(1))).toBe(taken, snapshots);
    expectSubscriptions(source$.subscriptions).toBe([sub1, sub2]);
  });

  marbles('may be left at its seed', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --j-f----';
    const expected = '(s|)     ';

    const source$ = cold<SerfEvent>(source, events);
    expectObservable(source$.pipe(scanMembers([]), take(1))).toBe(expected, snapshots);
    expectSubscriptions(source$.subscriptions).toBe([]);
  });

  marbles('begins anew for each subscription', ({ hot, expectObservable }) => {
    const source = '   --j-f-r----';
    const sub1 = '     ^           ';
    const sub2 = '     ---^        ';
    const expected1 = 's-a-b-c----';
    const expected2 = '---sd-s----';

    const snapshots$ = hot<SerfEvent>(source, events).pipe(scanMembers([]));
    expectObservable(snapshots$, sub1).toBe(expected1, snapshots);
    expectObservable(snapshots$, sub2).toBe(expected2, { ...snapshots, d: snapshot(failed2) });
  });
});

describe('a seed', () => {
  const seeds = {
    'a list': [member('n1'), member('n2')],
    'a set': new Set([member('n1'), member('n2')]),
    'a snapshot': snapshot('n1', 'n2'),
    'a generator, of one use': [member('n1'), member('n2')].values(),
  };
  for (const [kind, seed] of Object.entries(seeds))
    marbles(`may be ${kind}`, ({ cold, expectObservable }) => {
      const source = '   --f--|';
      const expected1 = 'a-b--|';
      const expected2 = 'a-b--|';

      const snapshots$ = cold<SerfEvent>(source, events).pipe(scanMembers(seed));
      expectObservable(snapshots$).toBe(expected1, snapshots);
      expectObservable(snapshots$).toBe(expected2, snapshots);
    });

  it('is read at the call, and is nobody else’s afterwards', () => {
    const seed = new Map(snapshot('n1'));
    const source = new Subject<SerfEvent>();
    const snapshots$ = source.pipe(scanMembers(seed));
    seed.clear();
    const emitted: ReadonlyMap<string, Member>[] = [];
    snapshots$.subscribe((each) => emitted.push(each));
    source.next(events.f);
    expect(emitted).toEqual([snapshot('n1'), snapshot('n1', failed2)]);
  });

  for (const bad of [
    null,
    7,
    'n1',
    {},
    member('n1'),
    ['n1'],
    [null],
    [{ name: 'n1' }],
    [{ name: 'n1', tags: null }],
    [['n1', 'alive']],
    new Map([['n1', {}]]),
  ])
    it(`of ${JSON.stringify(bad)} is refused at the call`, () => {
      expect(() => scanMembers(bad as never)).toThrow(InvalidArgumentError);
      expect(() => scanMembers(bad as never)).toThrow(/^scanMembers: the seed should be members, not /);
    });
});

/** What an Observable emits at once. */
function all<T>(source$: Observable<T>): T[] {
  const emitted: T[] = [];
  source$.subscribe((each) => emitted.push(each));
  return emitted;
}
