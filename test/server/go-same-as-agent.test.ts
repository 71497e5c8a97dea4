import { mergeMap } from 'rxjs';
import { connect, type Serf } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import {
  type Agent,
  type CliResult,
  describeAgent,
  eventually,
  startAgent,
  startCluster,
  stopAll,
} from '../agent/harness/agent.ts';
import { bytes } from './support/fake-serf.ts';
import { cli, served, serving } from './support/serf-command.ts';

const NODES = [{ name: 'n1', tags: { role: 'web' } }, { name: 'n2', tags: { role: 'db' } }, { name: 'n3' }];
const KEY = 's3cret';
/** Every node says so, when it is asked for its load: as `echo 0.42` does. */
const LOAD = '0.42\n';
const [ENCRYPT_KEY, OTHER_KEY] = [7, 8].map((byte) => Buffer.alloc(32, byte).toString('base64')) as [
  string,
  string,
];

/** What is served in place of an agent: `n1` of {@link NODES}, and a node on its own that is guarded by {@link KEY}. */
interface Served {
  readonly node: Serf;
  readonly guarded: Serf;
  stop(): unknown;
}

const SERVERS: [name: string, start: (agent: Agent, guarded: Agent) => Served][] = [
  [
    'a server in front of it',
    (agent, guarded) => {
      const clients = [connect(agent.address), connect(guarded.address, { authKey: KEY })] as const;
      const stop = () => Promise.all(clients.map((client) => client.close()));
      return { node: clients[0], guarded: clients[1], stop };
    },
  ],
  [
    'a node of an embedded cluster',
    () => {
      const cluster = new EmbeddedCluster({ nodes: NODES });
      for (const { name } of NODES) {
        const asked = cluster.node(name).stream('query:load');
        asked.pipe(mergeMap((query) => query.respond(bytes(LOAD)))).subscribe({ error: () => {} });
      }
      const alone = new EmbeddedCluster({ nodes: [{ name: 'guarded' }], encryptKey: ENCRYPT_KEY });
      const stop = () => {
        cluster.close();
        alone.close();
      };
      return { node: cluster.node('n1'), guarded: alone.node('guarded'), stop };
    },
  ],
];

/** The very same commands, to an agent and to what stands in its place: nobody can tell the two apart. */
describeAgent('the `serf` command against an agent', () => {
  let agent: Agent;
  let guarded: Agent;

  beforeAll(async () => {
    [[agent], guarded] = (await Promise.all([
      startCluster({ nodes: NODES, config: { event_handlers: ['query:load=echo 0.42'] } }),
      // Alone, as key commands of several nodes on a busy machine go wrong now and then.
      startAgent({ name: 'guarded', authKey: KEY, encryptKey: ENCRYPT_KEY }),
    ])) as [[Agent], Agent];
  });

  afterAll(stopAll);

  describe.each(SERVERS)('is as it is against %s', (_name, start) => {
    let servers: { node: ReturnType<typeof serving>; guarded: ReturnType<typeof serving> };
    let stop: () => unknown;

    beforeAll(() => {
      const { node, guarded: guardedNode, ...started } = start(agent, guarded);
      servers = {
        node: serving(node),
        guarded: serving(guardedNode, { authKey: KEY }),
      };
      stop = started.stop;
    });

    afterAll(async () => {
      servers.node.stop();
      servers.guarded.stop();
      await stop();
    });

    const big = 'x'.repeat(2_000);
    test.each<[code: number, ...line: [string, ...string[]]]>([
      [0, 'members'],
      [0, 'members', '-detailed'],
      [0, 'members', '-status=alive'],
      [0, 'members', '-status=failed'],
      [0, 'members', '-name=n[12]'],
      [0, 'members', '-tag=role=web|db'],
      [0, 'members', '-tag=role=nothing'],
      [1, 'members', '-name=['],
      [0, 'event', 'deploy', 'v2'],
      [0, 'event', '-coalesce=false', 'deploy'],
      [1, 'event', 'deploy', big],
      [0, 'query', '-timeout=300ms', 'load', '?'],
      [0, 'query', '-timeout=300ms', '-no-ack', '-node=n2', 'load'],
      [0, 'query', '-timeout=300ms', '-tag=role=db', 'load'],
      [0, 'query', '-timeout=300ms', '-tag=role=[', 'load'],
      [1, 'query', 'load', big],
      [1, 'join', '127.0.0.1:1'],
      [0, 'force-leave', 'nobody'],
      [0, 'force-leave', '-prune', 'nobody'],
      [0, 'tags', '-set', 'zone=a', '-delete', 'nothing'],
      [0, 'tags', '-delete', 'zone'],
      [0, 'info'],
      [0, 'rtt', 'n1', 'n2'],
      [0, 'rtt', 'n2'],
      [1, 'rtt', 'nobody'],
      [0, 'reachability'],
      [1, 'monitor', '-log-level=loud'],
    ])('%i: serf %s %s', async (code, command, ...args) => {
      await eventually('both say the same', async () => {
        const [expected, told] = await both(agent, servers.node, command, ...args);
        expect(expected.code).toBe(code);
        expect(told).toEqual(expected);
      });
    });

    test('serf members -format=json', async () => {
      const told = ({ stdout }: CliResult) => {
        const { members } = JSON.parse(stdout) as { members: { name: string; addr: string; port: number }[] };
        const anywhere = members.map((member) => ({ ...member, addr: '', port: 0 }));
        return anywhere.sort((a, b) => (a.name < b.name ? -1 : 1));
      };
      expect(told(await cli(await servers.node.address, 'members', '-format=json'))).toEqual(
        told(await cli(agent.address, 'members', '-format=json')),
      );
    });

    test.each([
      ['members', []],
      ['info', []],
      ['join', ['127.0.0.1:1']],
      ['keys', ['-list']],
      ['keys', ['-install', OTHER_KEY]],
      ['keys', ['-use', OTHER_KEY]],
      ['keys', ['-use', ENCRYPT_KEY]],
      ['keys', ['-remove', OTHER_KEY]],
      ['keys', ['-remove', ENCRYPT_KEY]],
      ['event', ['deploy']],
      ['rtt', ['guarded']],
      ['query', ['-timeout=200ms', 'load']],
      ['tags', ['-set', 'a=b']],
      ['tags', ['-delete', 'a']],
      ['force-leave', ['nobody']],
    ])('with the right key, another, and none: serf %s %j', async (command, args) => {
      for (const auth of [[`-rpc-auth=${KEY}`], ['-rpc-auth=x'], []]) {
        const [expected, told] = await both(guarded, servers.guarded, command, ...auth, ...args);
        expect(told, auth.join()).toEqual(expected);
      }
    });
  });

  test('serf leave', async () => {
    const [one, other] = await Promise.all([startAgent({ name: 'one' }), startAgent({ name: 'other' })]);
    const leaving = connect(other.address, { reconnect: false });
    onTestFinished(() => leaving.close());
    const address = await served(leaving);
    expect(await cli(address, 'leave')).toEqual(await cli(one.address, 'leave'));
    expect(await other.exited).toBe(0);
  });
});

/** What the command says of the agent, and of what stands in its place. */
async function both(agent: Agent, server: ReturnType<typeof serving>, command: string, ...args: string[]) {
  const addresses = [agent.address, await server.address];
  const results = await Promise.all(addresses.map((address) => cli(address, command, ...args)));
  return results.map(shape) as [ReturnType<typeof shape>, ReturnType<typeof shape>];
}

/** Lists come in any order; figures, addresses and what depends on the machine differ. */
function shape({ code, stdout, stderr }: CliResult) {
  return {
    code,
    stdout: stdout
      .replace(/\d+\.\d{3} ms/, 'N ms')
      .replace(/^(\t\w+ = ).+$/gm, '$1…')
      .replace(/\d+\.\d+\.\d+\.\d+:\d+ +/g, 'ADDRESS ')
      .split('\n')
      // The agent has a handler to answer with, where an embedded node has a subscriber.
      .filter((line) => !line.startsWith('\tquery:load'))
      .sort(),
    stderr,
  };
}
