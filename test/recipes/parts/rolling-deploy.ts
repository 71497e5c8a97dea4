import { NEVER, type Observable } from 'rxjs';
import { type AnswerTo, type AnySerf, type QueryEvent, respondWith, utf8 } from 'rxserf';
import { ack, member, response, serfMarbles } from 'rxserf/testing';
import { expect, test } from 'vitest';
import { diagramOf, load } from '../pages.ts';
import { inRole, Scene } from '../scene.ts';

interface DeployStopped {
  readonly failed: ReadonlyMap<string, string>;
  readonly unknown: readonly string[];
  readonly unheard: readonly string[];
}
type RollingDeploy = (
  serf: AnySerf,
  version: string,
  options: { role: string; batch?: number; timeout?: number },
) => Observable<readonly string[]>;
const { rollingDeploy } = await load<{ rollingDeploy: RollingDeploy }>('rolling-deploy');

const NODES = ['ops', ...inRole('web', 'web-1', 'web-2', 'web-3', 'web-4', 'web-5'), ...inRole('db', 'db-1')];

/** What nodes do when they are told to deploy; by default it is done at once. */
type Installs = Readonly<Record<string, (version: string) => AnswerTo<QueryEvent<string | undefined>>>>;

/** A cluster with nodes that deploy; `asked` are those that were told to, in order. */
async function scene(installs: Installs = {}, failureDelay = 0) {
  const scene = new Scene({ nodes: NODES, failureDelay });
  const asked: string[] = [];
  for (const name of scene.cluster.names) {
    await scene.tell(
      scene
        .client(name)
        .stream('query:deploy', { codec: utf8() })
        .pipe(
          respondWith(({ payload = '' }) => {
            asked.push(`${name} ${payload}`);
            return installs[name]?.(payload) ?? 'ok';
          }),
        ),
    );
  }
  return { scene, asked, ops: scene.client('ops') };
}

function causeOf(end: unknown): DeployStopped {
  return (end as Error).cause as DeployStopped;
}

test('as in its diagram', () => {
  const diagram = diagramOf('rolling-deploy');
  serfMarbles(
    ({ serf, on, expectObservable }) => {
      const names = ['web-1', 'web-2', 'web-3'];
      on('members', diagram('members'), { m: names.map((name) => member(name, { tags: { role: 'web' } })) });
      on(
        'query:deploy',
        names.map((name) => diagram(`query to ${name}`)),
        {
          a: ack('web-1'),
          o: response('web-1', 'ok'),
          b: ack('web-2'),
          p: response('web-2', 'ok'),
          c: ack('web-3'),
        },
      );
      expectObservable(rollingDeploy(serf, 'v2', { role: 'web' })).toBe(
        diagram('rollingDeploy'),
        { x: ['web-1'], y: ['web-2'] },
        new Error('v2 is not on web-3: stopped', {
          cause: { failed: new Map(), unknown: ['web-3'], unheard: [] },
        }),
      );
    },
    { codec: utf8() },
  );
});

test('deploys to one after the other, and to this role only', async () => {
  const { scene: story, asked, ops } = await scene();

  const deploy = await story.tell(rollingDeploy(ops, 'v2', { role: 'web' }));
  await story.pass(1_000);

  expect(deploy.values).toEqual([['web-1'], ['web-2'], ['web-3'], ['web-4'], ['web-5']]);
  expect(deploy.end).toBe('complete');
  expect(asked).toEqual(['web-1 v2', 'web-2 v2', 'web-3 v2', 'web-4 v2', 'web-5 v2']);
});

test('deploys batch by batch', async () => {
  const { scene: story, ops } = await scene();

  const deploy = await story.tell(rollingDeploy(ops, 'v2', { role: 'web', batch: 2 }));
  await story.pass(1_000);

  expect(deploy.values).toEqual([['web-1', 'web-2'], ['web-3', 'web-4'], ['web-5']]);
});

test('stops at a node that says no, after its batch', async () => {
  const { scene: story, asked, ops } = await scene({ 'web-1': () => 'no space left' });

  const deploy = await story.tell(rollingDeploy(ops, 'v2', { role: 'web', batch: 2 }));
  await story.pass(1_000);

  expect([deploy.values, deploy.end]).toEqual([[], new Error('v2 is not on web-1: stopped')]);
  expect(causeOf(deploy.end)).toEqual({
    failed: new Map([['web-1', 'no space left']]),
    unknown: [],
    unheard: [],
  });
  expect(asked.sort()).toEqual(['web-1 v2', 'web-2 v2']);
});

test('tells a node that hangs from one that has not heard', async () => {
  const { scene: story, asked, ops } = await scene({ 'web-2': () => NEVER }, 60_000);
  // Nobody has noticed yet, so it is thought to be alive.
  story.cluster.partition(['web-3']);
  const deploy = await story.tell(rollingDeploy(ops, 'v2', { role: 'web', batch: 3, timeout: 5_000 }));

  await story.pass(5_000);

  expect(causeOf(deploy.end)).toEqual({ failed: new Map(), unknown: ['web-2'], unheard: ['web-3'] });
  expect(asked).not.toContain('web-4 v2');
});

test('fails where there is nobody to deploy to', async () => {
  const { scene: story, ops } = await scene();

  const deploy = await story.tell(rollingDeploy(ops, 'v2', { role: 'cache' }));

  expect(deploy.end).toEqual(new Error('no cache member is alive'));
});

test('stops when the connection is lost, and when nobody listens any more', async () => {
  const { scene: story, asked, ops } = await scene({ 'web-1': () => NEVER });
  const deploy = await story.tell(rollingDeploy(ops, 'v2', { role: 'web' }));
  const another = await story.tell(rollingDeploy(story.cluster.node('db-1'), 'v3', { role: 'web' }));

  story.fail('ops');
  another.subscription.unsubscribe();
  await story.pass(100_000);

  expect(deploy.end).toMatchObject({ code: 'connection-lost', outcome: 'unknown' });
  expect(asked).toEqual(['web-1 v2', 'web-1 v3']);
});
