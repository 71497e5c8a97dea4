import { asyncScheduler, firstValueFrom, lastValueFrom, type SchedulerLike, toArray } from 'rxjs';
import { EmbeddedCluster } from 'rxserf/embedded';
import { afterEach, describe, expect, test, vi } from 'vitest';

// Elapsed time is not the date: a test may pin it, and a host's may be set.

afterEach(() => vi.useRealTimers());

const START = Date.now();

describe.each<[string, () => void]>([
  ['pinned', () => vi.setSystemTime(START)],
  ['set back by an hour', () => vi.setSystemTime(START - 3_600_000)],
])('while the date is %s', (_, set) => {
  test.each<[string, SchedulerLike | undefined]>([
    ['the default scheduler', undefined],
    ['asyncScheduler', asyncScheduler],
  ])('everything happens, with %s', async (_, scheduler) => {
    const cluster = new EmbeddedCluster({ nodes: ['a', 'b'], ...(scheduler && { scheduler }) });
    const heard = firstValueFrom(cluster.node('b').stream('user'));
    const failed = firstValueFrom(cluster.node('a').stream('member-failed'));
    await firstValueFrom(cluster.node('a').members());
    set();

    await firstValueFrom(cluster.node('a').event('deploy'));
    expect((await heard).name).toBe('deploy');
    const replies$ = cluster.node('a').query('q', undefined, { timeout: 100, requestAck: true });
    expect((await lastValueFrom(replies$.pipe(toArray()))).map(({ from }) => from).sort()).toEqual([
      'a',
      'b',
    ]);
    cluster.fail('b');
    expect((await failed).members.map(({ name }) => name)).toEqual(['b']);
    cluster.close();
  });
});

test('the log has the date', async () => {
  vi.setSystemTime(new Date('2031-02-03T04:05:06Z'));
  const cluster = new EmbeddedCluster({ nodes: 1 });

  expect(await firstValueFrom(cluster.node('n1').monitor('info'))).toMatch(/^2031\/02\/03 04:05:06 /);
  cluster.close();
});
