import { of, take } from 'rxjs';
import { fromNode, InvalidArgumentError, type Member, type MemberEvent, type StreamGap } from 'rxserf';
import { ack, member, memberEvent, response } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { marbles } from '../kit/index.ts';

const replies = {
  a: ack('n1'),
  b: ack('n2'),
  r: response('n1'),
  s: response('n2'),
  t: response('n10'),
  p: response('__proto__'),
};

const n1 = member('n1');
const n2 = member('n2');

describe('fromNode()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a-b-r-s---|';
    const expected = '--a---r-----|';

    expectObservable(cold(source, replies).pipe(fromNode('n1'))).toBe(expected, replies);
  });

  marbles('takes a text as the whole name', ({ cold, expectObservable }) => {
    const source = '   -abrstp-|';
    const expected1 = '-a-r----|';
    const expected2 = '------p-|';
    const expected3 = '--------|';

    expectObservable(cold(source, replies).pipe(fromNode('n1'))).toBe(expected1, replies);
    expectObservable(cold(source, replies).pipe(fromNode('__proto__'))).toBe(expected2, replies);
    expectObservable(cold(source, replies).pipe(fromNode('n.'))).toBe(expected3, replies);
  });

  marbles('searches for a RegExp, each time anew', ({ cold, expectObservable }) => {
    const source = '   -abrstp-aaa-|';
    const expected1 = '-a-r-t--aaa-|';
    const expected2 = '-a-r----aaa-|';

    expectObservable(cold(source, replies).pipe(fromNode(/n1/g))).toBe(expected1, replies);
    expectObservable(cold(source, replies).pipe(fromNode(/^n1$/y))).toBe(expected2, replies);
  });

  marbles('selects members', ({ cold, expectObservable }) => {
    const source = '  --a--b--|';
    const expected = '--a-----|';

    const members = { a: n1, b: n2 };
    expectObservable(cold(source, members).pipe(fromNode('n1'))).toBe(expected, members);
  });

  marbles('selects in lists, in snapshots and in events', ({ cold, expectObservable }) => {
    const source = '   --a--b--c--|';
    const expected1 = '--c--y--c--|';
    const expected2 = '--c-----c--|';

    const lists = { a: [n2, n1], b: [n2], c: [n1], y: [] };
    const snapshots = {
      a: new Map([
        ['n1', n1],
        ['n2', n2],
      ]),
      b: new Map([['n2', n2]]),
      c: new Map([['n1', n1]]),
      y: new Map(),
    };
    const events: Record<string, MemberEvent> = {
      a: memberEvent('member-join', n2, n1),
      b: memberEvent('member-join', n2),
      c: memberEvent('member-join', n1),
    };
    expectObservable(cold<Member[]>(source, lists).pipe(fromNode('n1'))).toBe(expected1, lists);
    expectObservable(cold(source, snapshots).pipe(fromNode('n1'))).toBe(expected1, snapshots);
    expectObservable(cold(source, events).pipe(fromNode('n1'))).toBe(expected2, events);
  });

  marbles('lets gaps pass', ({ cold, expectObservable }) => {
    const source = '  --b--g--c--|';
    const expected = '-----g--c--|';

    const events: Record<string, MemberEvent | StreamGap> = {
      b: memberEvent('member-join', n2),
      c: memberEvent('member-join', n1),
      g: { event: 'gap', cause: 'reconnect', address: 'agent', away: 1 },
    };
    expectObservable(cold(source, events).pipe(fromNode('n1'))).toBe(expected, events);
  });

  it('passes on what has nothing to leave out as it is, the same object', () => {
    const values = [[n1], new Map([['n1', n1]]), memberEvent('member-join', n1), n1, replies.a] as const;
    for (const value of values) {
      const passed: unknown[] = [];
      const subscription = fromNode('n1')(of(value)).subscribe((each) => passed.push(each));
      expect(passed).toHaveLength(1);
      expect(passed[0]).toBe(value);
      expect(subscription.closed).toBe(true);
    }
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  ------';
    const expected = '------';

    expectObservable(cold(source, replies).pipe(fromNode('n1'))).toBe(expected);
  });

  marbles('ends with its source', ({ cold, expectObservable }) => {
    const empty = '    --|  ';
    const failing = '  --a-#';
    const expected1 = '--|  ';
    const expected2 = '--a-#';

    expectObservable(cold(empty, replies).pipe(fromNode('n1'))).toBe(expected1);
    expectObservable(cold(failing, replies).pipe(fromNode('n1'))).toBe(expected2, replies);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --b-a-r--';
    const sub1 = '    ^----!   ';
    const sub2 = '    ^---!    ';
    const expected = '----a----';
    const taken = '   ----(a|) ';

    const source$ = cold(source, replies);
    const first$ = source$.pipe(fromNode('n1'));
    expectObservable(first$, sub1).toBe(expected, replies);
    expectObservable(first$.pipe(take(1))).toBe(taken, replies);
    expectSubscriptions(source$.subscriptions).toBe([sub1, sub2]);
  });

  marbles('is the same for each subscription', ({ hot, expectObservable }) => {
    const source = '   --a-b-r--|';
    const sub1 = '     ^         ';
    const sub2 = '     ---^      ';
    const expected1 = '--a---r--|';
    const expected2 = '------r--|';

    const first$ = hot(source, replies).pipe(fromNode(/n1/g));
    expectObservable(first$, sub1).toBe(expected1, replies);
    expectObservable(first$, sub2).toBe(expected2, replies);
  });
});

describe('a name', () => {
  for (const bad of [undefined, null, 7, {}, ['n1']])
    it(`of ${JSON.stringify(bad)} is refused at the call`, () => {
      expect(() => fromNode(bad as string)).toThrow(InvalidArgumentError);
      expect(() => fromNode(bad as string)).toThrow(
        /^fromNode: the name should be a string or a RegExp, not /,
      );
    });
});
