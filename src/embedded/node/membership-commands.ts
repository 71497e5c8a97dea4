import { severalErrors } from '../../protocol/refusals.ts';
import type { TagsChange } from '../../serf.ts';
import { parseGossipAddress } from '../addresses.ts';
import type { GossipPeer } from '../gossip/gossip-peer.ts';
import { tagsSize } from '../gossip/message-size.ts';
import { TAGS_LIMIT } from '../options.ts';
import { type Agent, pruneDelay } from './agent.ts';
import { memberEvent } from './node-event.ts';
import { tableOf } from './node-state.ts';

// The commands that change the membership. Each gives the agent's text when it refuses, or calls `done` with it.

/** Changes the agent's own tags. */
export function setTags(agent: Agent, change: TagsChange): string | undefined {
  const tags = tableOf(agent.nodeState.tags);
  for (const key of change.delete ?? []) delete tags[key];
  Object.assign(tags, change.set);
  if (tagsSize(tags) > TAGS_LIMIT) return `Encoded length of tags exceeds limit of ${TAGS_LIMIT} bytes`;
  if (agent.hasLeft) return 'timeout waiting for update broadcast';
  const before = JSON.stringify(Object.entries(agent.nodeState.tags).sort());
  agent.renew(tags);
  const { nodeState } = agent;
  if (JSON.stringify(Object.entries(tags).sort()) !== before) {
    agent.log('info', `serf: EventMemberUpdate: ${agent.name}`);
    const status = agent.view.get(agent.name)?.status ?? 'alive';
    agent.emit(memberEvent('member-update', [nodeState.toMember(status)]));
  }
  agent.cluster.network.broadcast(agent, { type: 'alive', node: nodeState });
  return undefined;
}

/** Joins at each of the addresses; `done` is called with the number of nodes joined, or why there was none. */
export function join(
  agent: Agent,
  addresses: readonly string[],
  replay: boolean,
  done: (joined: number, refusal?: string) => void,
): void {
  const { node, cluster } = agent;
  agent.log('info', `agent: joining: [${addresses.join(' ')}] replay: ${replay}`);
  if (!agent.isAlive) {
    done(0, "Serf can't Join after Leave or Shutdown");
    return;
  }
  cluster.tasks.schedule(cluster.settings.gossipDelay, () => {
    if (!agent.up) return;
    const found = addresses.map((address) => peerAt(agent, address));
    const errors = found.filter((other) => typeof other === 'string');
    const others = found.filter((other) => typeof other !== 'string');
    // Each once, however often it is named: an exchange of states is much work for a few bytes.
    for (const other of new Set(others)) if (other !== agent) cluster.network.join(agent, other, replay);
    if (others.length > 0) {
      // From now on it rejoins them when it is restarted.
      node.joins = true;
      agent.announce();
      agent.log('info', `agent: joined: ${others.length} nodes`);
      done(others.length);
      return;
    }
    const refusal = severalErrors(errors);
    agent.log('warn', `agent: error joining: ${refusal}`);
    done(0, refusal);
  });
}

function peerAt(agent: Agent, address: string): GossipPeer | string {
  const { network, addresses } = agent.cluster;
  const parsed = parseGossipAddress(address);
  if (!parsed) return `Failed to resolve ${address}: lookup ${address}: no such host`;
  const { host, port } = parsed;
  const failed = (why: string) => `Failed to join ${host}: dial tcp ${host}:${port}: ${why}`;
  const peer = addresses.get(`${host}:${port}`)?.agent;
  if (!peer) return failed('connect: connection refused');
  return network.reaches(agent, peer) ? peer : failed('i/o timeout');
}

/** Leaves gracefully, and ends the agent; `done` is called just before. */
export function leave(agent: Agent, done: (refusal?: string) => void): void {
  const { name } = agent;
  const { tasks, network, settings } = agent.cluster;
  agent.log('info', 'agent.ipc: Graceful leave triggered');
  agent.log('info', 'agent: requesting graceful leave from Serf');
  if (!agent.isAlive) {
    done('Leave already in progress');
    return;
  }
  agent.state = 'leaving';
  leaveIntent(agent, name, false)();
  tasks.schedule(settings.gossipDelay, () => {
    if (!agent.up) return;
    const { incarnation } = agent.nodeState;
    agent.members.dead(name, incarnation);
    network.broadcast(agent, { type: 'dead', name, incarnation });
    tasks.schedule(settings.leaveDelay, () => {
      if (!agent.up) return;
      agent.log('info', 'agent: requesting serf shutdown');
      agent.log('info', 'agent: shutdown complete');
      done();
      agent.end();
    });
  });
}

/** Forces a failed node to leave. */
export function forceLeave(agent: Agent, name: string, prune: boolean, done: () => void): void {
  const { tasks, settings } = agent.cluster;
  agent.log('info', `agent: Force leaving node${prune ? ' (prune)' : ''}: ${name}`);
  const broadcast = leaveIntent(agent, name, prune);
  // As an agent, which sleeps with its lock held: nobody else is told before its own view is pruned.
  const pruning = agent.members.isPruning(name) ? pruneDelay(settings) : 0;
  tasks.schedule(pruning, () => {
    if (!agent.up) return;
    broadcast();
    tasks.schedule(agent.hasAliveMembers ? settings.gossipDelay : 0, () => {
      if (agent.up) done();
    });
  });
}

/** Handles a leave intent on the agent itself. @returns what broadcasts it */
function leaveIntent(agent: Agent, name: string, prune: boolean): () => void {
  const ltime = agent.clock.time;
  agent.clock.increment();
  agent.members.leaves(name, ltime, prune);
  // Without an alive member, as it sees it, an agent broadcasts nothing: one that is there all the same sees it fail.
  return () => {
    if (agent.hasAliveMembers) agent.cluster.network.broadcast(agent, { type: 'leave', name, ltime, prune });
  };
}
