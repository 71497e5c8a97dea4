import { concat, firstValueFrom, from, map, NEVER, type Observable, throwError, timer } from 'rxjs';
import { AgentError, InvalidArgumentError, type QueryEvent, respondWith } from 'rxserf';
import { failure } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { bug, marbles, throws } from '../kit/index.ts';
import { asked, watched } from './asked.ts';

describe('a query that cannot be answered', () => {
  const failing: [string, (query: QueryEvent<string | undefined>) => Observable<string> | string][] = [
    ['throws', throws],
    ['gives an Observable that errors', () => throwError(() => bug)],
    [
      'gives something whose `then` throws',
      () => Object.defineProperty({}, 'then', { get: throws }) as string,
    ],
  ];
  for (const [what, project] of failing) {
    marbles(`goes to onError, when project ${what}`, ({ cold, expectObservable }) => {
      const source = '  --a--b--|';
      const failed = '  --x------';
      const expected = '-----b--|';

      const { queries } = asked();
      const { failures, onError } = watched();
      const each = (query: QueryEvent<string | undefined>) =>
        query.payload === 'a' ? project(query) : 'fine';
      expectObservable(failures).toBe(failed, { x: [bug, 'a'] });
      expectObservable(cold(source, queries).pipe(respondWith(each, { onError }))).toBe(expected, queries);
    });
  }

  marbles('is answered with what onError returns, and emitted', ({ cold, expectObservable }) => {
    const source = '  --a--b--|';
    const answered = '--x--y---';
    const expected = '--a--b--|';

    const { answers, queries } = asked();
    const onError = (_error: unknown, { payload }: QueryEvent<string | undefined>) =>
      payload === 'a' ? 'sorry' : undefined;
    const each = (query: QueryEvent<string | undefined>) => (query.payload === 'a' ? throws() : 'fine');
    expectObservable(answers).toBe(answered, { x: 'a: sorry', y: 'b: fine' });
    expectObservable(cold(source, queries).pipe(respondWith(each, { onError }))).toBe(expected, queries);
  });

  marbles('is told once, though the answer of onError is refused as well', ({ cold, expectObservable }) => {
    const source = '  --a--|';
    const failed = '  --x---';
    const expected = '-----|';

    const { queries } = asked(() => throwError(() => bug));
    const { failures, onError: tell } = watched();
    const onError = (error: unknown, query: QueryEvent<string | undefined>) => {
      tell(error, query);
      return 'sorry';
    };
    expectObservable(failures).toBe(failed, { x: [bug, 'a'] });
    expectObservable(cold(source, queries).pipe(respondWith(() => 'fine', { onError }))).toBe(expected);
  });

  it('goes to onError, when project rejects', async () => {
    const { queries } = asked();
    const { failures, onError } = watched();
    const failed = firstValueFrom(failures);
    from([queries['a'] as QueryEvent<string | undefined>])
      .pipe(respondWith(() => Promise.reject(bug), { onError }))
      .subscribe();

    await expect(failed).resolves.toEqual([bug, 'a']);
  });

  marbles('goes to onError, when the agent refuses its answer', ({ cold, expectObservable }) => {
    const source = '  --a--b--|';
    const failed = '  ----x--y-';
    const expected = '--------|';

    const refused = new AgentError('already-answered', 'response already sent');
    const { queries } = asked(() => concat(timer(2).pipe(map(throws)), NEVER));
    const { failures, onError } = watched();
    expectObservable(failures).toBe(failed, { x: [bug, 'a'], y: [bug, 'b'] });
    expectObservable(cold(source, queries).pipe(respondWith(() => 'fine', { onError }))).toBe(expected);

    const second = asked(() => throwError(() => refused));
    const told: unknown[] = [];
    from([second.queries['a'] as QueryEvent<string | undefined>])
      .pipe(respondWith(() => 'fine', { onError: (error) => void told.push(error) }))
      .subscribe();
    expect(told).toEqual([refused]);
  });

  marbles('goes to onError, when its codec cannot encode the answer', ({ cold, expectObservable }) => {
    const source = '  --a--|';
    const failed = '  --x---';
    const expected = '-----|';

    const { queries } = asked(() => {
      throw new InvalidArgumentError('invalid-payload', 'the codec cannot encode this payload');
    });
    const { failures, onError } = watched();
    expectObservable(failures).toBe(failed, { x: [failure('invalid-payload'), 'a'] });
    expectObservable(cold(source, queries).pipe(respondWith(() => 'fine', { onError }))).toBe(expected);
  });

  marbles('is forgotten without an onError', ({ cold, expectObservable }) => {
    const source = '  --a--b-(cde)--|';
    const expected = '-----------d--|';

    // `a` fails, `b` and `e` take too long, and `c` has to give way.
    const { queries } = asked();
    const project = ({ payload }: QueryEvent<string | undefined>) => {
      if (payload === 'a') throw bug;
      return payload === 'd' ? timer(1).pipe(map(() => 'fine')) : NEVER;
    };
    const options = { concurrency: 1, capacity: 2, timeout: 5 };
    expectObservable(cold(source, queries).pipe(respondWith(project, options))).toBe(expected, queries);
  });

  for (const [what, project, options, taken, expected] of [
    ['failed', throws, {}, '            ^-!', '  --#'],
    ['took too long', () => NEVER, { timeout: 2 }, '^---!', '----#'],
    ['gave way', () => NEVER, { concurrency: 1, capacity: 1 }, '^-!', '--#'],
  ] as const) {
    marbles(
      `that ${what} ends the stream with what onError throws`,
      ({ cold, expectObservable, expectSubscriptions }) => {
        const { queries } = asked();
        const source$ = cold('--(abc)----|', queries);
        const answered$ = source$.pipe(respondWith(project, { ...options, onError: throws }));
        expectObservable(answered$).toBe(expected, queries, bug);
        expectSubscriptions(source$.subscriptions).toBe(taken.trim());
      },
    );
  }
});
