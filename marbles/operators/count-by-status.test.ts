import { take } from 'rxjs';
import { countByStatus, type Member, type MemberStatus } from 'rxserf';
import { member } from 'rxserf/testing';
import { describe } from 'vitest';
import { marbles } from '../kit/index.ts';

/** By texts: `n1` is alive, `n1 failed` has failed. */
function members(...texts: string[]): ReadonlyMap<string, Member> {
  return new Map(
    texts.map((text) => {
      const [name = '', status = 'alive'] = text.split(' ');
      return [name, { ...member(name), status } as Member];
    }),
  );
}

const counts = (some: Partial<Record<MemberStatus, number>> = {}) => ({
  none: 0,
  alive: 0,
  leaving: 0,
  left: 0,
  failed: 0,
  ...some,
});

const snapshots = {
  '0': members(),
  a: members('n1'),
  b: members('n1', 'n2'),
  c: members('n1', 'n3'),
  d: members('n1', 'n3 failed'),
  e: members('n1 none', 'n2', 'n3 leaving', 'n4 left', 'n5 left', 'n6 failed'),
};

const expectations = {
  o: counts(),
  x: counts({ alive: 1 }),
  y: counts({ alive: 2 }),
  z: counts({ alive: 1, failed: 1 }),
};

describe('countByStatus()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a--b--c--d--|';
    const expected = '--x--y-----z--|';

    expectObservable(cold(source, snapshots).pipe(countByStatus())).toBe(expected, expectations);
  });

  marbles('counts every status', ({ cold, expectObservable }) => {
    const source = '  --e--|';
    const expected = '--x--|';

    expectObservable(cold(source, snapshots).pipe(countByStatus())).toBe(expected, {
      x: { none: 1, alive: 1, leaving: 1, left: 2, failed: 1 },
    });
  });

  const one = [
    ['none', 'n'],
    ['alive', 'a'],
    ['leaving', 'g'],
    ['left', 'l'],
    ['failed', 'f'],
  ] as const;
  for (const [status, letter] of one)
    marbles(`sees a change of ${status} alone`, ({ cold, expectObservable }) => {
      const source = '  --o--x--x--o--|';
      const expected = '--o--x-----o--|'.replaceAll('x', letter);

      const changing = { o: members(), x: members(`n1 ${status}`) };
      const counts$ = cold(source, changing).pipe(countByStatus());
      expectObservable(counts$).toBe(expected, { o: counts(), [letter]: counts({ [status]: 1 }) });
    });

  marbles('gives the first counts in any case', ({ cold, expectObservable }) => {
    const source = '  0--0--a--0--|';
    const expected = 'o-----x--o--|';

    expectObservable(cold(source, snapshots).pipe(countByStatus())).toBe(expected, expectations);
  });

  marbles('does not count a status that is none', ({ cold, expectObservable }) => {
    const source = '  --a--b--a--|';
    const expected = '--x--------|';

    const odd = { a: members('n1', 'n2 __proto__'), b: members('n1', 'n2 dead', 'n3 toString') };
    expectObservable(cold(source, odd).pipe(countByStatus())).toBe(expected, expectations);
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  ------';
    const expected = '------';

    expectObservable(cold(source, snapshots).pipe(countByStatus())).toBe(expected);
  });

  marbles('ends with its source', ({ cold, expectObservable }) => {
    const empty = '    --|  ';
    const failing = '  --a-#';
    const expected1 = '--|  ';
    const expected2 = '--x-#';

    expectObservable(cold(empty, snapshots).pipe(countByStatus())).toBe(expected1);
    expectObservable(cold(failing, snapshots).pipe(countByStatus())).toBe(expected2, expectations);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a-b----';
    const sub1 = '    ^--!     ';
    const sub2 = '    ^-!      ';
    const expected = '--x------';
    const taken = '   --(x|)   ';

    const source$ = cold(source, snapshots);
    const counts$ = source$.pipe(countByStatus());
    expectObservable(counts$, sub1).toBe(expected, expectations);
    expectObservable(counts$.pipe(take(1))).toBe(taken, expectations);
    expectSubscriptions(source$.subscriptions).toBe([sub1, sub2]);
  });

  marbles('begins anew for each subscription', ({ hot, expectObservable }) => {
    const source = '   --a-c-b----';
    const sub1 = '     ^           ';
    const sub2 = '     -----^      ';
    const expected1 = '--x-y------';
    const expected2 = '------y----';

    const counts$ = hot(source, snapshots).pipe(countByStatus());
    expectObservable(counts$, sub1).toBe(expected1, expectations);
    expectObservable(counts$, sub2).toBe(expected2, expectations);
  });
});
