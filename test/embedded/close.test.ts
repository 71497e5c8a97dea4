import type { Observable } from 'rxjs';
import type { Serf } from 'rxserf';
import { InvalidArgumentError } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { expect, test } from 'vitest';
import { Story } from './kit.ts';

const calls: Record<string, (serf: Serf) => Observable<unknown>> = {
  stream: (serf) => serf.stream('*'),
  monitor: (serf) => serf.monitor(),
  query: (serf) => serf.query('q'),
  'get-coordinate': (serf) => serf.coordinate('n1'),
  event: (serf) => serf.event('e'),
  members: (serf) => serf.members({ name: 'n1' }),
  tags: (serf) => serf.tags({ set: { a: '1' } }),
  stats: (serf) => serf.stats(),
  join: (serf) => serf.join('10.0.0.2'),
  leave: (serf) => serf.leave(),
  'force-leave': (serf) => serf.forceLeave('n2'),
  'list-keys': (serf) => serf.listKeys(),
};
const closed = { name: 'ClosedError', code: 'closed', message: 'the cluster is closed' };

test('streams complete, requests under way end with a ClosedError, and nothing is left on the scheduler', () => {
  const story = new Story();
  const told = Object.entries(calls).map(
    ([name, call]) => [name, story.tell(call(story.node('n1')))] as const,
  );
  story.pass(0);
  const late = story.tell(story.node('n2').stats());
  story.cluster.fail('n3');
  story.cluster.partition(['n2']);
  story.pass(20);
  const later = story.tell(story.node('n2').stats());
  story.cluster.close();

  const ends = Object.fromEntries(told.map(([name, { end }]) => [name, end]));
  expect(ends).toEqual({
    ...Object.fromEntries(Object.keys(calls).map((name) => [name, 'complete'])),
    query: 'closed',
    join: 'closed',
    leave: 'closed',
    'force-leave': 'closed',
    'list-keys': 'closed',
  });
  expect(late.end).toBe('complete');
  expect(later.error).toMatchObject(closed);
  expect(story.scheduler.actions).toEqual([]);
});

test('later calls end with a ClosedError, and misuse throws all the same', () => {
  const story = new Story();
  const serf = story.node('n1');
  story.cluster.close();
  story.cluster.close();
  for (const call of Object.values(calls)) expect(story.refusal(call(serf))).toMatchObject(closed);
  expect(() => serf.event('')).toThrow(InvalidArgumentError);
  expect(story.scheduler.actions).toEqual([]);
});

test('what is done to a closed cluster leaves nothing, either', () => {
  const story = new Story();
  story.cluster.close();
  story.cluster.fail('n1');
  story.cluster.restart('n1');
  story.cluster.partition(['n1']);
  story.cluster.heal();
  expect(story.refusal(story.cluster.add('n4').stats())).toMatchObject(closed);
  expect(story.scheduler.actions).toEqual([]);
});

test('in silence nothing is scheduled: a cluster is no reason for a process to go on', () => {
  const story = new Story();
  story.ask(story.node('n1').event('e'), 200);
  expect(story.scheduler.actions).toEqual([]);
});

test('in real time: no timer is left', async () => {
  const before = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  const cluster = new EmbeddedCluster({ nodes: 3 });
  const heard = new Promise((resolve) => cluster.node('n3').stream('user').subscribe(resolve));
  cluster.node('n1').event('e').subscribe();
  cluster
    .node('n2')
    .query('q')
    .subscribe({ error: () => {} });
  await heard;
  cluster.fail('n2');
  cluster.close();

  const after = process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length;
  expect(after).toBeLessThanOrEqual(before);
});
