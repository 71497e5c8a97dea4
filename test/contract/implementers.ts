import { filter, firstValueFrom, ReplaySubject, Subscription } from 'rxjs';
import { connect, type Serf } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { listen, type ServerEvent, serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import { describe } from 'vitest';
import { type Agent, describeAgent, startAgent, startCluster } from '../agent/harness/agent.ts';
import type { ContractNode, Implementer } from './implementer.ts';

const EVERYTHING = { gossip: true, encryption: true, lone: true, kill: true };

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
      stop: async () => {
        await Promise.all(clients.map((client) => client[Symbol.asyncDispose]()));
        await Promise.all(running.map((agent) => agent.stop()));
      },
    };
  },
};

/** How a node of an embedded cluster is reached, and what ends that with the node. */
type Reach = (node: Serf) => Promise<{ serf: Serf; hangUp(): void; end(): void | Promise<void> }>;

function embedded(name: string, reach: Reach): Implementer {
  return {
    name,
    capabilities: EVERYTHING,
    describe,
    async start(nodes, { encryptKey } = {}) {
      const cluster = new EmbeddedCluster({ nodes, ...(encryptKey && { encryptKey }) });
      const ends: (() => void | Promise<void>)[] = [];
      const enter = async (node: string): Promise<ContractNode> => {
        const { serf, hangUp, end } = await reach(cluster.node(node));
        ends.push(end);
        const kill = () => {
          cluster.fail(node);
          hangUp();
        };
        return { name: node, serf, gossip: cluster.gossipAddress(node), kill };
      };
      return {
        nodes: await Promise.all(nodes.map((node) => enter(node.name))),
        lone: async (init) => {
          cluster.add({ ...init, join: false });
          return enter(init.name);
        },
        stop: async () => {
          await Promise.all(ends.map((end) => end()));
          cluster.close();
        },
      };
    },
  };
}

const directly = embedded('an embedded cluster', async (serf) => ({
  serf,
  hangUp: () => {},
  end: () => {},
}));

const overTcp = embedded('an embedded cluster over TCP', async (node) => {
  const events = new ReplaySubject<ServerEvent>();
  const listening = listen(node, { port: 0 }).subscribe(events);
  const { address } = await firstValueFrom(events.pipe(filter((event) => event.type === 'listening')));
  const client = connect(address, { reconnect: false });
  return {
    serf: client,
    hangUp: () => listening.unsubscribe(),
    end: async () => {
      listening.unsubscribe();
      await client.close();
    },
  };
});

const overPipe = embedded('an embedded cluster over a pipe', async (node) => {
  const peers = new Subscription();
  const socket = () => {
    const [ours, theirs] = pipe();
    peers.add(serve(node, ours).subscribe({ error: () => {} }));
    return theirs;
  };
  const client = connect('pipe', { socket, reconnect: false });
  return {
    serf: client,
    hangUp: () => peers.unsubscribe(),
    end: async () => {
      peers.unsubscribe();
      await client.close();
    },
  };
});

export const IMPLEMENTERS: readonly Implementer[] = [agents, directly, overTcp, overPipe];
