import { map, type Observable, take } from 'rxjs';
import { type Member, type MemberChange, memberChanges } from 'rxserf';
import { describe } from 'vitest';
import { marbles, member } from '../kit/index.ts';

/** By texts: `n1` is alive, `n1:failed` has failed. */
function members(...texts: string[]): ReadonlyMap<string, Member> {
  return new Map(
    texts.map((text) => {
      const [name = '', status = 'alive'] = text.split(':');
      return [name, { ...member(name), status } as Member];
    }),
  );
}

/** As texts: `+n1`, `-n1`, `n1>n1:failed`. */
function words(changes$: Observable<MemberChange>) {
  const shown = ({ name, status }: Member) => (status === 'alive' ? name : `${name}:${status}`);
  return changes$.pipe(
    map((change) => {
      if (change.type === 'added') return `+${shown(change.after)}`;
      if (change.type === 'removed') return `-${shown(change.before)}`;
      return `${shown(change.before)}>${shown(change.after)}`;
    }),
  );
}

/** What a membership emits. */
const snapshots = {
  '0': members(),
  a: members('n1'),
  b: members('n1', 'n2'),
  c: members('n2', 'n3'),
  d: members('n3', 'n2:left', 'n4'),
  f: members('n1:failed', 'n2'),
};

describe('memberChanges()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a------b-----c---|';
    const expected = '--x------y-----(zw)|';

    const values = { a: members('n1'), b: members('n1', 'n2'), c: members('n2:left') };
    const changes$ = cold(source, values).pipe(memberChanges());
    expectObservable(words(changes$)).toBe(expected, { x: '+n1', y: '+n2', z: '-n1', w: 'n2>n2:left' });
  });

  marbles('gives everything in the first snapshot as added', ({ cold, expectObservable }) => {
    const source = '  --b-----|';
    const expected = '--(xy)--|';

    const changes$ = cold(source, snapshots).pipe(memberChanges());
    expectObservable(words(changes$)).toBe(expected, { x: '+n1', y: '+n2' });
  });

  marbles('gives the differences to the snapshot before', ({ cold, expectObservable }) => {
    const source = '  --a---b---f---c-----0-----|';
    const expected = '--v---w---x---(yz)--(st)--|';

    const changes$ = cold(source, snapshots).pipe(memberChanges());
    expectObservable(words(changes$)).toBe(expected, {
      v: '+n1',
      w: '+n2',
      x: 'n1>n1:failed',
      y: '-n1:failed',
      z: '+n3',
      s: '-n2',
      t: '-n3',
    });
  });

  marbles('gives removals first, the rest in the snapshot’s order', ({ cold, expectObservable }) => {
    const source = '  b------d------|';
    const expected = '(vw)---(xyzs)-|';

    const changes$ = cold(source, snapshots).pipe(memberChanges());
    expectObservable(words(changes$)).toBe(expected, {
      v: '+n1',
      w: '+n2',
      x: '-n1',
      y: '+n3',
      z: 'n2>n2:left',
      s: '+n4',
    });
  });

  marbles('gives the members before and after, whole', ({ cold, expectObservable }) => {
    const source = '  --a---f---0---|';
    const expected = '--x---(yz)(uv)|';

    const alive = member('n1');
    const failed = { ...alive, status: 'failed' };
    const second = member('n2');
    const changes$ = cold(source, snapshots).pipe(memberChanges());
    expectObservable(changes$).toBe(expected, {
      x: { type: 'added', name: 'n1', after: alive },
      y: { type: 'changed', name: 'n1', before: alive, after: failed },
      z: { type: 'added', name: 'n2', after: second },
      u: { type: 'removed', name: 'n1', before: failed },
      v: { type: 'removed', name: 'n2', before: second },
    });
  });

  marbles('gives nothing where nothing is different', ({ cold, expectObservable }) => {
    const source = '  --0-a-e-a---|';
    const expected = '----x-------|';

    // `e` has other objects, which say the same.
    const changes$ = cold(source, { ...snapshots, e: members('n1') }).pipe(memberChanges());
    expectObservable(words(changes$)).toBe(expected, { x: '+n1' });
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  ------';
    const expected = '------';

    expectObservable(cold(source, snapshots).pipe(memberChanges())).toBe(expected);
  });

  marbles('ends with its source', ({ cold, expectObservable }) => {
    const empty = '    --|  ';
    const failing = '  --a-#';
    const expected1 = '--|  ';
    const expected2 = '--x-#';

    expectObservable(cold(empty, snapshots).pipe(memberChanges())).toBe(expected1);
    expectObservable(words(cold(failing, snapshots).pipe(memberChanges()))).toBe(expected2, { x: '+n1' });
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a---b---';
    const sub = '     ^---!     ';
    const expected = '--x--     ';

    const source$ = cold(source, snapshots);
    expectObservable(words(source$.pipe(memberChanges())), sub).toBe(expected, { x: '+n1' });
    expectSubscriptions(source$.subscriptions).toBe(sub);
  });

  marbles(
    'may be unsubscribed in the middle of the changes',
    ({ cold, expectObservable, expectSubscriptions }) => {
      const source = '  --b-----|';
      const sub = '     ^-!      ';
      const expected = '--(x|)   ';

      const source$ = cold(source, snapshots);
      expectObservable(words(source$.pipe(memberChanges(), take(1)))).toBe(expected, { x: '+n1' });
      expectSubscriptions(source$.subscriptions).toBe(sub);
    },
  );

  marbles('begins anew for each subscription', ({ hot, expectObservable }) => {
    const source = '   --a-b-----b----';
    const sub1 = '     ^              ';
    const sub2 = '     ---^           ';
    const expected1 = '--v-w----------';
    const expected2 = '----(vw)-------';

    const changes$ = words(hot(source, snapshots).pipe(memberChanges()));
    expectObservable(changes$, sub1).toBe(expected1, { v: '+n1', w: '+n2' });
    expectObservable(changes$, sub2).toBe(expected2, { v: '+n1', w: '+n2' });
  });

  marbles('takes names as they come', ({ cold, expectObservable }) => {
    const source = '  --a-b-|';
    const expected = '--x-y-|';

    const names = { a: members('__proto__'), b: members('__proto__:left') };
    const changes$ = cold(source, names).pipe(memberChanges());
    expectObservable(words(changes$)).toBe(expected, { x: '+__proto__', y: '__proto__>__proto__:left' });
  });
});
