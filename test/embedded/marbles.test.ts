import { map } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { utf8 } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { expect, test } from 'vitest';

// A cluster in somebody's marble test: it takes the test's own scheduler, and everything is exact.

type Helpers = Parameters<Parameters<TestScheduler['run']>[0]>[0];

function marbles(name: string, body: (helpers: Helpers, cluster: EmbeddedCluster) => void): void {
  test(name, () => {
    const scheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
    scheduler.run((helpers) => {
      const times = { gossipDelay: 0, failureDelay: 5, coalescePeriod: 0, userCoalescePeriod: 6 };
      body(helpers, new EmbeddedCluster({ nodes: 3, scheduler, ...times, userQuiescentPeriod: 3 }));
    });
  });
}

marbles('an event reaches the others', ({ cold, expectObservable }, cluster) => {
  const fires = '   --a--b--|';
  const unsub = '   ----------!';
  const expected = '--a--b---';
  cold(fires).subscribe((payload) => cluster.node('n1').event('e', payload, { codec: utf8() }).subscribe());
  const heard$ = cluster.node('n2').stream('user:e', { codec: utf8() });
  expectObservable(heard$.pipe(map(({ payload }) => payload)), unsub).toBe(expected);
});

marbles(
  'events that may coalesce wait for quiet, and not for ever',
  ({ cold, expectObservable }, cluster) => {
    const fires = '   -abc-------abcdefgh----|';
    const unsub = '   -----------------------!';
    const expected = '------c----------f---h-';
    cold(fires).subscribe((payload) =>
      cluster.node('n1').event('e', payload, { codec: utf8(), coalesce: true }).subscribe(),
    );
    const heard$ = cluster.node('n2').stream('user:e', { codec: utf8() });
    expectObservable(heard$.pipe(map(({ payload }) => payload)), unsub).toBe(expected);
  },
);

marbles('a node fails', ({ cold, expectObservable }, cluster) => {
  const fails = '   --x';
  const unsub = '   -----------!';
  const own = '     --#';
  const others = '  -------f';
  cold(fails).subscribe(() => cluster.fail('n1'));
  expectObservable(cluster.node('n1').stream('*'), unsub).toBe(
    own,
    {},
    expect.objectContaining({ code: 'connection-lost' }),
  );
  expectObservable(
    cluster
      .node('n2')
      .stream('*')
      .pipe(map(({ event }) => event)),
    unsub,
  ).toBe(others, {
    f: 'member-failed',
  });
});

marbles('a cluster is closed', ({ cold, expectObservable }, cluster) => {
  const closes = '  ---x';
  const expected = '---|';
  cold(closes).subscribe(() => cluster.close());
  expectObservable(cluster.node('n1').stream('*')).toBe(expected);
});
