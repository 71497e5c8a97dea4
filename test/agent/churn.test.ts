/**
 * Subscribing and unsubscribing at full tilt while events flow, which kills an agent when each unsubscription is a `stop`
 * (`bench/naive-churn.mjs` does that). Longer than the suite has time for: RXSERF_CHURN_SECONDS=60.
 */
import {
  bufferCount,
  firstValueFrom,
  interval,
  mergeMap,
  ReplaySubject,
  type Subscription,
  take,
} from 'rxjs';
import { connect } from 'rxserf';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import { closing, describeAgent, recordingSockets, startAgent, stopAll } from './harness/agent.ts';

const SECONDS = Number(process.env['RXSERF_CHURN_SECONDS'] ?? 10);
const CYCLES_PER_SECOND = 200;
const CYCLES = SECONDS * CYCLES_PER_SECOND;

/** Eight subscribers on two clients; all of these match the events that flow. */
const FILTERS = ['*', 'user', 'user:churn', 'user:churn,query:none'] as const;
const SUBSCRIBERS = [0, 1].flatMap((client) => FILTERS.map((filter) => ({ client, filter })));

describeAgent('churn', () => {
  afterAll(stopAll);

  test(
    `${SUBSCRIBERS.length} subscribers come and go ${CYCLES} times each, and the agent lives`,
    async () => {
      const agent = await startAgent({ name: 'churned', logLevel: 'warn' });
      const wire = recordingSockets();
      const clients = [0, 1].map(() => closing(connect(agent.address, { socket: wire.socket })));
      const firing = closing(connect(agent.address));
      const fired = interval(10)
        .pipe(mergeMap(() => firing.event('churn')))
        .subscribe();
      onTestFinished(() => fired.unsubscribe());
      let dead = false;
      agent.exited.then(() => {
        dead = true;
      });

      let received = 0;
      let failed: unknown;
      const churn = ({ client, filter }: (typeof SUBSCRIBERS)[number]): Promise<void> =>
        new Promise((resolve) => {
          let subscription: Subscription | undefined;
          let cycles = 0;
          const timer = setInterval(() => {
            subscription?.unsubscribe();
            if (cycles === CYCLES || dead || failed) {
              clearInterval(timer);
              resolve();
              return;
            }
            cycles++;
            subscription = clients[client]?.stream(filter).subscribe({
              next: () => received++,
              error: (error) => {
                failed = error;
              },
            });
          }, 1_000 / CYCLES_PER_SECOND);
        });
      await Promise.all(SUBSCRIBERS.map(churn));

      expect(agent.log()).not.toContain('panic');
      expect([dead, failed]).toEqual([false, undefined]);
      expect(received).toBeGreaterThan(CYCLES);
      // What keeps the agent alive: hardly ever a stop while events flow. (One for itself is a heartbeat.)
      const stops = wire.sent('stop').filter(({ seq, body }) => (body as { Stop: number }).Stop !== seq);
      expect(stops.length).toBeLessThan(SUBSCRIBERS.length);

      // And it still does its work.
      const events = new ReplaySubject();
      clients[0]?.stream('user').pipe(bufferCount(3), take(1)).subscribe(events);
      expect(await firstValueFrom(events)).toHaveLength(3);
      await Promise.all(clients.map((client) => client.close()));
      expect(await firstValueFrom(firing.members())).toMatchObject([{ name: 'churned', status: 'alive' }]);
    },
    (SECONDS * 3 + 30) * 1_000,
  );
});
