import { of, take, toArray } from 'rxjs';
import { InvalidArgumentError, named } from 'rxserf';
import { member, memberEvent, queryEvent, userEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { marbles } from '../kit/index.ts';

const gap = { event: 'gap', cause: 'reconnect', address: '127.0.0.1:7373', away: 7 } as const;

const events = {
  a: userEvent('deploy'),
  b: queryEvent('load'),
  c: queryEvent('deploy'),
  d: userEvent('deploy-web'),
  e: userEvent('redeploy'),
  f: userEvent('Deploy'),
  '0': userEvent(''),
  m: memberEvent('member-join', 'deploy'),
  g: gap,
};

describe('named()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a--b--m--a--|';
    const expected = '--a--------a--|';

    expectObservable(cold(source, events).pipe(named('deploy'))).toBe(expected, events);
  });

  marbles('takes a text as the whole name', ({ cold, expectObservable }) => {
    const source = '   -abcdef0mg-|';
    const expected1 = '-a-c-------|';
    const expected2 = '-------0---|';
    const expected3 = '-----------|';

    expectObservable(cold(source, events).pipe(named('deploy'))).toBe(expected1, events);
    expectObservable(cold(source, events).pipe(named(''))).toBe(expected2, events);
    // No pattern.
    expectObservable(cold(source, events).pipe(named('deploy.*'))).toBe(expected3, events);
  });

  marbles('searches for a RegExp', ({ cold, expectObservable }) => {
    const source = '   -abcdef0mg-|';
    const expected1 = '-a-cde-----|';
    const expected2 = '-a-cd-f----|';
    const expected3 = '-abcdef0---|';

    expectObservable(cold(source, events).pipe(named(/deploy/))).toBe(expected1, events);
    expectObservable(cold(source, events).pipe(named(/^deploy/i))).toBe(expected2, events);
    expectObservable(cold(source, events).pipe(named(/(?:)/))).toBe(expected3, events);
  });

  for (const flags of ['g', 'y', 'gy'])
    marbles(`begins each search anew, with ${flags}`, ({ cold, expectObservable }) => {
      const source = '  -aaa-d-d-a-(aca)-|';
      const expected = '-aaa-d-d-a-(aca)-|';

      expectObservable(cold(source, events).pipe(named(new RegExp('deploy', flags)))).toBe(expected, events);
    });

  marbles('has nothing to do with where the pattern is used else', ({ cold, expectObservable }) => {
    const source = '  -a-a-a-|';
    const expected = '-a-a-a-|';

    const pattern = /deploy/g;
    pattern.lastIndex = 3;
    const named$ = cold(source, events).pipe(named(pattern));
    pattern.compile('load');
    expectObservable(named$).toBe(expected, events);
  });

  it('leaves the pattern as it was', () => {
    const pattern = Object.freeze(/deploy/g);
    const passed: unknown[] = [];
    of(events.a, events.a)
      .pipe(named(pattern), toArray())
      .subscribe((all) => passed.push(...all));

    expect(passed).toHaveLength(2);
    expect(pattern.lastIndex).toBe(0);
  });

  marbles('takes whatever has a name, and nothing else', ({ cold, expectObservable }) => {
    const values = {
      a: member('__proto__'),
      b: { type: 'added', name: '__proto__', after: member('__proto__') },
      c: { name: 7 },
      d: { name: null },
      e: {},
      n: null,
      u: undefined,
      t: '__proto__',
    };
    const source = '   -abcdenut-|';
    const expected1 = '-ab-------|';
    const expected2 = '-ab-------|';

    expectObservable(cold<unknown>(source, values).pipe(named('__proto__'))).toBe(expected1, values);
    expectObservable(cold<unknown>(source, values).pipe(named(/(?:)/))).toBe(expected2, values);
  });

  marbles('takes names that were no UTF-8', ({ cold, expectObservable }) => {
    const values = { a: userEvent('caf\udce9'), b: userEvent('café') };
    const source = '  -ab-|';
    const expected = '-a--|';

    expectObservable(cold(source, values).pipe(named('caf\udce9'))).toBe(expected, values);
    expectObservable(cold(source, values).pipe(named(/\udce9$/u))).toBe(expected, values);
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  ------';
    const expected = '------';

    expectObservable(cold(source, events).pipe(named('deploy'))).toBe(expected);
  });

  marbles('ends with its source', ({ cold, expectObservable }) => {
    const empty = '    --|  ';
    const failing = '  --a-#';
    const expected1 = '--|  ';
    const expected2 = '--a-#';

    expectObservable(cold(empty, events).pipe(named('deploy'))).toBe(expected1);
    expectObservable(cold(failing, events).pipe(named('deploy'))).toBe(expected2, events);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --b-a-a--';
    const sub1 = '    ^----!   ';
    const sub2 = '    ^---!    ';
    const expected = '----a----';
    const taken = '   ----(a|) ';

    const source$ = cold(source, events);
    const deploys$ = source$.pipe(named('deploy'));
    expectObservable(deploys$, sub1).toBe(expected, events);
    expectObservable(deploys$.pipe(take(1))).toBe(taken, events);
    expectSubscriptions(source$.subscriptions).toBe([sub1, sub2]);
  });

  marbles('is the same for each subscription', ({ hot, expectObservable }) => {
    const source = '   --a-b-a--|';
    const sub1 = '     ^         ';
    const sub2 = '     ---^      ';
    const expected1 = '--a---a--|';
    const expected2 = '------a--|';

    const deploys$ = hot(source, events).pipe(named(/deploy/g));
    expectObservable(deploys$, sub1).toBe(expected1, events);
    expectObservable(deploys$, sub2).toBe(expected2, events);
  });
});

describe('a name', () => {
  for (const bad of [undefined, null, 7, {}, ['deploy'], () => true])
    it(`of ${JSON.stringify(bad)} (${typeof bad}) is refused at the call`, () => {
      expect(() => named(bad as string)).toThrow(InvalidArgumentError);
      expect(() => named(bad as string)).toThrow(/^named: the name should be a string or a RegExp, not /);
    });
});
