import { concat, NEVER, of, Subject, take, VirtualTimeScheduler } from 'rxjs';
import { InvalidArgumentError, type Member, settled } from 'rxserf';
import { member } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
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

const snapshots = {
  '0': members(),
  a: members('n1'),
  b: members('n1', 'n2'),
  c: members('n2'),
  // As b, in other objects and in another order.
  e: members('n2', 'n1'),
  f: members('n1', 'n2 failed'),
};

describe('settled()', () => {
  marbles('as in its diagram', ({ cold, expectObservable, scheduler }) => {
    const source = '  --a-b--e-----c--|   ';
    const expected = '---------b------(c|)';

    expectObservable(cold(source, snapshots).pipe(settled(5, { scheduler }))).toBe(expected, snapshots);
  });

  marbles('waits for quiet', ({ cold, expectObservable }) => {
    const source = '  --a---b---f---c-----------|';
    const expected = '-------------------c------|';

    expectObservable(cold(source, snapshots).pipe(settled(5))).toBe(expected, snapshots);
  });

  marbles('emits each time it comes to rest', ({ cold, expectObservable }) => {
    const source = '  --a------b-f---------c------|';
    const expected = '-----a--------f---------c---|';

    expectObservable(cold(source, snapshots).pipe(settled(3))).toBe(expected, snapshots);
  });

  marbles('emits what it came back to', ({ cold, expectObservable }) => {
    const source = '  --a------b-a------|';
    const expected = '-----a--------a---|';

    expectObservable(cold(source, snapshots).pipe(settled(3))).toBe(expected, snapshots);
  });

  marbles('is held back for no longer than it may be', ({ cold, expectObservable, scheduler }) => {
    const source = '  --a--b--c--f--a--b---------c-|     ';
    const expected = '----------c--------b---------(c|)';

    const options = { atMost: 8, scheduler };
    expectObservable(cold(source, snapshots).pipe(settled(5, options))).toBe(expected, snapshots);
  });

  marbles('is not kept waiting by snapshots that say nothing new', ({ cold, expectObservable }) => {
    const source = '  --b-e-b-e-b-e-b-e-|';
    const expected = '-------b----------|';

    expectObservable(cold(source, snapshots).pipe(settled(5))).toBe(expected, snapshots);
  });

  marbles('sees a change of one member alone', ({ cold, expectObservable }) => {
    const source = '  --b------f-----|';
    const expected = '-----b------f--|';

    expectObservable(cold(source, snapshots).pipe(settled(3))).toBe(expected, snapshots);
  });

  marbles('takes one member for another as a change', ({ cold, expectObservable }) => {
    const source = '  --a------c-----|';
    const expected = '-----a------c--|';

    expectObservable(cold(source, snapshots).pipe(settled(3))).toBe(expected, snapshots);
  });

  marbles('takes an empty membership as one', ({ cold, expectObservable }) => {
    const source = '  0-----0---a-0-----|';
    const expected = '---0-----------0--|';

    expectObservable(cold(source, snapshots).pipe(settled(3))).toBe(expected, snapshots);
  });

  marbles('emits at completion what has not come to rest', ({ cold, expectObservable }) => {
    const source = '   --a-b|     ';
    const atOnce = '  (ab|)     ';
    const rested = '   --a-----e|';
    const expected1 = '-----(b|) ';
    const expected2 = '(b|)      ';
    const expected3 = '-----a---(e|)';

    expectObservable(cold(source, snapshots).pipe(settled(5))).toBe(expected1, snapshots);
    expectObservable(cold(atOnce, snapshots).pipe(settled(5))).toBe(expected2, snapshots);
    expectObservable(cold(rested, snapshots).pipe(settled(3))).toBe(expected3, snapshots);
  });

  marbles('emits nothing twice at completion', ({ cold, expectObservable }) => {
    const source = '  --b------e-|';
    const expected = '-----b-----|';

    expectObservable(cold(source, snapshots).pipe(settled(3))).toBe(expected, snapshots);
  });

  marbles('leaves what has not come to rest at an error', ({ cold, expectObservable }) => {
    const source = '  --a-#';
    const expected = '----#';

    expectObservable(cold(source, snapshots).pipe(settled(5))).toBe(expected);
  });

  marbles('may wait for no time at all: for what comes at once', ({ cold, expectObservable }) => {
    const source = '  --(abf)--c--|';
    const expected = '--f------c--|';

    expectObservable(cold(source, snapshots).pipe(settled(0))).toBe(expected, snapshots);
  });

  marbles('may wait for long', ({ cold, expectObservable }) => {
    const source = '  --a 60s b 599s -------';
    const expected = '-- 60s - 300s b';

    expectObservable(cold(source, snapshots).pipe(settled(300_000))).toBe(expected, snapshots);
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  ------';
    const expected = '------';

    expectObservable(cold(source, snapshots).pipe(settled(3))).toBe(expected);
  });

  marbles('ends with an empty source', ({ cold, expectObservable }) => {
    const source = '  --|';
    const expected = '--|';

    expectObservable(cold(source, snapshots).pipe(settled(3))).toBe(expected);
  });

  marbles('unsubscribes from its source, and waits no more', (kit) => {
    const { cold, expectObservable, expectSubscriptions } = kit;
    const source = '  --a----b----';
    const sub1 = '    ^-------!   ';
    const sub2 = '    ^----!      ';
    const expected = '-----a------';
    const taken = '   -----(a|)   ';

    const source$ = cold(source, snapshots);
    const settled$ = source$.pipe(settled(3));
    expectObservable(settled$, sub1).toBe(expected, snapshots);
    expectObservable(settled$.pipe(take(1))).toBe(taken, snapshots);
    expectSubscriptions(source$.subscriptions).toBe([sub1, sub2]);
  });

  marbles('begins anew for each subscription', ({ hot, expectObservable }) => {
    const source = '   --a----e--b--b-----';
    const sub1 = '     ^                   ';
    const sub2 = '     -----------^        ';
    const expected1 = '-----a----e--------';
    const expected2 = '----------------b--';

    const settled$ = hot(source, snapshots).pipe(settled(3));
    expectObservable(settled$, sub1).toBe(expected1, snapshots);
    expectObservable(settled$, sub2).toBe(expected2, snapshots);
  });

  it('lives in the time of the scheduler it is given', () => {
    const scheduler = new VirtualTimeScheduler();
    const emitted: number[] = [];
    concat(of(snapshots.a), NEVER)
      .pipe(settled(7, { scheduler }))
      .subscribe(() => emitted.push(scheduler.frame));
    scheduler.flush();
    expect(emitted).toEqual([7]);
  });

  it('waits no longer when the clock is set back', () => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.now = () => -scheduler.frame;
    const emitted: number[] = [];
    concat(of(snapshots.a), NEVER)
      .pipe(settled(7, { scheduler }))
      .subscribe(() => emitted.push(scheduler.frame));
    scheduler.maxFrames = 100;
    scheduler.flush();
    expect(emitted).toEqual([7]);
  });

  it('has one timer while it waits, and none else', () => {
    const scheduler = new VirtualTimeScheduler();
    const source = new Subject<ReadonlyMap<string, Member>>();
    const settled$ = source.pipe(settled(7, { scheduler }));
    const waiting = () => scheduler.actions.length;
    const left = settled$.subscribe();
    expect(waiting()).toBe(0);
    for (const snapshot of Object.values(snapshots)) source.next(snapshot);
    expect(waiting()).toBe(1);
    left.unsubscribe();
    expect(waiting()).toBe(0);

    settled$.subscribe({ error: () => {} });
    source.next(snapshots.a);
    expect(waiting()).toBe(1);
    source.error(new Error('of the source'));
    expect(waiting()).toBe(0);
  });
});

describe('a time', () => {
  for (const bad of [-1, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 31, '5', null, undefined, {}, 5n])
    it(`of ${String(bad)} (${typeof bad}) is refused at the call`, () => {
      expect(() => settled(bad as number)).toThrow(InvalidArgumentError);
      expect(() => settled(bad as number)).toThrow(
        /^settled: ms should be a number from 0 to 2147483647, not /,
      );
    });
});
