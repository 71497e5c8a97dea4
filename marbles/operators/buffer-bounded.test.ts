import {
  EMPTY,
  from,
  lastValueFrom,
  map,
  NEVER,
  type Observable,
  of,
  retry,
  Subject,
  take,
  timer,
  toArray,
} from 'rxjs';
import { type BufferBoundedOptions, bufferBounded, InvalidArgumentError } from 'rxserf';
import { describe, expect, it } from 'vitest';
import { bug, failure, marbles, throws } from '../kit/index.ts';

/** Work that takes 5 ms, and gives the letter as a capital one. */
const slow = (letter: string) => timer(5).pipe(map(() => letter.toUpperCase()));

/** What gave way, as an Observable beside the option that tells of it. */
function watched() {
  const drops = new Subject<string>();
  return { drops$: drops.asObservable(), onDrop: (value: string) => drops.next(value) };
}

describe('bufferBounded()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a-b-c----d---|     ';
    const expected = '-------A----C----(D|)';

    expectObservable(cold(source).pipe(bufferBounded(slow, { capacity: 1 }))).toBe(expected);
  });

  marbles('works on one value after the other, in order', ({ cold, expectObservable }) => {
    const source = '  --a-b-c-----------|';
    const expected = '-------A----B----C|';

    expectObservable(cold(source).pipe(bufferBounded(slow, { capacity: 2 }))).toBe(expected);
  });

  marbles('begins at once where nothing waits', ({ cold, expectObservable }) => {
    const source = '  --a------b------c-|      ';
    const expected = '-------A------B------(C|)';

    expectObservable(cold(source).pipe(bufferBounded(slow, { capacity: 1 }))).toBe(expected);
  });

  marbles('works on several at a time, where it is told to', ({ cold, expectObservable }) => {
    const source = '  --abcd----|      ';
    const expected = '-------AB---C(D|)';

    const options = { capacity: 2, concurrency: 2 };
    expectObservable(cold(source).pipe(bufferBounded(slow, options))).toBe(expected);
  });

  marbles('takes work of any kind: none, several values, or at once', ({ cold, expectObservable }) => {
    const source = '  --a-b-c--------|';
    const working = ' x--y---|        ';
    const expected = '----x--y---(pq)|';

    const works: Record<string, Observable<string>> = { a: EMPTY, b: cold(working), c: of('p', 'q') };
    const work = (letter: string) => works[letter] as Observable<string>;
    expectObservable(cold(source).pipe(bufferBounded(work, { capacity: 1 }))).toBe(expected);
  });

  marbles('waits for work that never ends, and for nothing behind it', ({ cold, expectObservable }) => {
    const source = '  --a-b-c-|     ';
    const expected = '--------------';

    expectObservable(cold(source).pipe(bufferBounded(() => NEVER, { capacity: 1 }))).toBe(expected);
  });

  marbles('never, when its source never does', ({ cold, expectObservable }) => {
    const source = '  ----------';
    const expected = '----------';

    expectObservable(cold(source).pipe(bufferBounded(slow, { capacity: 1 }))).toBe(expected);
  });

  marbles('ends with an empty source', ({ cold, expectObservable }) => {
    const source = '  --|';
    const expected = '--|';

    expectObservable(cold(source).pipe(bufferBounded(slow, { capacity: 1 }))).toBe(expected);
  });

  it('takes Promises', async () => {
    const work = async (value: number) => {
      await Promise.resolve();
      return value * 10;
    };
    const worked$ = from([1, 2, 3]).pipe(bufferBounded(work, { capacity: 2 }), toArray());

    await expect(lastValueFrom(worked$)).resolves.toEqual([10, 20, 30]);
  });

  it('errors when one is rejected', async () => {
    const work = (value: number) => (value === 2 ? Promise.reject(bug) : Promise.resolve(value));
    const worked$ = from([1, 2, 3]).pipe(bufferBounded(work, { capacity: 2 }), toArray());

    await expect(lastValueFrom(worked$)).rejects.toBe(bug);
  });
});

describe('a value for which there is no room', () => {
  marbles(
    "takes the place of the one that waits longest, with 'drop-oldest'",
    ({ cold, expectObservable }) => {
      const source = '  --a-b-c----d---|     ';
      const dropped = ' ------b------------  ';
      const expected = '-------A----C----(D|)';
      const { drops$, onDrop } = watched();

      const options = { capacity: 1, overflow: 'drop-oldest', onDrop } as const;
      expectObservable(drops$).toBe(dropped);
      expectObservable(cold(source).pipe(bufferBounded(slow, options))).toBe(expected);
    },
  );

  marbles('does that where nothing else is said', ({ cold, expectObservable }) => {
    const source = '  --a-b-c----d---|     ';
    const expected = '-------A----C----(D|)';

    expectObservable(cold(source).pipe(bufferBounded(slow, { capacity: 1 }))).toBe(expected);
  });

  marbles("is left out itself, with 'drop-newest'", ({ cold, expectObservable }) => {
    const source = '  --a-b-c----d---|     ';
    const dropped = ' ------c------------  ';
    const expected = '-------A----B----(D|)';
    const { drops$, onDrop } = watched();

    const options = { capacity: 1, overflow: 'drop-newest', onDrop } as const;
    expectObservable(drops$).toBe(dropped);
    expectObservable(cold(source).pipe(bufferBounded(slow, options))).toBe(expected);
  });

  marbles("ends the stream and the work, with 'error'", ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a-b-c----d---|';
    const work = '    -----A|         ';
    const worked = '  --^---!         ';
    const expected = '------#         ';
    const { drops$, onDrop } = watched();

    const work$ = cold(work);
    const options = { capacity: 1, overflow: 'error', onDrop } as const;
    expectObservable(drops$).toBe('');
    expectObservable(cold(source).pipe(bufferBounded(() => work$, options))).toBe(
      expected,
      undefined,
      failure('SerfError', 'overflow', { message: 'bufferBounded: 1 values are waiting already' }),
    );
    expectSubscriptions(work$.subscriptions).toBe(worked);
  });

  marbles('is none as long as work is free', ({ cold, expectObservable }) => {
    const source = '  --(abc)--------|';
    const expected = '-------(AB)-C--|';

    const options = { capacity: 1, concurrency: 2, overflow: 'error' } as const;
    expectObservable(cold(source).pipe(bufferBounded(slow, options))).toBe(expected);
  });

  marbles('may come in any number at once', ({ cold, expectObservable }) => {
    const source = '  --(abcdef)-----|     ';
    const dropped = ' --(bcd)------------- ';
    const expected = '-------A----E----(F|)';
    const { drops$, onDrop } = watched();

    expectObservable(drops$).toBe(dropped);
    expectObservable(cold(source).pipe(bufferBounded(slow, { capacity: 2, onDrop }))).toBe(expected);
  });

  for (const overflow of ['drop-oldest', 'drop-newest'] as const) {
    marbles(
      `ends stream and work with what onDrop throws (${overflow})`,
      ({ cold, expectObservable, expectSubscriptions }) => {
        const source = '  --a-b-c----d---|';
        const taken = '   ^-----!         ';
        const expected = '------#         ';

        const source$ = cold(source);
        const options: BufferBoundedOptions<string> = { capacity: 1, overflow, onDrop: throws };
        expectObservable(source$.pipe(bufferBounded(slow, options))).toBe(expected, undefined, bug);
        expectSubscriptions(source$.subscriptions).toBe(taken);
      },
    );
  }
});

describe('an error', () => {
  marbles(
    'of the work ends all: nothing more is taken, nor worked on',
    ({ cold, expectObservable, expectSubscriptions }) => {
      const source = '  --a-b-c-------|';
      const work = '    ---#           ';
      const taken = '   ^----!         ';
      const expected = '-----#         ';

      const source$ = cold(source);
      const work$ = cold(work, {}, bug);
      expectObservable(source$.pipe(bufferBounded(() => work$, { capacity: 3 }))).toBe(expected, {}, bug);
      expectSubscriptions(source$.subscriptions).toBe(taken);
      expectSubscriptions(work$.subscriptions).toBe('--^--!');
    },
  );

  marbles('that work throws is the same', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a-b-c-------|';
    const taken = '   ^-!            ';
    const expected = '--#            ';

    const source$ = cold(source);
    expectObservable(source$.pipe(bufferBounded(throws, { capacity: 3 }))).toBe(expected, undefined, bug);
    expectSubscriptions(source$.subscriptions).toBe(taken);
  });

  marbles('of the source does not wait for the work', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a-b-#';
    const work = '    -----A|';
    const worked = '  --^---!';
    const expected = '------#';

    const work$ = cold(work);
    const source$ = cold(source, undefined, bug);
    expectObservable(source$.pipe(bufferBounded(() => work$, { capacity: 3 }))).toBe(
      expected,
      undefined,
      bug,
    );
    expectSubscriptions(work$.subscriptions).toBe(worked);
  });

  marbles('may be followed by another subscription: it begins anew', ({ hot, expectObservable }) => {
    const source = '  --a-b-c-d----e---------';
    const expected = '------------------E----';

    let failing = true;
    const work = (letter: string) => {
      if (!failing) return slow(letter);
      failing = letter !== 'a';
      return letter === 'a' ? timer(8).pipe(map(throws)) : slow(letter);
    };
    const worked$ = hot(source).pipe(bufferBounded(work, { capacity: 9 }), retry(1));
    expectObservable(worked$).toBe(expected);
  });
});

describe('who unsubscribes', () => {
  marbles('ends the source and the work under way', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a-b-c-d-----|';
    const work = '    -----x|        ';
    const sub = '     ^--------!     ';
    const expected = '-------x--     ';

    const source$ = cold(source);
    const work$ = cold(work);
    expectObservable(source$.pipe(bufferBounded(() => work$, { capacity: 3 })), sub).toBe(expected);
    expectSubscriptions(source$.subscriptions).toBe(sub);
    expectSubscriptions(work$.subscriptions).toBe(['--^-----!', '--------^!']);
  });

  marbles('may do so at a result', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a-b-c-d-----|';
    const taken = '   ^------!       ';
    const expected = '-------(A|)    ';

    const source$ = cold(source);
    expectObservable(source$.pipe(bufferBounded(slow, { capacity: 3 }), take(1))).toBe(expected);
    expectSubscriptions(source$.subscriptions).toBe(taken);
  });

  marbles('is alone: each subscription has its own buffer', ({ hot, expectObservable }) => {
    const source = '   --a-b-c-----|     ';
    const sub1 = '     ^-------!         ';
    const sub2 = '     ---^              ';
    const expected1 = '-------A          ';
    const expected2 = '---------B----(C|)';

    const worked$ = hot(source).pipe(bufferBounded(slow, { capacity: 1 }));
    expectObservable(worked$, sub1).toBe(expected1);
    expectObservable(worked$, sub2).toBe(expected2);
  });
});

describe('a capacity or concurrency', () => {
  for (const bad of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1' as unknown as number]) {
    it(`of ${JSON.stringify(bad)} (${typeof bad}) is refused at the call`, () => {
      expect(() => bufferBounded(slow, { capacity: bad })).toThrow(InvalidArgumentError);
      expect(() => bufferBounded(slow, { capacity: 1, concurrency: bad })).toThrow(InvalidArgumentError);
    });
  }
});

describe('work, and what is told of drops,', () => {
  it('are functions, or refused at the call', () => {
    const not = 'slow' as never;
    expect(() => bufferBounded(not, { capacity: 1 })).toThrow(/^bufferBounded: work should be a function/);
    expect(() => bufferBounded(slow, { capacity: 1, onDrop: not })).toThrow(
      /^bufferBounded: onDrop should be a function/,
    );
  });
});

describe('an overflow', () => {
  it('that there is none of is refused at the call', () => {
    const overflow = 'drop-all' as 'drop-oldest';
    expect(() => bufferBounded(slow, { capacity: 1, overflow })).toThrow(InvalidArgumentError);
  });
});
