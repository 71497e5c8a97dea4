import { severalErrors } from '../../protocol/refusals.ts';
import type { TagsChange } from '../../serf.ts';
import { parseGossipAddress } from '../addresses.ts';
import { membersEvent } from '../heard.ts';
import { TAGS_LIMIT } from '../options.ts';
import { tagsSize } from '../queries/sizes.ts';
import type { Agent } from './agent.ts';
import { tableOf } from './node-state.ts';

// What an agent does about its membership when it is asked to. Each gives, or is done with, the agent's text when it
// refuses.

/** Changes the agent's own tags. */
export function setTags(agent: Agent, change: TagsChange): string | undefined {
  const tags = tableOf(agent.facts.tags);
  for (const key of change.delete ?? []) delete tags[key];
  Object.assign(tags, change.set);
  if (tagsSize(tags) > TAGS_LIMIT) return `Encoded length of tags exceeds limit of ${TAGS_LIMIT} bytes`;
  if (agent.hasLeft) return 'timeout waiting for update broadcast';
  const before = JSON.stringify(Object.entries(agent.facts.tags).sort());
  agent.renew(tags);
  const { facts, node, world } = agent;
  if (JSON.stringify(Object.entries(tags).sort()) !== before) {
    node.log.write('info', `serf: EventMemberUpdate: ${agent.name}`);
    agent.emit(membersEvent('member-update', [facts.as(agent.view.get(agent.name)?.status ?? 'alive')]));
  }
  world.network.broadcast(agent, 'member', (other) => {
    if (world.network.reaches(other, agent) && !agent.hasLeft) other.members.alive(facts);
  });
  return undefined;
}

/** Joins through each of the addresses; done with how many there were somebody at, or why at none. */
export function join(
  agent: Agent,
  addresses: readonly string[],
  replay: boolean,
  done: (joined: number, refusal?: string) => void,
): void {
  const { node, world } = agent;
  node.log.write('info', `agent: joining: [${addresses.join(' ')}] replay: ${replay}`);
  if (agent.state !== 'alive') {
    done(0, "Serf can't Join after Leave or Shutdown");
    return;
  }
  world.timeline.at(world.settings.gossipDelay, () => {
    if (!agent.up) return;
    const found = addresses.map((address) => agentAt(agent, address));
    const errors = found.filter((other) => typeof other === 'string');
    const others = found.filter((other) => typeof other !== 'string');
    for (const other of others) if (other !== agent) world.network.meet(agent, other, replay);
    if (others.length > 0) {
      // From now on it is one of them, and looks for them when it is started again.
      node.joins = true;
      agent.announce();
      node.log.write('info', `agent: joined: ${others.length} nodes`);
      done(others.length);
      return;
    }
    const refusal = severalErrors(errors);
    node.log.write('warn', `agent: error joining: ${refusal}`);
    done(0, refusal);
  });
}

function agentAt(agent: Agent, address: string): Agent | string {
  const { network, nodes } = agent.world;
  const parsed = parseGossipAddress(address);
  if (!parsed) return `Failed to resolve ${address}: lookup ${address}: no such host`;
  const { host, port } = parsed;
  const failed = (why: string) => `Failed to join ${host}: dial tcp ${host}:${port}: ${why}`;
  for (const node of nodes.values()) {
    if (node.address !== host || node.port !== port) continue;
    if (!node.agent) return failed('connect: connection refused');
    return network.reaches(agent, node.agent) ? node.agent : failed('i/o timeout');
  }
  return failed('connect: connection refused');
}

/** Leaves in peace, and ends the agent; done just before. */
export function leave(agent: Agent, done: (refusal?: string) => void): void {
  const { name, node, world } = agent;
  const { timeline, network, settings } = world;
  node.log.write('info', 'agent.ipc: Graceful leave triggered');
  node.log.write('info', 'agent: requesting graceful leave from Serf');
  if (agent.state !== 'alive') {
    done('Leave already in progress');
    return;
  }
  agent.state = 'leaving';
  tellLeave(agent, name, false);
  timeline.at(settings.gossipDelay, () => {
    if (!agent.up) return;
    const { incarnation } = agent.facts;
    agent.members.dead(name, incarnation);
    network.broadcast(agent, 'member', (other) => other.members.dead(name, incarnation));
    timeline.at(settings.leaveDelay, () => {
      if (!agent.up) return;
      node.log.write('info', 'agent: requesting serf shutdown');
      node.log.write('info', 'agent: shutdown complete');
      done();
      agent.end();
    });
  });
}

/** Says of another that it has left. */
export function forceLeave(agent: Agent, name: string, prune: boolean, done: () => void): void {
  const { node, world } = agent;
  node.log.write('info', `agent: Force leaving node${prune ? ' (prune)' : ''}: ${name}`);
  tellLeave(agent, name, prune);
  world.timeline.at(agent.hasCompany ? world.settings.gossipDelay : 0, () => {
    if (agent.up) done();
  });
}

function tellLeave(agent: Agent, name: string, prune: boolean): void {
  const ltime = agent.clock.time;
  agent.clock.increment();
  agent.members.leaves(name, ltime, prune);
  // With nobody left to tell, as it sees it, an agent tells nobody: whoever is there all the same sees it fail.
  if (!agent.hasCompany) return;
  agent.world.network.broadcast(agent, 'member', (other) => {
    other.node.log.write('debug', `serf: messageLeaveType: ${name}`);
    other.members.leaves(name, ltime, prune);
  });
}
