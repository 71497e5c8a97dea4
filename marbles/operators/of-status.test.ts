import { take } from 'rxjs';
import {
  InvalidArgumentError,
  type Member,
  type MemberEvent,
  type MemberStatus,
  ofStatus,
  type StreamGap,
} from 'rxserf';
import { member, memberEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { marbles } from '../kit/index.ts';

const alive = member('n1');
const failed = member('n2', { status: 'failed' });

const snapshot = (...members: Member[]): ReadonlyMap<string, Member> =>
  new Map(members.map((each) => [each.name, each]));

const snapshots = {
  a: snapshot(alive, failed),
  b: snapshot(failed),
  c: snapshot(alive),
  x: snapshot(alive),
  y: snapshot(),
};

const members = {
  a: alive,
  f: failed,
  n: member('n3', { status: 'none' }),
  g: member('n4', { status: 'leaving' }),
  l: member('n5', { status: 'left' }),
};

describe('ofStatus()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a--b--c--|';
    const expected = '--x--y--c--|';

    expectObservable(cold(source, snapshots).pipe(ofStatus('alive'))).toBe(expected, snapshots);
  });

  const statuses: Record<MemberStatus, string> = {
    none: '   n-----|',
    alive: '  -a----|',
    leaving: '--g---|',
    left: '   ---l--|',
    failed: ' ----f-|',
  };
  for (const [status, expected] of Object.entries(statuses) as [MemberStatus, string][])
    marbles(`selects who is ${status}`, ({ cold, expectObservable }) => {
      const source = 'naglf-|';

      expectObservable(cold(source, members).pipe(ofStatus(status))).toBe(expected, members);
    });

  marbles('selects any of several statuses', ({ cold, expectObservable }) => {
    const source = '  --naglf--|';
    const expected = '--n--lf--|';

    const selected$ = cold(source, members).pipe(ofStatus('left', 'failed', 'none'));
    expectObservable(selected$).toBe(expected, members);
  });

  marbles('selects in lists and in events', ({ cold, expectObservable }) => {
    const source = '   --a--b--c--|';
    const expected1 = '--x--y--c--|';
    const expected2 = '--x-----c--|';

    const lists = { a: [alive, failed], b: [failed], c: [alive], x: [alive], y: [] };
    const events: Record<string, MemberEvent> = {
      a: memberEvent('member-update', alive, failed),
      b: memberEvent('member-update', failed),
      c: memberEvent('member-update', alive),
      x: memberEvent('member-update', alive),
    };
    expectObservable(cold<Member[]>(source, lists).pipe(ofStatus('alive'))).toBe(expected1, lists);
    expectObservable(cold(source, events).pipe(ofStatus('alive'))).toBe(expected2, events);
  });

  marbles('lets gaps pass', ({ cold, expectObservable }) => {
    const source = '  --b--g--c--|';
    const expected = '-----g--c--|';

    const events: Record<string, MemberEvent | StreamGap> = {
      b: memberEvent('member-update', failed),
      c: memberEvent('member-update', alive),
      g: { event: 'gap', cause: 'reconnect', address: 'agent', away: 1 },
    };
    expectObservable(cold(source, events).pipe(ofStatus('alive'))).toBe(expected, events);
  });

  marbles('has no place for a status that is none', ({ cold, expectObservable }) => {
    const source = '  --a-b-|';
    const expected = '------|';

    const odd = { a: { ...alive, status: '__proto__' } as never, b: { ...alive, status: '' } as never };
    const every = ofStatus('none', 'alive', 'leaving', 'left', 'failed');
    expectObservable(cold<Member>(source, odd).pipe(every)).toBe(expected);
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  ------';
    const expected = '------';

    expectObservable(cold(source, members).pipe(ofStatus('alive'))).toBe(expected);
  });

  marbles('ends with its source', ({ cold, expectObservable }) => {
    const empty = '    --|  ';
    const failing = '  --a-#';
    const expected1 = '--|  ';
    const expected2 = '--a-#';

    expectObservable(cold(empty, members).pipe(ofStatus('alive'))).toBe(expected1);
    expectObservable(cold(failing, members).pipe(ofStatus('alive'))).toBe(expected2, members);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --f-a-a--';
    const sub1 = '    ^----!   ';
    const sub2 = '    ^---!    ';
    const expected = '----a----';
    const taken = '   ----(a|) ';

    const source$ = cold(source, members);
    const alive$ = source$.pipe(ofStatus('alive'));
    expectObservable(alive$, sub1).toBe(expected, members);
    expectObservable(alive$.pipe(take(1))).toBe(taken, members);
    expectSubscriptions(source$.subscriptions).toBe([sub1, sub2]);
  });

  marbles('is the same for each subscription', ({ hot, expectObservable }) => {
    const source = '   --a-f-a--|';
    const sub1 = '     ^         ';
    const sub2 = '     ---^      ';
    const expected1 = '--a---a--|';
    const expected2 = '------a--|';

    const alive$ = hot(source, members).pipe(ofStatus('alive'));
    expectObservable(alive$, sub1).toBe(expected1, members);
    expectObservable(alive$, sub2).toBe(expected2, members);
  });
});

describe('a status', () => {
  for (const bad of ['dead', 'Alive', '', '(alive|left)', 7, null, undefined, ['alive'], {}])
    it(`of ${JSON.stringify(bad)} is refused at the call`, () => {
      expect(() => ofStatus(bad as 'alive')).toThrow(InvalidArgumentError);
      expect(() => ofStatus('alive', bad as 'alive')).toThrow(
        /^ofStatus: statuses should be some of none, alive/,
      );
    });

  it('is wanted', () => {
    expect(() => (ofStatus as () => unknown)()).toThrow(InvalidArgumentError);
  });
});
