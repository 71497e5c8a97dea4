import type { Agent } from '../node/agent.ts';
import type { Node } from '../node/node.ts';
import type { Facts } from '../node/node-state.ts';
import type { ClusterSettings } from '../options.ts';
import { roundTrip } from './coordinates.ts';
import { combine } from './shared-state.ts';
import type { Timeline } from './task-queue.ts';

/** Messages of one lane arrive at a node in the order in which they were sent: one for each Lamport clock. */
export type Lane = 'member' | 'event' | 'query';

/** Agents that have heard of each other, in any number of steps: what one of them says, gossip brings to all. */
export class Circle {
  readonly agents = new Set<Agent>();
  /** The circle that it has become part of. */
  #within: Circle | undefined;

  get whole(): Circle {
    return this.#within?.whole ?? this;
  }

  /** Takes all agents of another circle. */
  absorb(other: Circle): void {
    for (const agent of other.agents) {
      agent.circle = this;
      this.agents.add(agent);
    }
    other.agents.clear();
    other.#within = this;
  }
}

/**
 * What is between the nodes. Gossip is not played packet by packet: a message reaches each agent of the circle, on the
 * same side of a partition, after a delay of its own.
 */
export class Network {
  readonly #timeline: Timeline;
  readonly #random: () => number;
  readonly #settings: ClusterSettings;
  /** How often the sides have changed. */
  #cuts = 0;

  constructor(timeline: Timeline, random: () => number, settings: ClusterSettings) {
    this.#timeline = timeline;
    this.#random = random;
    this.#settings = settings;
  }

  reaches(a: Agent, b: Agent): boolean {
    return a.up && b.up && a.node.side === b.node.side;
  }

  /** The other agents that gossip reaches. */
  peersOf(agent: Agent): Agent[] {
    return [...agent.circle.agents].filter((other) => other !== agent && this.reaches(agent, other));
  }

  /** News for everybody. They get there even if the sender ends meanwhile: others pass them on. */
  broadcast(from: Agent, lane: Lane, receive: (agent: Agent) => void): void {
    const told = new Set([from, ...this.peersOf(from)]);
    const holders = [from];
    let cuts = this.#cuts;
    let sides = new Set([from.node.side]);
    // Cut while it is under way: where one has it, all get it.
    const hear = (agent: Agent) => {
      if (cuts !== this.#cuts) {
        cuts = this.#cuts;
        sides = new Set(holders.map(({ node }) => node.side));
      }
      if (!agent.up || !sides.has(agent.node.side)) return;
      holders.push(agent);
      receive(agent);
    };
    for (const agent of told) if (agent !== from) this.deliver(agent, lane, () => hear(agent));
    // Who comes while it is under way hears it as well: a node that has left and is back, say, that it has left.
    const { circle } = from;
    this.#timeline.at(this.#settings.gossipDelay, () => {
      for (const agent of [...circle.whole.agents]) if (!told.has(agent)) hear(agent);
    });
  }

  /** What reaches one agent by gossip. */
  deliver(agent: Agent, lane: Lane, receive: () => void): void {
    const now = this.#timeline.now();
    const at = Math.max(now + this.#gossipDelay(), agent.arrivals[lane]);
    agent.arrivals[lane] = at;
    this.#timeline.at(at - now, () => {
      if (agent.up) receive();
    });
  }

  /** What one agent sends another. */
  send(from: Agent, to: Agent, receive: () => void): void {
    this.#timeline.at(this.#latency(from, to), () => {
      if (to.up && from.node.side === to.node.side) receive();
    });
  }

  /** How long something takes from one to the other, in ms. */
  #latency(from: Agent, to: Agent): number {
    if (from === to) return 0;
    const way = Math.ceil(roundTrip(from.node.coordinate, to.node.coordinate) / 2);
    return Math.min(way, this.#settings.gossipDelay);
  }

  /** One agent joins the other: they tell each other what they know, and both sides hear of it. */
  meet(joining: Agent, other: Agent, replay: boolean): void {
    const told = [joining.shared(), other.shared()] as const;
    const left = [joining, ...this.peersOf(joining)];
    const right = [other, ...this.peersOf(other)];
    const known = joining.circle === other.circle;
    this.#unite([joining, other]);
    if (!known) {
      const learn = (agent: Agent, others: readonly Agent[], state: (typeof told)[number]) =>
        this.deliver(agent, 'member', () => {
          this.#learn(agent, others);
          agent.merge(state);
        });
      this.#learn(joining, right);
      this.#learn(other, left);
      for (const agent of left) if (agent !== joining) learn(agent, right, told[1]);
      for (const agent of right) if (agent !== other) learn(agent, left, told[0]);
    }
    joining.merge(told[1], { replay });
    other.merge(told[0]);
    // What was under way to the one when the other was told: nodes go on to compare what they know.
    this.#timeline.at(3 * this.#settings.gossipDelay, () => {
      const peer = this.reaches(joining, other) ? other : this.peersOf(joining)[0];
      if (joining.up && peer) joining.merge(peer.shared(), { replay });
    });
  }

  /** An agent has ended: its circle will notice. */
  ended(agent: Agent): void {
    const { facts } = agent;
    for (const peer of agent.circle.agents)
      if (peer.node.side === agent.node.side) this.#notice(peer, [facts]);
  }

  /** Cuts and mends: puts each node on a side. */
  regroup(nodes: readonly Node[], sideOf: (name: string) => number): void {
    const before = new Map(nodes.map((node) => [node, node.side]));
    this.#cuts++;
    for (const node of nodes) node.side = sideOf(node.name);
    for (const { agent, side } of nodes) {
      if (!agent) continue;
      const lost = [...agent.circle.agents].filter(
        ({ node }) => node.side !== side && before.get(node) === before.get(agent.node),
      );
      if (lost.length > 0)
        this.#notice(
          agent,
          lost.map(({ facts }) => facts),
        );
    }
    this.#timeline.at(this.#settings.reconnectDelay, () => this.#reunite(nodes, before));
  }

  /** After a while, an agent finds others gone, unless it can reach them by then. */
  #notice(agent: Agent, gone: readonly Facts[]): void {
    this.#timeline.at(this.#settings.failureDelay + this.#gossipDelay(), () => {
      for (const facts of gone) agent.misses(facts);
    });
  }

  /** Those who were apart, or never met again after a restart, find each other. */
  #reunite(nodes: readonly Node[], before: ReadonlyMap<Node, number>): void {
    const joined = nodes.flatMap(({ agent, joins }) => (agent && joins ? [agent] : []));
    for (const agents of bySide(joined)) {
      const [first] = agents;
      const together = agents.every(
        (agent) => agent.circle === first?.circle && before.get(agent.node) === before.get(first.node),
      );
      if (together) continue;
      this.#unite(agents);
      // Who was thought gone says that it is not.
      for (const agent of agents) if (!agent.hasLeft) agent.renew();
      const state = combine(
        agents.map((agent) => agent.shared()),
        // Of those who are there, no more is said that they have left: they would only have to object.
        new Set(agents.map(({ name }) => name)),
      );
      for (const agent of agents) {
        this.deliver(agent, 'member', () => {
          this.#learn(agent, agents);
          agent.merge(state);
        });
      }
      const settled = 3 * this.#settings.gossipDelay + this.#settings.leaveDelay;
      this.#timeline.at(settled, () => this.#compare(agents));
    }
  }

  /**
   * Nodes go on to compare what they know: who left while they found each other has left for all, and who is said to leave
   * and does not objects.
   *
   * @param names of whom they talk; of all, if not given
   */
  #compare(agents: readonly Agent[], names?: readonly string[]): void {
    for (const there of bySide(agents.filter(({ up }) => up))) {
      const present = new Map(there.map((agent) => [agent.name, agent]));
      const left = new Map<string, number>();
      const doubted = new Set<Agent>();
      for (const { view } of there) {
        for (const known of names?.map((name) => view.get(name)) ?? view) {
          if (!known || known.status === 'alive') continue;
          const { facts, status, ltime } = known;
          const agent = present.get(facts.name);
          if (agent?.state === 'alive') doubted.add(agent);
          else if (status === 'left') left.set(facts.name, Math.max(ltime, left.get(facts.name) ?? 0));
        }
      }
      for (const { members } of there) for (const [name, ltime] of left) members.leaves(name, ltime + 1);
      for (const agent of doubted) agent.announce();
    }
  }

  #learn(agent: Agent, others: readonly Agent[]): void {
    for (const other of others) {
      if (other.hasLeft || other.node.side !== agent.node.side) continue;
      agent.members.alive(other.facts);
      // It has ended while the news were under way: these were not the last ones of it.
      if (!other.up) this.#notice(agent, [other.facts]);
    }
  }

  #unite(agents: readonly Agent[]): void {
    const circles = new Set(agents.map(({ circle }) => circle));
    const [largest, ...others] = [...circles].sort((a, b) => b.agents.size - a.agents.size);
    for (const circle of others) largest?.absorb(circle);
  }

  #gossipDelay(): number {
    const { gossipDelay } = this.#settings;
    return gossipDelay === 0 ? 0 : 1 + Math.floor(this.#random() * gossipDelay);
  }
}

function bySide(agents: readonly Agent[]): Iterable<Agent[]> {
  const sides = new Map<number, Agent[]>();
  for (const agent of agents) {
    const side = sides.get(agent.node.side);
    if (side) side.push(agent);
    else sides.set(agent.node.side, [agent]);
  }
  return sides.values();
}
