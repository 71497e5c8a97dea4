import { EMPTY, firstValueFrom, from, map, NEVER, Observable, of, Subject, throwError, timer } from 'rxjs';
import { InvalidArgumentError, type QueryEvent, respondWith, utf8 } from 'rxserf';
import { failure, fakeSerf, queryEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { bug, marbles } from '../kit/index.ts';
import { asked, slow, watched } from './asked.ts';

describe('respondWith()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '--a--b--c--d-----|';
    const expected = '-----a--b-----d--|';

    const { queries } = asked();
    const load = (query: QueryEvent<string | undefined>) =>
      query.payload === 'c' ? throwError(() => bug) : slow(query);
    expectObservable(cold(source, queries).pipe(respondWith(load))).toBe(expected, queries);
  });

  marbles('answers with what it is given, and then emits the query', ({ cold, expectObservable }) => {
    const source = '  --a--b--|';
    const answered = '--x--y---';
    const expected = '--a--b--|';

    const { answers, queries } = asked();
    expectObservable(answers).toBe(answered, { x: 'a: A!', y: 'b: B!' });
    const answered$ = cold(source, queries).pipe(respondWith(({ payload }) => `${payload?.toUpperCase()}!`));
    expectObservable(answered$).toBe(expected, queries);
  });

  marbles('emits a query when its answer was taken', ({ cold, expectObservable }) => {
    const source = '  --a--b-|  ';
    const takes = '   ----(u|)  ';
    const expected = '------a--(b|)';

    const { queries } = asked(() => cold(takes, { u: undefined }));
    expectObservable(cold(source, queries).pipe(respondWith(() => 'fine'))).toBe(expected, queries);
  });

  marbles('waits for the first value of an Observable', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a-----|';
    const work = '    ---x-y--|';
    const worked = '  --^--!   ';
    const answered = '-----x---';
    const expected = '-----a--|';

    const { answers, queries } = asked();
    const work$ = cold(work);
    expectObservable(answers).toBe(answered, { x: 'a: x' });
    expectObservable(cold(source, queries).pipe(respondWith(() => work$))).toBe(expected, queries);
    expectSubscriptions(work$.subscriptions).toBe(worked);
  });

  marbles('has no answer where there is none', ({ cold, expectObservable }) => {
    const source = '  --a--b--|';
    const answered = '-----x---';
    const expected = '-----b--|';

    const { answers, queries } = asked();
    const { failures, onError } = watched();
    expectObservable(answers).toBe(answered, { x: 'b: fine' });
    expectObservable(failures).toBe('');
    const project = ({ payload }: QueryEvent<string | undefined>) => (payload === 'a' ? EMPTY : of('fine'));
    expectObservable(cold(source, queries).pipe(respondWith(project, { onError }))).toBe(expected, queries);
  });

  it('waits for a Promise, of whatever kind', async () => {
    const { queries } = asked();
    const answered = (answer: PromiseLike<string>) =>
      firstValueFrom(of(queries['a'] as QueryEvent<string | undefined>).pipe(respondWith(() => answer)));
    // biome-ignore lint/suspicious/noThenProperty: that is the point
    const own = { then: (resolve: (value: string) => unknown) => resolve('own') } as PromiseLike<string>;

    await expect(answered(Promise.resolve('fine'))).resolves.toBe(queries['a']);
    await expect(answered(own)).resolves.toBe(queries['a']);
  });

  it('takes anything else for the answer itself', () => {
    const iterable = { [Symbol.iterator]: () => [1][Symbol.iterator]() };
    for (const value of ['text', '', [1, 2], Uint8Array.of(1, 2), iterable, 0, null, undefined, { a: 1 }]) {
      const given: unknown[] = [];
      const query: QueryEvent<unknown> = {
        ...queryEvent<unknown>('load', undefined),
        respond: (payload) => {
          given.push(payload);
          return of(undefined);
        },
      };
      of(query)
        .pipe(respondWith(() => value))
        .subscribe();
      expect(given).toEqual([value]);
      expect(given[0]).toBe(value);
    }
  });

  it('answers the agent that a query came from', () => {
    const fake = fakeSerf({ codec: utf8() });
    const answered: unknown[] = [];
    const subscription = fake
      .stream('query:load')
      .pipe(respondWith(({ payload }) => `${payload}!`))
      .subscribe(({ payload }) => answered.push(payload));
    fake.emit(queryEvent('load', 'how much', { id: 7 }));
    subscription.unsubscribe();

    expect(fake.requests.filter(({ command }) => command === 'respond')).toEqual([
      { command: 'respond', id: 7, payload: 'how much!' },
    ]);
    expect(answered).toEqual(['how much']);
    fake.verify();
  });

  marbles('needs no timer for an answer at once', ({ cold, expectObservable, scheduler }) => {
    const { queries } = asked();
    const timers: number[] = [];
    const before = scheduler.actions.length;
    of(queries['a'] as QueryEvent<string | undefined>)
      .pipe(respondWith(() => 'fine'))
      .subscribe(() => timers.push(scheduler.actions.length - before));

    expect(timers).toEqual([0]);
    expectObservable(cold('|')).toBe('|');
  });

  marbles('never, and empty', ({ cold, expectObservable }) => {
    const { queries } = asked();
    expectObservable(cold('-', queries).pipe(respondWith(slow))).toBe('-');
    expectObservable(cold('|', queries).pipe(respondWith(slow))).toBe('|');
  });

  marbles('completes once all is answered', ({ cold, expectObservable }) => {
    const source = '  --abc|       ';
    const expected = '-----a--b--(c|)';

    const { queries } = asked();
    const answered$ = cold(source, queries).pipe(respondWith(slow, { concurrency: 1 }));
    expectObservable(answered$).toBe(expected, queries);
  });

  marbles('errors with its source at once', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a-#';
    const work = '    ---x|';
    const worked = '  --^-!';
    const expected = '----#';

    const { queries } = asked();
    const work$ = cold(work);
    expectObservable(cold(source, queries, bug).pipe(respondWith(() => work$))).toBe(expected, queries, bug);
    expectSubscriptions(work$.subscriptions).toBe(worked);
  });

  marbles('ends the work when it is unsubscribed', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a--b----';
    const work = '    ---------x';
    const sub = '     ^------!  ';
    const expected = '--------  ';

    const { queries } = asked();
    const source$ = cold(source, queries);
    const work$ = cold(work);
    expectObservable(source$.pipe(respondWith(() => work$)), sub).toBe(expected);
    expectSubscriptions(source$.subscriptions).toBe(sub);
    expectSubscriptions(work$.subscriptions).toBe(['--^----!', '-----^-!']);
  });

  marbles('begins anew for each subscription', ({ hot, expectObservable }) => {
    const source = '   -a--b--c----';
    const sub1 = '     ^-----!     ';
    const sub2 = '     --^         ';
    const expected1 = '----a--     ';
    const expected2 = '-------b--c-';

    const { queries } = asked();
    const answered$ = hot(source, queries).pipe(respondWith(slow));
    expectObservable(answered$, sub1).toBe(expected1, queries);
    expectObservable(answered$, sub2).toBe(expected2, queries);
  });
});

describe('concurrency and capacity', () => {
  marbles('are how many are worked on, and how many wait', ({ cold, expectObservable }) => {
    const source = '  (abcdef)---------|';
    const failed = '  (cd)--------------';
    const expected = '-----(ab)-(ef)---|';

    const { queries } = asked();
    const { failures, onError } = watched();
    const overflow = failure('overflow', { message: 'respondWith: 2 queries are waiting already' });
    const project = () => timer(5).pipe(map(() => 'fine'));
    const options = { concurrency: 2, capacity: 2, onError };
    expectObservable(failures).toBe(failed, { c: [overflow, 'c'], d: [overflow, 'd'] });
    expectObservable(cold(source, queries).pipe(respondWith(project, options))).toBe(expected, queries);
  });

  it('are 16 and 512 where nothing is said', () => {
    const { queries } = asked();
    const source = new Subject<QueryEvent<string | undefined>>();
    let begun = 0;
    let dropped = 0;
    const project = () => {
      begun++;
      return NEVER;
    };
    const subscription = source.pipe(respondWith(project, { onError: () => void dropped++ })).subscribe();
    const ask = (times: number) => {
      for (let i = 0; i < times; i++) source.next(queries['a'] as QueryEvent<string | undefined>);
    };
    ask(16 + 512);
    expect({ begun, dropped }).toEqual({ begun: 16, dropped: 0 });
    ask(1);
    expect({ begun, dropped }).toEqual({ begun: 16, dropped: 1 });
    subscription.unsubscribe();
  });
});

describe('an answer', () => {
  it('is over, torn down and all, before the next query is worked on', () => {
    const log: string[] = [];
    const ends: (() => void)[] = [];
    const query = (name: string) => ({
      ...queryEvent(name),
      respond: () =>
        new Observable<void>((subscriber) => {
          log.push(`answer ${name}`);
          ends.push(() => {
            subscriber.next();
            subscriber.complete();
          });
          return () => log.push(`close ${name}`);
        }),
    });
    const project = ({ name }: QueryEvent) => {
      log.push(`work on ${name}`);
      return undefined;
    };
    from([query('a'), query('b')])
      .pipe(respondWith(project, { concurrency: 1 }))
      .subscribe();
    for (const end of ends) end();

    expect(log).toEqual(['work on a', 'answer a', 'close a', 'work on b', 'answer b', 'close b']);
  });
});

describe('what it is called with', () => {
  it('is refused at the call when it is not what it should be', () => {
    const project = () => undefined;
    for (const bad of [0, -1, 1.5, Number.NaN, Number.POSITIVE_INFINITY, '1' as unknown as number]) {
      expect(() => respondWith(project, { concurrency: bad })).toThrow(InvalidArgumentError);
      expect(() => respondWith(project, { capacity: bad })).toThrow(InvalidArgumentError);
    }
    for (const timeout of [0, -1, Number.NaN, 2 ** 31, '1' as unknown as number])
      expect(() => respondWith(project, { timeout })).toThrow(InvalidArgumentError);
    expect(() => respondWith(project, { timeout: 0 })).toThrow(
      'respondWith: timeout should be a number of ms above 0, at most 2147483647, not 0',
    );
    expect(() => respondWith('fine' as unknown as () => undefined)).toThrow(
      'respondWith: project should be a function, not "fine"',
    );
    expect(() => respondWith(project, { onError: 1 as unknown as () => void })).toThrow(
      'respondWith: onError should be a function, not 1',
    );
  });
});
