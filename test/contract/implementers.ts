import { connect } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
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

/** Embedded nodes, called directly. */
const embedded: Implementer = {
  name: 'an embedded cluster',
  capabilities: EVERYTHING,
  describe,
  async start(nodes, { encryptKey } = {}) {
    const cluster = new EmbeddedCluster({ nodes, ...(encryptKey && { encryptKey }) });
    const reach = ({ name }: { name: string }): ContractNode => ({
      name,
      serf: cluster.node(name),
      gossip: cluster.gossipAddress(name),
      kill: () => cluster.fail(name),
    });
    return {
      nodes: nodes.map(reach),
      lone: async (init) => {
        cluster.add({ ...init, join: false });
        return reach(init);
      },
      stop: async () => cluster.close(),
    };
  },
};

export const IMPLEMENTERS: readonly Implementer[] = [agents, embedded];
