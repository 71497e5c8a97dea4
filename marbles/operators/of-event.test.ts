import { take } from 'rxjs';
import { type EventKind, InvalidArgumentError, type MemberEvent, ofEvent } from 'rxserf';
import { memberEvent, queryEvent, userEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { marbles } from '../kit/index.ts';

const gap = { event: 'gap', cause: 'reconnect', address: '127.0.0.1:7373', away: 7 } as const;

const events = {
  u: userEvent('deploy'),
  q: queryEvent('load'),
  m: memberEvent('member-join', 'n1'),
  l: memberEvent('member-leave', 'n1'),
  f: memberEvent('member-failed', 'n1'),
  p: memberEvent('member-update', 'n1'),
  r: memberEvent('member-reap', 'n1'),
  g: gap,
};

describe('ofEvent()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --u-m-q-u--|';
    const expected = '--u-----u--|';

    expectObservable(cold(source, events).pipe(ofEvent('user'))).toBe(expected, events);
  });

  const kinds: Record<EventKind, string> = {
    user: '         u---------|',
    query: '        -q--------|',
    'member-join': '  --m-------|',
    'member-leave': ' ---l------|',
    'member-failed': '----f-----|',
    'member-update': '-----p----|',
    'member-reap': '  ------r---|',
    gap: '          -------g--|',
  };
  for (const [kind, expected] of Object.entries(kinds) as [EventKind, string][])
    marbles(`passes what is ${kind}`, ({ cold, expectObservable }) => {
      const source = 'uqmlfprg--|';

      expectObservable(cold(source, events).pipe(ofEvent(kind))).toBe(expected, events);
    });

  marbles('passes any of several kinds, as they come, as they are', ({ cold, expectObservable }) => {
    const source = '  -(uqmlfprg)-u-m-|';
    const expected = '-(mrg)--------m-|';

    const passed$ = cold(source, events).pipe(ofEvent('gap', 'member-reap', 'member-join'));
    expectObservable(passed$).toBe(expected, events);
  });

  marbles('tells the kinds of one type apart', ({ cold, expectObservable }) => {
    const source = '  --m-l-m--|';
    const expected = '--m---m--|';

    const events$ = cold<MemberEvent>(source, { m: events.m, l: events.l });
    expectObservable(events$.pipe(ofEvent('member-join'))).toBe(expected, events);
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  ---u--';
    const never = '   ------';
    const expected = '------';

    expectObservable(cold(source, events).pipe(ofEvent('query'))).toBe(expected);
    expectObservable(cold(never, events).pipe(ofEvent('query'))).toBe(expected);
  });

  marbles('ends with its source', ({ cold, expectObservable }) => {
    const empty = '    --|  ';
    const failing = '  --u-#';
    const expected1 = '--|  ';
    const expected2 = '--u-#';

    expectObservable(cold(empty, events).pipe(ofEvent('user'))).toBe(expected1);
    expectObservable(cold(failing, events).pipe(ofEvent('user'))).toBe(expected2, events);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --m-u-u--';
    const sub1 = '    ^----!   ';
    const sub2 = '    ^---!    ';
    const expected = '----u----';
    const taken = '   ----(u|) ';

    const source$ = cold(source, events);
    const users$ = source$.pipe(ofEvent('user'));
    expectObservable(users$, sub1).toBe(expected, events);
    expectObservable(users$.pipe(take(1))).toBe(taken, events);
    expectSubscriptions(source$.subscriptions).toBe([sub1, sub2]);
  });

  marbles('is the same for each subscription', ({ hot, expectObservable }) => {
    const source = '   --u-m-u--|';
    const sub1 = '     ^         ';
    const sub2 = '     ---^      ';
    const expected1 = '--u---u--|';
    const expected2 = '------u--|';

    const users$ = hot(source, events).pipe(ofEvent('user'));
    expectObservable(users$, sub1).toBe(expected1, events);
    expectObservable(users$, sub2).toBe(expected2, events);
  });
});

describe('a kind', () => {
  for (const bad of ['deploy', 'User', 'user:deploy', '*', '', '__proto__', 7, null, undefined, ['user'], {}])
    it(`of ${JSON.stringify(bad)} is refused at the call`, () => {
      expect(() => ofEvent(bad as 'user')).toThrow(InvalidArgumentError);
      expect(() => ofEvent('user', bad as 'user')).toThrow(/^ofEvent: kinds should be some of user, query/);
    });

  it('is wanted', () => {
    expect(() => (ofEvent as () => unknown)()).toThrow(InvalidArgumentError);
    expect(() => (ofEvent as () => unknown)()).toThrow(/not nothing$/);
  });
});
