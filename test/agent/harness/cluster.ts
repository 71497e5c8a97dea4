import { eventually } from './eventually.ts';
import { startAgent } from './start-agent.ts';
import type { Agent, AgentOptions } from './types.ts';

export interface ClusterOptions extends Omit<AgentOptions, 'name' | 'tags' | 'join' | 'ports'> {
  nodes: readonly Pick<AgentOptions, 'name' | 'tags'>[];
}

/** Starts one agent per node, joined together; resolves when each of them sees all of them alive. */
export async function startCluster({ nodes, ...shared }: ClusterOptions): Promise<Agent[]> {
  const [first, ...others] = nodes;
  if (!first) throw new Error('a cluster needs at least one node');

  const seed = await startAgent({ ...shared, ...first });
  const joins = await Promise.allSettled(
    others.map((node) => startAgent({ ...shared, ...node, join: [seed.gossip] })),
  );
  const agents = [seed, ...joins.flatMap((join) => (join.status === 'fulfilled' ? [join.value] : []))];
  try {
    const failure = joins.find((join) => join.status === 'rejected');
    if (failure) throw failure.reason;
    await Promise.all(agents.map((agent) => seesAlive(agent, agents)));
    return agents;
  } catch (error) {
    await Promise.all(agents.map((agent) => agent.stop()));
    throw error;
  }
}

/** `n1` and `n2` with the role `web`, each in a zone of its own, and `n3` with the role `db`. */
export async function startThreeNodes(): Promise<[Agent, Agent, Agent]> {
  const nodes = [
    { name: 'n1', tags: { role: 'web', zone: 'a' } },
    { name: 'n2', tags: { role: 'web', zone: 'b' } },
    { name: 'n3', tags: { role: 'db' } },
  ];
  return (await startCluster({ nodes })) as [Agent, Agent, Agent];
}

function seesAlive(agent: Agent, expected: readonly Agent[]): Promise<void> {
  return eventually(`${agent.name} sees all members alive`, async () => {
    const { code, stdout, stderr } = await agent.cli('members', '-format=json');
    if (code !== 0) throw new Error(stderr || stdout);
    const { members } = JSON.parse(stdout) as { members: { name: string; status: string }[] };
    const seen = members.map(({ name, status }) => `${name} ${status}`).sort();
    const wanted = expected.map(({ name }) => `${name} alive`).sort();
    if (seen.join() !== wanted.join()) throw new Error(`sees [${seen.join(', ')}]\n${agent.log()}`);
  });
}
