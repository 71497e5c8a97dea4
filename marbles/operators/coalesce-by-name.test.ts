import { from, map, type SchedulerLike, Subject, take } from 'rxjs';
import {
  type CoalesceByNameOptions,
  coalesceByName,
  InvalidArgumentError,
  type LTime,
  type SerfEvent,
  type UserEvent,
} from 'rxserf';
import { memberEvent, queryEvent, userEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { bug, marbles } from '../kit/index.ts';

/** An event that may coalesce; its payload is the letter it has in diagrams, so that no two are equal. */
const may = (name: string, ltime: LTime, payload = `${name}${ltime}`) =>
  userEvent(name, payload, { ltime, coalesce: true });

/** a to d of one name, at 1 to 4; e and f of another, at 1 and 2; the others are not for holding. */
const events: Record<string, SerfEvent<unknown>> = {
  a: may('deploy', 1),
  b: may('deploy', 2),
  c: may('deploy', 3),
  d: may('deploy', 4),
  e: may('reload', 1),
  f: may('reload', 2),
  n: userEvent('deploy', 'n', { ltime: 9 }),
  q: queryEvent('load'),
  m: memberEvent('member-join', 'n1'),
};
const gap = { event: 'gap', cause: 'reconnect', address: 'agent', away: 1 } as const;

const times = { quantum: 6, quiescent: 3 };

describe('coalesceByName()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --abAn------c-d-e---f-|    ';
    const expected = '-----n-(bA)-------e---(f|)';

    const values = {
      a: may('deploy', 1),
      A: may('deploy', 2),
      b: may('reload', 7),
      n: userEvent('deploy', '', { ltime: 3 }),
      c: may('restart', 1),
      d: may('restart', 2),
      e: may('restart', 3),
      f: may('restart', 4),
    };
    expectObservable(cold(source, values).pipe(coalesceByName(times))).toBe(expected, values);
  });

  marbles('emits a single event when there was quiet', ({ cold, expectObservable }) => {
    const source = '  --a--------|';
    const expected = '-----a-----|';

    expectObservable(cold(source, events).pipe(coalesceByName(times))).toBe(expected, events);
  });

  marbles(
    'begins the quiet anew with each event, also with one that is not kept',
    ({ cold, expectObservable }) => {
      const source = '  --b-a--------|';
      const expected = '-------b-----|';

      expectObservable(cold(source, events).pipe(coalesceByName(times))).toBe(expected, events);
    },
  );

  marbles('holds nothing for longer than the quantum', ({ cold, expectObservable }) => {
    const source = '  --a-b-c--d--|    ';
    const expected = '--------c---(d|) ';

    expectObservable(cold(source, events).pipe(coalesceByName(times))).toBe(expected, events);
  });

  marbles('may have a quantum that is the shorter one', ({ cold, expectObservable }) => {
    const source = '  --a-b-----c------|';
    const expected = '------b-------c--|';

    const options = { quantum: 4, quiescent: 9 };
    expectObservable(cold(source, events).pipe(coalesceByName(options))).toBe(expected, events);
  });

  marbles('tells names apart, and keeps the order in which events came', ({ cold, expectObservable }) => {
    const source = '  --aebf------|';
    const expected = '--------(bf)|';

    expectObservable(cold(source, events).pipe(coalesceByName(times))).toBe(expected, events);
  });

  marbles('keeps all of the latest Lamport time', ({ cold, expectObservable }) => {
    const source = '  --axeyz-------|';
    const expected = '--------(xeyz)|';

    const values = {
      a: may('deploy', 1),
      e: may('reload', 1),
      x: may('deploy', 5, 'x'),
      y: may('deploy', 5, 'y'),
      z: may('deploy', 5, 'y'),
    };
    expectObservable(cold(source, values).pipe(coalesceByName(times))).toBe(expected, values);
  });

  marbles('knows the latest exactly', ({ cold, expectObservable }) => {
    const source = '  --yxa-----|';
    const expected = '-------y--|';

    const values = {
      a: may('deploy', Number.MAX_SAFE_INTEGER),
      x: may('deploy', 2n ** 53n),
      y: may('deploy', 2n ** 53n + 1n),
    };
    expectObservable(cold(source, values).pipe(coalesceByName(times))).toBe(expected, values);
  });

  marbles('lets pass at once what is not for holding', ({ cold, expectObservable }) => {
    const source = '  --anqmg--|   ';
    const expected = '---nqmg--(a|)';

    const values = { ...events, g: gap };
    const slow = { quantum: 50, quiescent: 50 };
    expectObservable(cold(source, values).pipe(coalesceByName(slow))).toBe(expected, values);
  });

  marbles('takes names as they come', ({ cold, expectObservable }) => {
    const source = '  --abc------|';
    const expected = '-------(bc)|';

    const values = {
      a: may('__proto__', 1),
      b: may('__proto__', 2),
      c: may('constructor', 1),
    };
    expectObservable(cold(source, values).pipe(coalesceByName(times))).toBe(expected, values);
  });

  marbles('begins a new burst after each one', ({ cold, expectObservable }) => {
    const source = '  --c-----a----b--|   ';
    const expected = '-----c-----a----(b|)';

    expectObservable(cold(source, events).pipe(coalesceByName(times))).toBe(expected, events);
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  ------';

    expectObservable(cold(source, events).pipe(coalesceByName(times))).toBe(source);
  });
});

describe('the end of the source', () => {
  marbles('lets go on at once what is held', ({ cold, expectObservable }) => {
    const source = '  --ae|    ';
    const expected = '----(ae|)';

    expectObservable(cold(source, events).pipe(coalesceByName(times))).toBe(expected, events);
  });

  marbles('does so before its error', ({ cold, expectObservable }) => {
    const source = '  --ae#    ';
    const expected = '----(ae#)';

    expectObservable(cold(source, events, bug).pipe(coalesceByName(times))).toBe(expected, events, bug);
  });

  marbles('is its own where nothing is held', ({ cold, expectObservable }) => {
    const empty = '    --|      ';
    const failing = '  --a-----# ';
    const expected1 = '--|      ';
    const expected2 = '-----a--# ';

    expectObservable(cold(empty, events).pipe(coalesceByName(times))).toBe(expected1);
    expectObservable(cold(failing, events, bug).pipe(coalesceByName(times))).toBe(expected2, events, bug);
  });
});

describe('who unsubscribes', () => {
  // So long that the kit finds them when they are left.
  const long = { quantum: 9_000_000, quiescent: 8_000_000 };

  marbles('leaves no timer, and no source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a-b----|';
    const sub = '     ^---!     ';
    const expected = '-----      ';

    const source$ = cold(source, events);
    expectObservable(source$.pipe(coalesceByName(long)), sub).toBe(expected);
    expectSubscriptions(source$.subscriptions).toBe(sub);
  });

  marbles('leaves no timer at the end of the source either', ({ cold, expectObservable }) => {
    const completing = '--a-|   ';
    const failing = '   --a-#   ';
    const expected1 = ' ----(a|)';
    const expected2 = ' ----(a#)';

    expectObservable(cold(completing, events).pipe(coalesceByName(long))).toBe(expected1, events);
    expectObservable(cold(failing, events).pipe(coalesceByName(long))).toBe(expected2, events);
  });

  marbles('may do so between the events that go on', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --ae------|';
    const taken = '   ^-----!    ';
    const expected = '------(a|) ';

    const source$ = cold(source, events);
    expectObservable(source$.pipe(coalesceByName(times), take(1))).toBe(expected, events);
    expectSubscriptions(source$.subscriptions).toBe(taken);
  });

  marbles('is alone: each subscription holds its own', ({ hot, expectObservable }) => {
    const source = '   --b-a-----|';
    const sub1 = '     ^          ';
    const sub2 = '     ---^       ';
    const expected1 = '-------b--|';
    const expected2 = '-------a--|';

    const events$ = hot(source, events).pipe(coalesceByName(times));
    expectObservable(events$, sub1).toBe(expected1, events);
    expectObservable(events$, sub2).toBe(expected2, events);
  });

  it('may do so while its source gives all at once', () => {
    let asked = 0;
    const endless = function* () {
      for (;;) {
        asked++;
        yield events['n'] as SerfEvent<unknown>;
      }
    };
    from(endless()).pipe(coalesceByName(times), take(2)).subscribe();

    expect(asked).toBe(2);
  });
});

describe('the capacity', () => {
  const slow = { quantum: 9, quiescent: 5 };

  marbles('lets those held go on early when there is one more', ({ cold, expectObservable }) => {
    const source = '  --aex-------|';
    const expected = '----(ae)-x--|';

    const values = { ...events, x: may('other', 1) };
    expectObservable(cold(source, values).pipe(coalesceByName({ ...slow, capacity: 2 }))).toBe(
      expected,
      values,
    );
  });

  marbles('counts what is held, not what was replaced', ({ cold, expectObservable }) => {
    const source = '  --abdc------|';
    const expected = '----------d-|';

    expectObservable(cold(source, events).pipe(coalesceByName({ ...slow, capacity: 1 }))).toBe(
      expected,
      events,
    );
  });

  marbles('has room for what replaces what is held', ({ cold, expectObservable }) => {
    const source = '  --abec--------|';
    const expected = '----------(ec)|';

    expectObservable(cold(source, events).pipe(coalesceByName({ ...slow, capacity: 2 }))).toBe(
      expected,
      events,
    );
  });

  marbles('counts events of one Lamport time, too', ({ cold, expectObservable }) => {
    const source = '  --xyz------|';
    const expected = '---xy---z--|';

    const values = { x: may('deploy', 1, 'x'), y: may('deploy', 1, 'y'), z: may('deploy', 1, 'z') };
    expectObservable(
      cold(source, values).pipe(coalesceByName({ quantum: 9, quiescent: 4, capacity: 1 })),
    ).toBe(expected, values);
  });

  it('is 1,024 by default', () => {
    const source = new Subject<SerfEvent<unknown>>();
    let passed = 0;
    const subscription = source.pipe(coalesceByName(times)).subscribe(() => passed++);
    for (let ltime = 1; ltime <= 1_024; ltime++) source.next(may(`name${ltime}`, ltime));
    expect(passed).toBe(0);
    source.next(may('one more', 1));
    expect(passed).toBe(1_024);
    subscription.unsubscribe();
  });
});

describe('time', () => {
  marbles(
    'takes one timer a burst, however many events it has',
    ({ cold, expectObservable, scheduler, acts }) => {
      const source = '  --abcdabcd---------e----|';
      const expected = '-----------d---------e--|';
      const check = '   ------------------------x';

      let timers = 0;
      const counting: SchedulerLike = {
        now: () => scheduler.now(),
        schedule: (...task: Parameters<SchedulerLike['schedule']>) => {
          timers++;
          return scheduler.schedule(...task);
        },
      };
      const options = { quantum: 50, quiescent: 2, scheduler: counting };
      // Each is later than the one before.
      const events$ = cold(source, events).pipe(map((event, ltime) => ({ ...event, ltime, name: 'deploy' })));
      const payloads$ = events$.pipe(
        coalesceByName(options),
        map((event) => (event.event === 'user' ? event.payload : undefined)),
      );
      expectObservable(payloads$).toBe(expected, { d: 'deploy4', e: 'reload1' });
      acts(check, { x: () => expect(timers).toBe(2) });
    },
  );

  marbles(
    'may be set back: nothing waits for it to come again',
    ({ cold, expectObservable, scheduler, acts }) => {
      const source = '   --a----b--c-----|';
      const setBack = '  ---s----t-       ';
      const expected = ' -----a-------c--|';

      let offset = 0;
      const clock: SchedulerLike = {
        now: () => scheduler.now() + offset,
        schedule: (...task: Parameters<SchedulerLike['schedule']>) => scheduler.schedule(...task),
      };
      acts(setBack, { s: () => (offset -= 5_000_000), t: () => (offset -= 5_000_000) });
      const events$ = cold(source, events).pipe(
        coalesceByName({ quantum: 50, quiescent: 3, scheduler: clock }),
      );
      expectObservable(events$).toBe(expected, events);
    },
  );

  marbles(
    'may be set back while events come: they are not held for longer',
    ({ cold, expectObservable, scheduler, acts }) => {
      const source = '  --a-b-c-d--e|    ';
      const setBack = ' ---s             ';
      const expected = '----------d-(e|) ';

      let offset = 0;
      const clock: SchedulerLike = {
        now: () => scheduler.now() + offset,
        schedule: (...task: Parameters<SchedulerLike['schedule']>) => scheduler.schedule(...task),
      };
      acts(setBack, { s: () => (offset -= 5_000_000) });
      expectObservable(cold(source, events).pipe(coalesceByName({ ...times, scheduler: clock }))).toBe(
        expected,
        events,
      );
    },
  );
});

describe('who hears it', () => {
  it('may feed it', () => {
    const source = new Subject<SerfEvent<unknown>>();
    const seen: unknown[] = [];
    source.pipe(coalesceByName({ ...times, capacity: 1 })).subscribe((event) => {
      const { ltime } = event as UserEvent<unknown>;
      seen.push(ltime);
      if (ltime < 3) source.next(may('deploy', Number(ltime) + 2));
    });
    source.next(may('a', 1));
    source.next(may('b', 2));
    source.complete();

    expect(seen).toEqual([1, 3, 2]);
  });
});

describe('an option', () => {
  for (const bad of [0, -1, Number.NaN, 2 ** 31, Number.POSITIVE_INFINITY, '1' as unknown as number]) {
    it(`of ${String(bad)} (${typeof bad}) is refused at the call`, () => {
      const options: Partial<CoalesceByNameOptions>[] = [{ quantum: bad }, { quiescent: bad }];
      if (bad !== 2 ** 31) options.push({ capacity: bad });
      for (const option of options) {
        expect(() => coalesceByName({ ...times, ...option })).toThrow(InvalidArgumentError);
        expect(() => coalesceByName({ ...times, ...option })).toThrow(
          new RegExp(`^coalesceByName: ${Object.keys(option)[0]} should be a `),
        );
      }
    });
  }

  it('may be left out where it has a default only', () => {
    expect(() => coalesceByName({ quantum: 1 } as CoalesceByNameOptions)).toThrow(InvalidArgumentError);
  });
});
