import { map, type Observable } from 'rxjs';
import type { SerfClient } from 'rxserf';
import { member, serfMarbles } from 'rxserf/testing';
import { expect, test } from 'vitest';
import { diagramOf, load } from '../pages.ts';
import { Scene } from '../scene.ts';

interface Upstream {
  readonly service: string;
  readonly upstream: string;
}
interface TableChange {
  readonly add: readonly Upstream[];
  readonly remove: readonly Upstream[];
  readonly table: ReadonlyMap<string, readonly string[]>;
}
type Upstreams = (
  client: Pick<SerfClient<unknown>, 'membership'>,
  period?: number,
) => Observable<TableChange>;
const { upstreams } = await load<{ upstreams: Upstreams }>('load-balancer-table');

/** `+ web 127.0.0.1:80`, `- web 127.0.0.1:80`. */
const shown = map(({ add, remove }: TableChange) =>
  [...add.map((each) => ['+', each] as const), ...remove.map((each) => ['-', each] as const)]
    .map(([sign, { service, upstream }]) => `${sign} ${service} ${upstream}`)
    .join(', '),
);
const service = (name: string, tags: Readonly<Record<string, string>> = {}) => ({
  name,
  tags: { service: 'web', port: '80', ...tags },
});

test('as in its diagram', () => {
  const diagram = diagramOf('load-balancer-table');
  serfMarbles(({ serf, on, expectObservable }) => {
    const upstream = (name: string, port: string, status: 'alive' | 'failed' = 'alive', tags = {}) =>
      member(name, { status, tags: { service: 'web', port, ...tags } });
    const [one, two, three] = [upstream('n1', '1'), upstream('n2', '2'), upstream('n3', '3')];
    on('membership', diagram('membership'), {
      a: [one],
      b: [one, two],
      c: [one, two, three],
      d: [one, upstream('n2', '2', 'failed'), three],
      e: [upstream('n1', '1', 'alive', { zone: 'a' }), upstream('n2', '2', 'failed'), three],
    });
    expectObservable(upstreams(serf, 3).pipe(shown)).toBe(diagram('upstreams(client, 3)'), {
      x: '+ web 127.0.0.1:1, + web 127.0.0.1:2',
      y: '+ web 127.0.0.1:3',
      z: '- web 127.0.0.1:2',
    });
  });
});

test('tells what to add and what to remove, and has the whole table', async () => {
  const scene = new Scene({ nodes: ['lb', service('n1'), service('n2', { service: 'api', port: '8080' })] });
  const changes = await scene.tell(upstreams(scene.client('lb')));
  await scene.pass(1_000);

  scene.cluster.add(service('n3'));
  scene.fail('n1');
  await scene.pass(1_010);

  expect(changes.values.map(({ table }) => Object.fromEntries(table))).toEqual([
    { web: ['10.0.0.2:80'], api: ['10.0.0.3:8080'] },
    { web: ['10.0.0.4:80'], api: ['10.0.0.3:8080'] },
  ]);
  expect(changes.values[1]).toMatchObject({
    add: [{ service: 'web', upstream: '10.0.0.4:80' }],
    remove: [{ service: 'web', upstream: '10.0.0.2:80' }],
  });
});

test('a restart of many is a few changes', async () => {
  const names = Array.from({ length: 20 }, (_, i) => `n${i}`);
  const scene = new Scene({ nodes: ['lb', ...names.map((name) => service(name))] });
  const changes = await scene.tell(upstreams(scene.client('lb'), 1_000).pipe(shown));
  await scene.pass(1_000);

  for (const name of names) {
    scene.fail(name);
    await scene.pass(50);
    scene.restart(name);
    await scene.pass(50);
  }
  await scene.pass(5_000);

  expect(changes.values.length).toBeLessThan(6);
});

test('moves an upstream whose tags have changed, and leaves out one without a port', async () => {
  const scene = new Scene({
    nodes: ['lb', service('n1'), { name: 'n2', tags: { service: 'web', port: '80; drop' } }],
  });
  const changes = await scene.tell(upstreams(scene.client('lb')).pipe(shown));
  await scene.pass(1_000);

  await scene.tell(scene.cluster.node('n1').tags({ set: { port: '81' } }));
  await scene.pass(1_000);
  await scene.tell(scene.cluster.node('n1').tags({ delete: ['service'] }));
  await scene.pass(1_000);

  expect(changes.values).toEqual([
    '+ web 10.0.0.2:80',
    '+ web 10.0.0.2:81, - web 10.0.0.2:80',
    '- web 10.0.0.2:81',
  ]);
});

test('tells only the differences when its agent was away', async () => {
  const scene = new Scene({ nodes: ['lb', service('n1'), service('n2')] });
  const changes = await scene.tell(upstreams(scene.client('lb')).pipe(shown));
  await scene.pass(1_000);

  scene.fail('lb');
  scene.fail('n1');
  await scene.pass(10);
  scene.restart('lb');
  await scene.pass(5_000);

  expect(changes.values.slice(1)).toEqual(['- web 10.0.0.2:80']);
});

test('keeps the table while its agent, restarted, knows nobody yet', async () => {
  const scene = new Scene({ nodes: ['lb', service('n1'), service('n2')], gossipDelay: 3_000 });
  const changes = await scene.tell(upstreams(scene.client('lb')).pipe(shown));
  await scene.pass(1_000);

  scene.fail('lb');
  scene.restart('lb');
  await scene.pass(2_000);
  const [alone] = (await scene.tell(scene.cluster.node('lb').members())).values;
  expect(alone?.length).toBe(1);
  await scene.pass(20_000);

  expect(changes.values.length).toBe(1);
});

test('has each upstream once, and none that cannot be', () => {
  serfMarbles(({ serf, on, expectObservable }) => {
    const upstream = (name: string, port: string, address = '10.0.0.1') =>
      member(name, { address, tags: { service: 'web', port } });
    const none = ['', '0', '00', '080', '65536', '99999', '100000', '-1', '8 0'];
    on('membership', 'a-b', {
      a: [
        upstream('n1', '65535'),
        upstream('n2', '1'),
        upstream('n3', '1'),
        upstream('n4', '80', ''),
        ...none.map((port) => upstream(`port ${port}`, port)),
      ],
      b: [upstream('n1', '65535'), upstream('n3', '1')],
    });
    expectObservable(upstreams(serf, 1).pipe(shown)).toBe('-x', {
      x: '+ web 10.0.0.1:65535, + web 10.0.0.1:1',
    });
  });
});

test('writes an IPv6 address in brackets', () => {
  serfMarbles(({ serf, on, expectObservable }) => {
    on('membership', 'a', { a: [member('n1', { address: '::1', tags: { service: 'web', port: '80' } })] });
    expectObservable(upstreams(serf, 1).pipe(shown)).toBe('-x', { x: '+ web [::1]:80' });
  });
});
