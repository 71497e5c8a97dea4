import { take } from 'rxjs';
import { becomes, InvalidArgumentError, type MemberChange, type MemberStatus, memberChanges } from 'rxserf';
import { member } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { marbles } from '../kit/index.ts';

const changed = (before: MemberStatus, after: MemberStatus, tags = {}): MemberChange => ({
  type: 'changed',
  name: 'n2',
  before: member('n2', { status: before }),
  after: member('n2', { status: after, tags }),
});

const changes: Record<string, MemberChange> = {
  a: { type: 'added', name: 'n1', after: member('n1', { status: 'failed' }) },
  b: changed('alive', 'failed'),
  c: changed('failed', 'failed', { role: 'web' }),
  d: changed('failed', 'alive'),
  l: changed('failed', 'left'),
  r: { type: 'removed', name: 'n2', before: member('n2', { status: 'failed' }) },
};

describe('becomes()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a--b--c--d--|';
    const expected = '-----b--------|';

    expectObservable(cold(source, changes).pipe(becomes('failed'))).toBe(expected, changes);
  });

  marbles('selects any of several statuses, and changes between them', ({ cold, expectObservable }) => {
    const source = '  --a--b--c--d--l--r--|';
    const expected = '-----b--------l-----|';

    expectObservable(cold(source, changes).pipe(becomes('failed', 'left'))).toBe(expected, changes);
  });

  marbles('never', ({ cold, expectObservable }) => {
    expectObservable(cold('-----', changes).pipe(becomes('failed'))).toBe('-----');
  });

  marbles('empty', ({ cold, expectObservable }) => {
    expectObservable(cold('---|', changes).pipe(becomes('failed'))).toBe('---|');
  });

  marbles('errors with its source', ({ cold, expectObservable }) => {
    expectObservable(cold('-b-#', changes).pipe(becomes('failed'))).toBe('-b-#', changes);
  });

  marbles(
    'unsubscribes from its source, and can be subscribed to again',
    ({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold('  --b--b--b--|', changes);
      const first = '         ^----!      ';
      const second = '        ------^-----!';
      const expected = '      --b---------';
      const expected2 = '     --------b--b';
      const one$ = source$.pipe(becomes('failed'));

      expectObservable(one$, first).toBe(expected, changes);
      expectObservable(one$, second).toBe(expected2, changes);
      expectSubscriptions(source$.subscriptions).toBe([first, second]);
    },
  );

  marbles(
    'unsubscribes from its source when it is done',
    ({ cold, expectObservable, expectSubscriptions }) => {
      const source$ = cold('  --b--b-', changes);

      expectObservable(source$.pipe(becomes('failed'), take(1))).toBe('--(b|)', changes);
      expectSubscriptions(source$.subscriptions).toBe('^-!');
    },
  );

  marbles('selects from the changes of a membership', ({ cold, expectObservable }) => {
    const snapshot = (status: MemberStatus) => new Map([['n2', member('n2', { status })]]);
    const source = '  --a--f--a--f';
    const expected = '-----b-----b';

    expectObservable(
      cold(source, { a: snapshot('alive'), f: snapshot('failed') }).pipe(memberChanges(), becomes('failed')),
    ).toBe(expected, changes);
  });

  it('refuses what is no status', () => {
    expect(() => becomes('fialed' as 'failed')).toThrow(InvalidArgumentError);
    expect(() => (becomes as () => unknown)()).toThrow(InvalidArgumentError);
  });
});
