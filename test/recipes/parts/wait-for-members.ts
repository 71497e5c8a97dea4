import type { Observable } from 'rxjs';
import type { SerfClient } from 'rxserf';
import { member, serfMarbles } from 'rxserf/testing';
import { expect, test } from 'vitest';
import { diagramOf, load } from '../pages.ts';
import { inRole, Scene } from '../scene.ts';

type WhenAlive = (
  client: Pick<SerfClient<unknown>, 'membership'>,
  role: string,
  count: number,
  within: number,
) => Observable<number>;
const { whenAlive } = await load<{ whenAlive: WhenAlive }>('wait-for-members');

test('as in its diagram', () => {
  const diagram = diagramOf('wait-for-members');
  const db = (name: string, status?: 'failed') =>
    member(name, { tags: { role: 'db' }, ...(status && { status }) });
  serfMarbles(({ serf, on, expectObservable }) => {
    on('membership', diagram('membership'), {
      a: [db('n1'), member('n2', { tags: { role: 'web' } })],
      b: [db('n1'), db('n2'), db('n3', 'failed')],
      c: [db('n1'), db('n2'), db('n3')],
    });

    expectObservable(whenAlive(serf, 'db', 3, 20)).toBe(diagram("whenAlive(client, 'db', 3, 20)"), { 3: 3 });
    expectObservable(whenAlive(serf, 'db', 4, 12)).toBe(
      diagram("whenAlive(client, 'db', 4, 12)"),
      undefined,
      new Error('3 of 4 db members are alive after 12 ms'),
    );
  });
});

test('waits until there are enough of the role, and alive', async () => {
  const scene = new Scene({ nodes: ['ops', ...inRole('web', 'web-1', 'web-2'), ...inRole('db', 'db-1')] });
  scene.fail('web-2');
  const waiting = await scene.tell(whenAlive(scene.client('ops'), 'web', 2, 30_000));
  await scene.pass(10_000);
  expect(waiting.values).toEqual([]);

  scene.restart('web-2');
  await scene.pass(10);

  expect([waiting.values, waiting.end]).toEqual([[2], 'complete']);
});

test('is done at once where there are enough already', async () => {
  const scene = new Scene({ nodes: ['ops', ...inRole('web', 'web-1', 'web-2')] });

  const { values, end } = await scene.tell(whenAlive(scene.client('ops'), 'web', 1, 30_000));

  expect([values, end]).toEqual([[2], 'complete']);
});

test('says how many there are when the time is up', async () => {
  const scene = new Scene({ nodes: ['ops', ...inRole('web', 'web-1')] });
  const waiting = await scene.tell(whenAlive(scene.client('ops'), 'web', 2, 30_000));

  await scene.pass(30_000);

  expect(waiting.end).toEqual(new Error('1 of 2 web members are alive after 30000 ms'));
});

test('goes on where the agent was away for a while', async () => {
  const scene = new Scene({ nodes: ['ops', ...inRole('web', 'web-1')] });
  const waiting = await scene.tell(whenAlive(scene.client('ops'), 'web', 2, 30_000));

  scene.fail('ops');
  scene.cluster.add({ name: 'web-2', tags: { role: 'web' } });
  scene.restart('ops');
  await scene.pass(1_000);

  expect([waiting.values, waiting.end]).toEqual([[2], 'complete']);
});

test('fails where there is no agent', async () => {
  const scene = new Scene({ nodes: ['ops'] });
  scene.fail('ops');

  const waiting = await scene.tell(whenAlive(scene.client('ops'), 'web', 2, 30_000));

  expect(waiting.end).toMatchObject({ code: 'connect-failed' });
});
