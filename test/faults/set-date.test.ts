import { asyncScheduler, firstValueFrom, NEVER, type SchedulerLike } from 'rxjs';
import { connect } from 'rxserf';
import { serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import { fakeSerf } from 'rxserf/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { closing, failureOf } from '../agent/harness/agent.ts';

// Elapsed time is not the date: a test may pin it, and a host's may be set.

afterEach(() => vi.useRealTimers());

const START = Date.now();

describe.each<[string, () => void]>([
  ['pinned', () => vi.setSystemTime(START)],
  ['set back by an hour', () => vi.setSystemTime(START - 3_600_000)],
  ['set forward by an hour', () => vi.setSystemTime(START + 3_600_000)],
])('while the date is %s', (_, set) => {
  const clientOf = (scheduler: SchedulerLike | undefined) => {
    const serf = fakeSerf();
    serf.reply('stats', NEVER);
    serf.reply('members', []);
    const socket = () => {
      const [ours, theirs] = pipe();
      serve(serf, theirs).subscribe();
      return ours;
    };
    return closing(connect('x:1', { socket, heartbeat: 0, linger: 20, ...(scheduler && { scheduler }) }));
  };

  test.each<[string, SchedulerLike | undefined]>([
    ['the default scheduler', undefined],
    ['asyncScheduler', asyncScheduler],
  ])('a request that is never answered ends, with %s', async (_, scheduler) => {
    const client = clientOf(scheduler);
    await firstValueFrom(client.members());
    set();

    expect(await failureOf(client.stats({ timeout: 100 }))).toMatchObject({ code: 'request-timeout' });
  });

  test('a connection that is never accepted ends', async () => {
    set();
    const client = closing(connect('x:1', { socket: () => pipe()[0], connectTimeout: 100 }));

    expect(await failureOf(client.members())).toMatchObject({ code: 'connect-timeout' });
  });
});

test('retryAt is a date', async () => {
  vi.setSystemTime(new Date('2031-02-03T04:05:06Z'));
  const client = closing(
    connect('x:1', {
      socket: () => pipe()[0],
      connectTimeout: 10,
      reconnect: { firstConnect: 'keep-trying', random: () => 0.5, minDelay: 60_000, maxDelay: 60_000 },
    }),
  );
  const waiting = new Promise<number>((resolve) => {
    client.status$.subscribe((status) => status.state === 'waiting' && resolve(status.retryAt));
  });
  client.members().subscribe({ error: () => {} });

  expect(new Date(await waiting).toISOString()).toBe('2031-02-03T04:05:36.000Z');
});
