import type { Observable } from 'rxjs';
import type { Member, SerfClient } from 'rxserf';
import { member, serfMarbles } from 'rxserf/testing';
import { expect, test } from 'vitest';
import { diagramOf, load } from '../pages.ts';
import { Scene } from '../scene.ts';

interface Flapping {
  readonly name: string;
  readonly failures: readonly number[];
}
type Flaps = (
  client: Pick<SerfClient<unknown>, 'membership'>,
  options?: { times?: number; within?: number },
) => Observable<Flapping>;
const { flapping } = await load<{ flapping: Flaps }>('flapping-alert');

/** A node fails and comes back, so many times, each time after so many ms. */
async function flap(scene: Scene, name: string, times: number, ms: number): Promise<void> {
  for (let i = 0; i < times; i++) {
    await scene.pass(ms / 2);
    scene.fail(name);
    await scene.pass(ms / 2);
    scene.restart(name);
  }
  await scene.pass(10);
}

test('as in its diagram', () => {
  const diagram = diagramOf('flapping-alert');
  const n1 = member('n1');
  const failed: Member = { ...n1, status: 'failed' };
  serfMarbles(({ serf, on, expectObservable }) => {
    on('membership', diagram('membership'), { j: [n1], f: [failed] });
    expectObservable(flapping(serf, { times: 3, within: 12 })).toBe(
      diagram('flapping(client, { times: 3, within: 12 })'),
      { x: { name: 'n1', failures: [3, 7, 11] } },
    );
  });
});

test('tells once who fails again and again', async () => {
  const scene = new Scene({ nodes: ['ops', 'n1', 'n2'] });
  const alerts = await scene.tell(flapping(scene.client('ops'), { times: 3, within: 60_000 }));

  await flap(scene, 'n1', 2, 10_000);
  expect(alerts.values).toEqual([]);

  await flap(scene, 'n1', 3, 10_000);
  expect(alerts.values.map(({ name }) => name)).toEqual(['n1']);
});

test('and again after it has been calm', async () => {
  const scene = new Scene({ nodes: ['ops', 'n1'] });
  const alerts = await scene.tell(flapping(scene.client('ops'), { times: 3, within: 60_000 }));

  await flap(scene, 'n1', 4, 10_000);
  await scene.pass(60_000);
  await flap(scene, 'n1', 3, 10_000);

  expect(alerts.values.map(({ name }) => name)).toEqual(['n1', 'n1']);
});

test('counts each member for itself, and what is long ago not at all', async () => {
  const scene = new Scene({ nodes: ['ops', 'n1', 'n2', 'n3'] });
  const alerts = await scene.tell(flapping(scene.client('ops'), { times: 3, within: 60_000 }));

  for (const name of ['n1', 'n2', 'n1', 'n2']) await flap(scene, name, 1, 10_000);
  await flap(scene, 'n3', 5, 40_000);

  expect(alerts.values).toEqual([]);
});

test('goes on counting when its agent was away', async () => {
  const scene = new Scene({ nodes: ['ops', 'n1'] });
  const alerts = await scene.tell(flapping(scene.client('ops'), { times: 3, within: 60_000 }));
  await flap(scene, 'n1', 2, 10_000);

  scene.fail('ops');
  scene.restart('ops');
  await scene.pass(1_000);
  await flap(scene, 'n1', 1, 10_000);

  expect(alerts.values.map(({ name }) => name)).toEqual(['n1']);
});
