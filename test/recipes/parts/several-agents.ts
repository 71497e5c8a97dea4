import { EMPTY, map, type Observable } from 'rxjs';
import { type AnySerf, json, type LTime, type UserEvent } from 'rxserf';
import { serfMarbles, userEvent } from 'rxserf/testing';
import { expect, test } from 'vitest';
import { diagramOf, load } from '../pages.ts';
import { Scene } from '../scene.ts';

interface Deploy {
  readonly version: string;
}
type Deploys = (
  serfs: readonly AnySerf[],
  onTrouble: (what: string) => void,
  handled?: LTime,
) => Observable<UserEvent<Deploy | undefined>>;
const { deploys } = await load<{ deploys: Deploys }>('several-agents');

const versions = map(({ payload }: UserEvent<Deploy | undefined>) => payload?.version);
const deploy = (serf: AnySerf, version: string) =>
  serf.event('deploy', { version }, { codec: json<Deploy>() });

test('as in its diagram', () => {
  const diagram = diagramOf('several-agents');
  const troubles: string[] = [];
  serfMarbles(
    ({ serf, hot, expectObservable }) => {
      const [a, b, c, d] = [1, 2, 3, 4].map((ltime) =>
        userEvent('deploy', { version: `v${ltime}` }, { ltime }),
      );
      const g = { event: 'gap', cause: 'reconnect', address: 'n1', away: 9 } as const;
      const agents = ['agent 0', 'agent 1'].map((name) => {
        const events$ = hot(diagram(name), { a, b, c, d, g });
        return Object.assign(Object.create(serf), { stream: () => events$ }) as AnySerf;
      });
      expectObservable(deploys(agents, (what) => troubles.push(what))).toBe(diagram('deploys'), {
        a,
        b,
        c,
        d,
      });
    },
    { codec: json<Deploy>() },
  );
  expect(troubles).toEqual(['agent 0 was away for 9 ms']);
});

test('tells each once, whoever of the agents is there', async () => {
  const scene = new Scene({ nodes: 3 });
  const troubles: string[] = [];
  const agents = [scene.client('n1'), scene.client('n2')];
  const told = await scene.tell(deploys(agents, (what) => troubles.push(what)).pipe(versions));

  await scene.tell(deploy(scene.client('n3'), 'v1'));
  scene.fail('n1');
  await scene.tell(deploy(scene.client('n3'), 'v2'));
  scene.restart('n1');
  await scene.pass(1_000);
  scene.fail('n2');
  await scene.tell(deploy(scene.client('n3'), 'v3'));

  expect(told.values).toEqual(['v1', 'v2', 'v3']);
  expect(troubles).toEqual([expect.stringMatching(/^agent 0 was away for \d+ ms$/)]);
});

test('goes on without an agent that is lost, and ends with the last', async () => {
  const scene = new Scene({ nodes: 3 });
  const troubles: string[] = [];
  // Nodes themselves: there is nobody who reconnects.
  const agents = [scene.cluster.node('n1'), scene.cluster.node('n2')];
  const told = await scene.tell(deploys(agents, (what) => troubles.push(what)).pipe(versions));

  scene.fail('n2');
  await scene.tell(deploy(scene.client('n3'), 'v1'));
  expect([told.values, told.end]).toEqual([['v1'], undefined]);
  scene.fail('n1');
  await scene.pass(10);

  expect(told.end).toMatchObject({ code: 'connection-lost' });
  expect(troubles).toMatchObject([
    expect.stringContaining('agent 1 is lost: ConnectionLostError'),
    expect.stringContaining('agent 0 is lost'),
  ]);
});

test('leaves out what was handled before, when an agent joins again and replays it', async () => {
  const scene = new Scene({ nodes: 2 });
  const first = await scene.tell(deploys([scene.client('n1')], () => {}));
  for (const version of ['v1', 'v2']) await scene.tell(deploy(scene.client('n2'), version));
  const handled = first.values.at(-1)?.ltime as LTime;
  first.subscription.unsubscribe();

  scene.cluster.add({ name: 'n3', join: false });
  const again = await scene.tell(deploys([scene.client('n3')], () => {}, handled).pipe(versions));
  const all = await scene.tell(deploys([scene.client('n3')], () => {}).pipe(versions));
  await scene.tell(scene.client('n3').join(scene.cluster.gossipAddress('n1'), { replay: true }));
  await scene.tell(deploy(scene.client('n2'), 'v3'));

  expect(all.values).toEqual(['v1', 'v2', 'v3']);
  expect(again.values).toEqual(['v3']);
});

test('needs one agent at least', () => {
  expect(() => deploys([], () => EMPTY)).toThrow('mergeAgents: serfs');
});
