import type { Observable } from 'rxjs';
import type { SerfClient } from 'rxserf';
import { member, serfMarbles } from 'rxserf/testing';
import { expect, test } from 'vitest';
import { diagramOf, load } from '../pages.ts';
import { inRole, Scene } from '../scene.ts';

type JobsOf = (
  client: Pick<SerfClient<unknown>, 'membership'>,
  me: string,
  role: string,
  jobs: readonly string[],
  quiet?: number,
) => Observable<readonly string[]>;
const { jobsOf } = await load<{ jobsOf: JobsOf }>('share-work');

const JOBS = ['a', 'b', 'c', 'd', 'e', 'f'];

test('as in its diagram', () => {
  const diagram = diagramOf('share-work');
  const worker = (name: string, status: 'alive' | 'failed' = 'alive') =>
    member(name, { status, tags: { role: 'worker' } });
  serfMarbles(({ serf, on, expectObservable }) => {
    on('membership', diagram('membership'), {
      a: [worker('w1')],
      b: [worker('w1'), worker('w2')],
      c: [worker('w1'), worker('w2'), worker('w3')],
      d: [worker('w1'), worker('w2', 'failed'), worker('w3')],
    });
    expectObservable(jobsOf(serf, 'w1', 'worker', JOBS, 5)).toBe(diagram('jobsOf of w1, quiet: 5'), {
      x: ['a', 'd'],
      y: ['a', 'c', 'e'],
    });
  });
});

test('each job is one member’s, before and after one fails', async () => {
  const names = ['w1', 'w2', 'w3'];
  const scene = new Scene({ nodes: ['db-1', ...inRole('worker', ...names)] });
  const told = await Promise.all(
    names.map((name) => scene.tell(jobsOf(scene.client(name), name, 'worker', JOBS))),
  );
  await scene.pass(5_000);
  expect(told.map(({ values }) => values.at(-1))).toEqual([
    ['a', 'd'],
    ['b', 'e'],
    ['c', 'f'],
  ]);

  scene.fail('w1');
  await scene.pass(5_010);

  expect(told.slice(1).map(({ values }) => values.at(-1))).toEqual([
    ['a', 'c', 'e'],
    ['b', 'd', 'f'],
  ]);
});

test('nothing moves until there is rest, nor when all is as it was', async () => {
  const scene = new Scene({ nodes: inRole('worker', 'w1', 'w2', 'w3') });
  const told = await scene.tell(jobsOf(scene.client('w1'), 'w1', 'worker', JOBS));
  await scene.pass(5_000);

  for (let i = 0; i < 10; i++) {
    scene.fail('w2');
    await scene.pass(2_000);
    scene.restart('w2');
    await scene.pass(2_000);
  }
  await scene.pass(60_000);

  expect(told.values).toEqual([['a', 'd']]);
});

test('tells jobs apart whatever their names are', () => {
  const worker = (name: string) => member(name, { tags: { role: 'worker' } });
  serfMarbles(({ serf, on, expectObservable }) => {
    on('membership', 'a-b', { a: [worker('w0'), worker('w1')], b: [worker('w1'), worker('w2')] });
    expectObservable(jobsOf(serf, 'w1', 'worker', ['a', 'a,b', 'b'], 1)).toBe('-x-y', {
      x: ['a,b'],
      y: ['a', 'b'],
    });
  });
});

test('who is not of the role has nothing to do', async () => {
  const scene = new Scene({ nodes: ['db-1', ...inRole('worker', 'w1')] });
  const told = await scene.tell(jobsOf(scene.client('db-1'), 'db-1', 'worker', JOBS));

  scene.fail('w1');
  await scene.pass(10_000);

  expect(told.values).toEqual([[]]);
});
