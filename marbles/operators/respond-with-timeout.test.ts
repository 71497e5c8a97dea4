import { from, NEVER, type SchedulerLike, Subject, VirtualTimeScheduler } from 'rxjs';
import { type QueryEvent, respondWith } from 'rxserf';
import { failure } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { marbles } from '../kit/index.ts';
import { asked, slow, watched } from './asked.ts';

const late = failure('deadline-passed', { name: 'SerfError' });

describe('timeout', () => {
  marbles('ends work that takes longer', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a--b------|';
    const work = '    ------x      ';
    const worked = [' --^----!     ', '-----^----!  '];
    const failed = '  -------x--y--';
    const expected = '------------|';

    const { queries } = asked();
    const { failures, onError } = watched();
    const work$ = cold(work);
    expectObservable(failures).toBe(failed, { x: [late, 'a'], y: [late, 'b'] });
    const answered$ = cold(source, queries).pipe(respondWith(() => work$, { timeout: 5, onError }));
    expectObservable(answered$).toBe(expected);
    expectSubscriptions(work$.subscriptions).toBe(worked);
  });

  marbles('has nothing to say of how long the agent takes', ({ cold, expectObservable }) => {
    const source = '  --a------|     ';
    const takes = '   ---------(u|)  ';
    const expected = '-----------(a|)';

    const { queries } = asked(() => cold(takes, { u: undefined }));
    const answered$ = cold(source, queries).pipe(respondWith(() => 'fine', { timeout: 5 }));
    expectObservable(answered$).toBe(expected, queries);
  });

  marbles('is from the arrival on: what waited too long is not begun', ({ cold, expectObservable }) => {
    const source = '  (abc)-------|';
    const begun = '   a--b---------';
    const failed = '  -----(bc)----';
    const expected = '---a--------|';

    const { queries } = asked();
    const { failures, onError } = watched();
    const begins = new Subject<string>();
    const project = (query: QueryEvent<string | undefined>) => {
      begins.next(query.payload as string);
      return slow(query);
    };
    const options = { concurrency: 1, timeout: 5, onError };
    expectObservable(begins).toBe(begun);
    expectObservable(failures).toBe(failed, { b: [late, 'b'], c: [late, 'c'] });
    expectObservable(cold(source, queries).pipe(respondWith(project, options))).toBe(expected, queries);
  });

  marbles('is 10 s where nothing is said', ({ cold, expectObservable }) => {
    const source = '  a 20s |';
    const failed = '  10s x  ';
    const expected = '20001ms |';

    const { queries } = asked();
    const { failures, onError } = watched();
    expectObservable(failures).toBe(failed, {
      x: [failure('deadline-passed', { message: 'respondWith: no answer within 10000 ms' }), 'a'],
    });
    expectObservable(cold(source, queries).pipe(respondWith(() => NEVER, { onError }))).toBe(expected);
  });

  it('is of the scheduler that is given', () => {
    const scheduler = new VirtualTimeScheduler();
    const told: unknown[] = [];
    from([asked().queries['a'] as QueryEvent<string | undefined>])
      .pipe(
        respondWith(() => NEVER, { scheduler, timeout: 60_000, onError: (error) => void told.push(error) }),
      )
      .subscribe();
    scheduler.flush();

    expect({ told, now: scheduler.now() }).toEqual({ told: [late], now: 60_000 });
  });

  marbles('is no longer when the clock is set back', ({ cold, expectObservable, scheduler, acts }) => {
    const source = '  ab---------|';
    const back = '    --x---------';
    const failed = '  -----x----y-';
    const expected = '-----------|';

    let ahead = 3_600_000;
    const clock: SchedulerLike = {
      now: () => scheduler.now() + ahead,
      schedule: scheduler.schedule.bind(scheduler),
    };
    const x = () => {
      ahead = 0;
    };
    const { queries } = asked();
    const { failures, onError } = watched();
    acts(back, { x });
    // `b` begins when `a` is over, with all of its time, but not with an hour more.
    expectObservable(failures).toBe(failed, { x: [late, 'a'], y: [late, 'b'] });
    const options = { concurrency: 1, timeout: 5, onError, scheduler: clock };
    expectObservable(cold(source, queries).pipe(respondWith(() => NEVER, options))).toBe(expected);
  });
});
