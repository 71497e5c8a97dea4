import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { concatMap, from, NEVER, Observable, of, Subject } from 'rxjs';
import { bufferBounded } from 'rxserf';
import { describe, expect, it } from 'vitest';

describe('work', () => {
  it('may feed the source it came from', () => {
    const source = new Subject<number>();
    const results: number[] = [];
    source
      .pipe(
        bufferBounded(
          (value) => {
            if (value > 0) source.next(value - 1);
            return of(value);
          },
          { capacity: 10 },
        ),
      )
      .subscribe((value) => results.push(value));
    source.next(3);

    expect(results).toEqual([3, 2, 1, 0]);
  });

  it('finds no more room than there is where it feeds the source it came from', () => {
    const source = new Subject<number>();
    const dropped: number[] = [];
    const started: number[] = [];
    const work = (value: number) => {
      started.push(value);
      if (value === 0) for (let more = 1; more <= 100; more++) source.next(more);
      return NEVER;
    };
    const options = { capacity: 3, concurrency: 2, onDrop: (value: number) => dropped.push(value) };
    const subscription = source.pipe(bufferBounded(work, options)).subscribe();
    source.next(0);

    // Two are worked on, three wait.
    expect(started).toEqual([0, 97]);
    expect(dropped.length).toBe(101 - 2 - 3);
    subscription.unsubscribe();
  });

  for (const [name, operator] of Object.entries({
    concatMap,
    bufferBounded: (work: (letter: string) => Observable<never>) => bufferBounded(work, { capacity: 9 }),
  })) {
    it(`is torn down before the next one begins (${name})`, () => {
      const log: string[] = [];
      const ends: (() => void)[] = [];
      const work = (letter: string) =>
        new Observable<never>((subscriber) => {
          log.push(`open ${letter}`);
          ends.push(() => subscriber.complete());
          return () => log.push(`close ${letter}`);
        });
      const worked$ = from(['a', 'b']).pipe(operator(work));
      worked$.subscribe({ complete: () => log.push('complete') });
      for (const end of ends) end();

      expect(log).toEqual(['open a', 'close a', 'open b', 'close b', 'complete']);
    });
  }

  it('that ends at once may be done a hundred thousand times in a row', () => {
    const first = new Subject<never>();
    const source = new Subject<number>();
    let done = 0;
    let failed: unknown;
    source
      .pipe(bufferBounded((value) => (value === 0 ? first : of(value)), { capacity: 100_000 }))
      .subscribe({ next: () => done++, error: (error) => (failed = error) });
    for (let value = 0; value <= 100_000; value++) source.next(value);
    first.complete();

    expect({ done, failed }).toEqual({ done: 100_000, failed: undefined });
  });

  it('finds no more values held than there is room for', () => {
    setFlagsFromString('--expose-gc');
    const gc = runInNewContext('gc') as () => void;
    const source = new Subject<object>();
    const values: WeakRef<object>[] = [];
    const subscription = source.pipe(bufferBounded(() => NEVER, { capacity: 10 })).subscribe();
    const feed = () => {
      for (let i = 0; i < 1_000; i++) {
        const value = { i };
        values.push(new WeakRef(value));
        source.next(value);
      }
    };
    feed();
    return new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      gc();
      const held = values.filter((value) => value.deref());
      // The ten that wait, and at most the one that is worked on.
      expect(held.length).toBeLessThanOrEqual(11);
      subscription.unsubscribe();
    });
  });
});
