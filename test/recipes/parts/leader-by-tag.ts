import { map, type Observable } from 'rxjs';
import type { Member, SerfClient } from 'rxserf';
import { member, serfMarbles } from 'rxserf/testing';
import { expect, test } from 'vitest';
import { diagramOf, load } from '../pages.ts';
import { inRole, Scene } from '../scene.ts';

type LeaderOf = (
  client: Pick<SerfClient<unknown>, 'membership'>,
  role: string,
) => Observable<Member | undefined>;
const { leaderOf } = await load<{ leaderOf: LeaderOf }>('leader-by-tag');

const nameOf = (client: Pick<SerfClient<unknown>, 'membership'>) =>
  leaderOf(client, 'web').pipe(map((leader) => leader?.name));

test('as in its diagram', () => {
  const diagram = diagramOf('leader-by-tag');
  const [n1, n2, n3] = ['n1', 'n2', 'n3'].map((name) => member(name, { tags: { role: 'web' } })) as [
    Member,
    Member,
    Member,
  ];
  const failed: Member = { ...n1, status: 'failed' };
  serfMarbles(({ serf, on, expectObservable }) => {
    on('membership', diagram('membership'), {
      a: [n2, n1],
      b: [n2, failed],
      c: [n3, n2, failed],
      d: [n3, n2, n1],
      e: [n3, n2, n1].map((each): Member => ({ ...each, status: 'left' })),
    });
    expectObservable(leaderOf(serf, 'web')).toBe(diagram('leaderOf'), { x: n1, y: n2, u: undefined });
  });
});

test('is the first by name that is alive, each time it is another', async () => {
  const scene = new Scene({ nodes: ['ops', ...inRole('web', 'web-2', 'web-1', 'Web-9'), 'a'] });
  const leader = await scene.tell(nameOf(scene.client('ops')));
  expect(leader.values).toEqual(['Web-9']);

  scene.fail('Web-9');
  await scene.pass(10);
  scene.fail('web-2');
  await scene.pass(10);
  scene.fail('web-1');
  await scene.pass(10);
  scene.restart('web-2');
  await scene.pass(10);

  expect(leader.values).toEqual(['Web-9', 'web-1', undefined, 'web-2']);
});

test('follows a tag that is given up', async () => {
  const scene = new Scene({ nodes: ['ops', ...inRole('web', 'web-1', 'web-2')] });
  const leader = await scene.tell(nameOf(scene.client('ops')));

  await scene.tell(scene.cluster.node('web-1').tags({ set: { role: 'retired' } }));

  expect(leader.values).toEqual(['web-1', 'web-2']);
});

test('is one on each side of a partition, and the same again afterwards', async () => {
  const scene = new Scene({ nodes: inRole('web', 'web-1', 'web-2', 'web-3') });
  const here = await scene.tell(nameOf(scene.client('web-1')));
  const there = await scene.tell(nameOf(scene.client('web-2')));

  scene.cluster.partition(['web-1']);
  await scene.pass(10);
  expect([here.values, there.values]).toEqual([['web-1'], ['web-1', 'web-2']]);

  scene.cluster.heal();
  await scene.pass(10);
  expect([here.values, there.values]).toEqual([['web-1'], ['web-1', 'web-2', 'web-1']]);
});

test('is another one while its own agent, restarted, knows only itself', async () => {
  const scene = new Scene({ nodes: inRole('web', 'web-1', 'web-2'), gossipDelay: 1_000 });
  const leader = await scene.tell(nameOf(scene.client('web-2')));

  scene.fail('web-2');
  scene.restart('web-2');
  await scene.pass(10_000);

  expect(leader.values).toEqual(['web-1', 'web-2', 'web-1']);
});

test('says nothing while its own agent is away, and what has changed afterwards', async () => {
  const scene = new Scene({ nodes: ['ops', ...inRole('web', 'web-1', 'web-2')] });
  const leader = await scene.tell(nameOf(scene.client('ops')));

  scene.fail('ops');
  scene.fail('web-1');
  await scene.pass(1_000);
  expect(leader.values).toEqual(['web-1']);

  scene.restart('ops');
  await scene.pass(10_000);

  expect(leader.values).toEqual(['web-1', 'web-2']);
});
