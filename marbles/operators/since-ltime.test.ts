import { InvalidArgumentError, type LTime, sinceLTime } from 'rxserf';
import { memberEvent, queryEvent, userEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { marbles } from '../kit/index.ts';

const user = (ltime: LTime) => userEvent('deploy', 'v1', { ltime });
const query = (ltime: LTime) => queryEvent('load', '', { ltime });
const others = {
  m: memberEvent('member-join', 'n1'),
  g: { event: 'gap', cause: 'reconnect', address: 'agent', away: 1 } as const,
};

/** User events and queries at 6, 7 and 8. */
const events = { a: user(6), b: user(7), c: user(8), x: query(6), y: query(7), z: query(8), ...others };

describe('sinceLTime()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a-b-m-c-d--|';
    const expected = '----b-m---d--|';

    const values = { ...others, a: user(5), b: user(7), c: query(6), d: query(8) };
    expectObservable(cold(source, values).pipe(sinceLTime(7))).toBe(expected, values);
  });

  marbles('takes a time for each clock', ({ cold, expectObservable }) => {
    const source = '   --abcxyz-|';
    const expected1 = '----c-yz-|';
    const expected2 = '---bcxyz-|';
    const expected3 = '--abc--z-|';
    const expected4 = '--abcxyz-|';

    const source$ = cold(source, events);
    expectObservable(source$.pipe(sinceLTime({ user: 8, query: 7 }))).toBe(expected1, events);
    expectObservable(source$.pipe(sinceLTime({ user: 7 }))).toBe(expected2, events);
    expectObservable(source$.pipe(sinceLTime({ query: 8 }))).toBe(expected3, events);
    expectObservable(source$.pipe(sinceLTime({}))).toBe(expected4, events);
    expectObservable(source$.pipe(sinceLTime({ user: undefined, query: 8 }))).toBe(expected3, events);
    expectObservable(source$.pipe(sinceLTime({ user: 7, query: undefined }))).toBe(expected2, events);
  });

  marbles('passes what has no Lamport time', ({ cold, expectObservable }) => {
    const source = '  --m-g-m-|';

    expectObservable(cold(source, events).pipe(sinceLTime(100))).toBe(source, events);
  });

  marbles('compares exactly, above 2^53 and on both sides', ({ cold, expectObservable }) => {
    const source = '  --a-b-c-d-|';
    const above = '   ------c-d-|';
    const below = '   ----b-c-d-|';

    const values = { a: user(7), b: user(2 ** 53 - 1), c: user(2n ** 53n + 1n), d: user(2n ** 64n - 1n) };
    const source$ = cold(source, values);
    expectObservable(source$.pipe(sinceLTime(2n ** 53n + 1n))).toBe(above, values);
    expectObservable(source$.pipe(sinceLTime(8n))).toBe(below, values);
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  ------';

    expectObservable(cold(source, events).pipe(sinceLTime(7))).toBe(source);
  });

  marbles('ends with its source', ({ cold, expectObservable }) => {
    const empty = '    --|    ';
    const failing = '  --a-c-#';
    const expected1 = '--|    ';
    const expected2 = '----c-#';

    expectObservable(cold(empty, events).pipe(sinceLTime(7))).toBe(expected1);
    expectObservable(cold(failing, events).pipe(sinceLTime(7))).toBe(expected2, events);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --b-c---';
    const sub = '     ^--!    ';
    const expected = '--b-    ';

    const source$ = cold(source, events);
    expectObservable(source$.pipe(sinceLTime(7)), sub).toBe(expected, events);
    expectSubscriptions(source$.subscriptions).toBe(sub);
  });

  marbles('is the same for each subscription', ({ hot, expectObservable }) => {
    const source = '   --b-a-b-|';
    const sub = '      ---^     ';
    const expected1 = '--b---b-|';
    const expected2 = '------b-|';

    const events$ = hot(source, events).pipe(sinceLTime(7));
    expectObservable(events$).toBe(expected1, events);
    expectObservable(events$, sub).toBe(expected2, events);
  });
});

describe('a time', () => {
  for (const bad of [-1, 1.5, Number.NaN, 2 ** 53, -1n, '7', null, undefined, true]) {
    it(`of ${String(bad)} (${typeof bad}) is refused at the call`, () => {
      const time = bad as LTime;
      expect(() => sinceLTime(time)).toThrow(InvalidArgumentError);
      // For one of the clocks, that is all.
      if (time === undefined) return;
      expect(() => sinceLTime({ user: time })).toThrow(InvalidArgumentError);
      expect(() => sinceLTime({ user: 1, query: time })).toThrow(
        /^sinceLTime: a Lamport time should be an exact integer from 0 on, not /,
      );
    });
  }
});
