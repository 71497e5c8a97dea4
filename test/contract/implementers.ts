import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { filter, firstValueFrom, ReplaySubject, Subscription } from 'rxjs';
import { connect, type Serf, type SerfClient } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { ADMIN, listen, policy, type ServerEvent, serve } from 'rxserf/server';
import { acceptedWebSocket, pipe } from 'rxserf/socket';
import { member } from 'rxserf/testing';
import { describe } from 'vitest';
import { WebSocketServer } from 'ws';
import { COMMANDS, type Command } from '../../src/protocol/commands.ts';
import { type Agent, describeAgent, startAgent, startCluster } from '../agent/harness/agent.ts';
import type { Capabilities, ContractNode, Implementer } from './implementer.ts';
import { toldNode } from './told-node.ts';

const EVERYTHING = {
  agent: true,
  ownNames: true,
  auth: true,
  gossip: true,
  encryption: true,
  lone: true,
  kill: true,
};

/** Real agents, each with a client of its own. */
const agents: Implementer = {
  name: 'real agents over TCP',
  capabilities: EVERYTHING,
  describe: describeAgent,
  async start(nodes, { encryptKey } = {}) {
    const clients: AsyncDisposable[] = [];
    const running: Agent[] = await startCluster({ nodes, encryptKey });
    const reach = (agent: Agent): ContractNode => {
      // Without reconnecting: what has ended shows at once.
      const client = connect(agent.address, { reconnect: false });
      clients.push(client);
      return { name: agent.name, serf: client, gossip: agent.gossip, kill: () => agent.kill() };
    };
    return {
      nodes: running.map(reach),
      lone: async (init) => {
        const agent = await startAgent({ ...init, encryptKey });
        running.push(agent);
        return reach(agent);
      },
      guarded: async (authKey) => {
        const agent = await startAgent({ name: 'guarded', authKey });
        running.push(agent);
        return (key = '') => {
          const client = connect(agent.address, { authKey: key, reconnect: false });
          clients.push(client);
          return client;
        };
      },
      stop: async () => {
        await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
        await Promise.all(running.map((agent) => agent.stop()));
      },
    };
  },
};

/** How a node of an embedded cluster is reached, and what ends that with the node. */
type Reach = (
  node: Serf,
  authKey?: string,
) => Promise<{
  /** Another user of the node, who says this key. */
  enter(key?: string): Serf;
  hangUp(): void;
  end(): unknown;
}>;

function embedded(name: string, reach: Reach, more: Partial<Capabilities> = {}): Implementer {
  return {
    name,
    capabilities: { ...EVERYTHING, ...more },
    describe,
    async start(nodes, { encryptKey } = {}) {
      // Long enough for a test to do something before the others notice that a node is gone.
      const failureDelay = 2_000;
      const cluster = new EmbeddedCluster({ nodes, failureDelay, ...(encryptKey && { encryptKey }) });
      const ends: (() => unknown)[] = [];
      const reachable = async (node: string, authKey?: string) => {
        const reached = await reach(cluster.node(node), authKey);
        ends.push(reached.end);
        return reached;
      };
      const enter = async (node: string): Promise<ContractNode> => {
        const { enter, hangUp } = await reachable(node);
        const kill = () => {
          cluster.fail(node);
          hangUp();
        };
        return { name: node, serf: enter(), gossip: cluster.gossipAddress(node), kill };
      };
      return {
        nodes: await Promise.all(nodes.map((node) => enter(node.name))),
        lone: async (init) => {
          cluster.add({ ...init, join: false });
          return enter(init.name);
        },
        guarded: async (authKey) => {
          cluster.add({ name: 'guarded', join: false });
          return (await reachable('guarded', authKey)).enter;
        },
        stop: async () => {
          await Promise.all(ends.map((end) => end()));
          cluster.close();
        },
      };
    },
  };
}

const directly = embedded(
  'an embedded cluster',
  async (node) => ({ enter: () => node, hangUp: () => {}, end: () => {} }),
  { auth: false },
);

/** Everything is allowed, and goes through the policy all the same. Keys are shown as fingerprints: tests/server has these. */
const policied = embedded(
  'an embedded cluster behind a policy',
  async (node) => {
    const commands = Object.keys(COMMANDS) as Command[];
    const everything = { ...ADMIN, commands, keys: 'manage', perSecond: {}, queriesOpen: 100 } as const;
    return { enter: () => policy(node, everything), hangUp: () => {}, end: () => {} };
  },
  { auth: false, encryption: false, ownNames: false },
);

const overTcp = embedded('an embedded cluster over TCP', async (node, authKey = '') => {
  const events = new ReplaySubject<ServerEvent>();
  const listening = listen(node, { port: 0, authKey }).subscribe(events);
  const { address } = await firstValueFrom(events.pipe(filter((event) => event.type === 'listening')));
  const clients: SerfClient[] = [];
  return {
    enter: (key = '') => added(clients, connect(address, { authKey: key, reconnect: false })),
    hangUp: () => listening.unsubscribe(),
    end: () => {
      listening.unsubscribe();
      return Promise.all(clients.map((client) => client.close()));
    },
  };
});

const overPipe = embedded('an embedded cluster over a pipe', async (node, authKey = '') => {
  const peers = new Subscription();
  const clients: SerfClient[] = [];
  const socket = () => {
    const [ours, theirs] = pipe();
    peers.add(serve(node, ours, { authKey }).subscribe({ error: () => {} }));
    return theirs;
  };
  return {
    enter: (key = '') => added(clients, connect('pipe', { socket, authKey: key, reconnect: false })),
    hangUp: () => peers.unsubscribe(),
    end: () => {
      peers.unsubscribe();
      return Promise.all(clients.map((client) => client.close()));
    },
  };
});

/** As a gateway has it: a client has one connection, and what it asks for is carried out side by side. */
const overWebSocket = embedded('an embedded cluster over WebSocket', async (node, authKey = '') => {
  const peers = new Subscription();
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, path: '/serf', perMessageDeflate: false });
  server.on('connection', (webSocket) => {
    const socket = acceptedWebSocket(webSocket);
    peers.add(serve(node, socket, { authKey, concurrency: 32 }).subscribe({ error: () => {} }));
  });
  await once(server, 'listening');
  const address = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const clients: SerfClient[] = [];
  const hangUp = () => {
    peers.unsubscribe();
    server.close();
  };
  return {
    enter: (key = '') => added(clients, connect(address, { authKey: key, reconnect: false })),
    hangUp,
    end: () => {
      hangUp();
      return Promise.all(clients.map((client) => client.close()));
    },
  };
});

/** The fake of the test kit, told to answer as nodes do that never gossip. */
const fakes: Implementer = {
  name: 'fakes that are told what to say',
  capabilities: {
    agent: false,
    ownNames: false,
    auth: false,
    gossip: false,
    encryption: false,
    lone: false,
    kill: false,
  },
  describe,
  async start(nodes) {
    const members = nodes.map((init, index) =>
      member(init.name, { ...init, port: 7946 + index, delegate: { min: 2, max: 5, current: 5 } }),
    );
    return {
      nodes: members.map(({ name, address, port }) => ({
        name,
        serf: toldNode(name, members),
        gossip: `${address}:${port}`,
        kill: notDeclared,
      })),
      lone: notDeclared,
      guarded: notDeclared,
      stop: async () => {},
    };
  },
};

/** A file of tests each: they run side by side. */
export const IMPLEMENTERS = {
  agents,
  directly,
  policied,
  overTcp,
  overPipe,
  overWebSocket,
  fakes,
} satisfies Record<string, Implementer>;

function notDeclared(): never {
  throw new Error('the capability is not declared');
}

function added<T>(list: T[], item: T): T {
  list.push(item);
  return item;
}
