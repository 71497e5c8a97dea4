import type { Node } from '../node/node.ts';
import type { NodeState } from '../node/node-state.ts';
import type { ClusterSettings } from '../options.ts';
import { roundTrip } from './coordinates.ts';
import type { Endpoint } from './endpoint.ts';
import { type BroadcastQueue, type GossipMessage, QUEUE } from './gossip-message.ts';
import type { GossipGroup, GossipPeer } from './gossip-peer.ts';
import { combine } from './push-pull-state.ts';
import type { TaskQueue } from './task-queue.ts';

/**
 * The simulated network. Gossip is not played packet by packet: a message reaches each peer of the group, on the same side of
 * a partition, after a delay of its own.
 */
export class Network {
  readonly #tasks: TaskQueue;
  readonly #random: () => number;
  readonly #settings: ClusterSettings;
  /** How often the network was partitioned or healed. */
  #partitions = 0;

  constructor(tasks: TaskQueue, random: () => number, settings: ClusterSettings) {
    this.#tasks = tasks;
    this.#random = random;
    this.#settings = settings;
  }

  reaches(a: Endpoint, b: Endpoint): boolean {
    return a.up && b.up && a.node.side === b.node.side;
  }

  /** The other peers that gossip reaches. */
  peersOf(peer: GossipPeer): GossipPeer[] {
    return [...peer.group.peers].filter((other) => other !== peer && this.reaches(peer, other));
  }

  /** Sends a message to everybody. It arrives even if the sender ends meanwhile: others pass it on. */
  broadcast(from: GossipPeer, message: GossipMessage): void {
    const targets = new Set([from, ...this.peersOf(from)]);
    const holders = [from];
    let partitions = this.#partitions;
    let sides = new Set([from.node.side]);
    const arrive = (peer: GossipPeer) => {
      // Partitioned while it is under way: on a side where one has it, all get it.
      if (partitions !== this.#partitions) {
        partitions = this.#partitions;
        sides = new Set(holders.map(({ node }) => node.side));
      }
      if (!peer.up || !sides.has(peer.node.side)) return;
      holders.push(peer);
      // Of who has left meanwhile, or cannot be reached, nobody says that it is alive.
      if (message.type === 'alive' && (from.hasLeft || !this.reaches(peer, from))) return;
      peer.receive(message);
    };
    const queue = QUEUE[message.type];
    for (const peer of targets) if (peer !== from) this.#deliver(peer, queue, () => arrive(peer));
    // Who comes while it is under way gets it as well: a node that has left and is back, say, that it has left.
    const { group } = from;
    this.#tasks.schedule(this.#settings.gossipDelay, () => {
      for (const peer of [...group.current.peers]) if (!targets.has(peer)) arrive(peer);
    });
  }

  /** Sends something from one node to another, directly. */
  send(from: Endpoint, to: Endpoint, receive: () => void): void {
    this.#tasks.schedule(this.#latency(from, to), () => {
      if (to.up && from.node.side === to.node.side) receive();
    });
  }

  /** One node joins another: they exchange their states, and gossip introduces the peers of both to each other. */
  join(joining: GossipPeer, other: GossipPeer, replay: boolean): void {
    const [ours, theirs] = [joining.localState(), other.localState()];
    const left = [joining, ...this.peersOf(joining)];
    const right = [other, ...this.peersOf(other)];
    const known = joining.group === other.group;
    this.#unite([joining, other]);
    if (!known) {
      const introduce = (peer: GossipPeer, others: readonly GossipPeer[], state: typeof ours) =>
        this.#deliver(peer, 'intent', () => {
          this.#introduce(peer, others);
          peer.merge(state);
        });
      this.#introduce(joining, right);
      this.#introduce(other, left);
      for (const peer of left) if (peer !== joining) introduce(peer, right, theirs);
      for (const peer of right) if (peer !== other) introduce(peer, left, ours);
    }
    joining.merge(theirs, { replay });
    other.merge(ours);
    // Nodes go on to exchange states: what was under way to the one when the other got its state arrives so.
    this.#tasks.schedule(3 * this.#settings.gossipDelay, () => {
      const peer = this.reaches(joining, other) ? other : this.peersOf(joining)[0];
      if (joining.up && peer) joining.merge(peer.localState(), { replay });
    });
  }

  /** Handles the end of a node: its group suspects it. */
  ended(ended: GossipPeer): void {
    for (const peer of ended.group.peers)
      if (peer.node.side === ended.node.side) this.#suspect(peer, [ended.nodeState]);
  }

  /** Partitions or heals: puts each node on a side. */
  partition(nodes: readonly Node<GossipPeer>[], sideOf: (name: string) => number): void {
    const before = new Map<GossipPeer['node'], number>(nodes.map((node) => [node, node.side]));
    this.#partitions++;
    for (const node of nodes) node.side = sideOf(node.name);
    for (const { agent, side } of nodes) {
      if (!agent) continue;
      const lost = [...agent.group.peers].filter(
        ({ node }) => node.side !== side && before.get(node) === before.get(agent.node),
      );
      if (lost.length > 0)
        this.#suspect(
          agent,
          lost.map(({ nodeState }) => nodeState),
        );
    }
    this.#tasks.schedule(this.#settings.reconnectDelay, () => this.#reconnect(nodes, before));
  }

  /** How long a message takes from one to the other, in ms. */
  #latency(from: Endpoint, to: Endpoint): number {
    if (from === to) return 0;
    const way = Math.ceil(roundTrip(from.node.coordinate, to.node.coordinate) / 2);
    return Math.min(way, this.#settings.gossipDelay);
  }

  #deliver(peer: GossipPeer, queue: BroadcastQueue, receive: () => void): void {
    const at = Math.max(this.#tasks.now() + this.#gossipDelay(), peer.arrivals[queue]);
    peer.arrivals[queue] = at;
    this.#tasks.scheduleAt(at, () => {
      if (peer.up) receive();
    });
  }

  /** After the failure delay, a node suspects others, unless it can reach them by then. */
  #suspect(peer: GossipPeer, suspects: readonly NodeState[]): void {
    this.#tasks.schedule(this.#settings.failureDelay + this.#gossipDelay(), () => {
      for (const node of suspects) peer.suspect(node);
    });
  }

  /** Nodes that were apart, or never met again after a restart, find each other. */
  #reconnect(nodes: readonly Node<GossipPeer>[], before: ReadonlyMap<GossipPeer['node'], number>): void {
    const joined = nodes.flatMap(({ agent, joins }) => (agent && joins ? [agent] : []));
    for (const peers of bySide(joined)) {
      const [first] = peers;
      const together = peers.every(
        (peer) => peer.group === first?.group && before.get(peer.node) === before.get(first.node),
      );
      if (together) continue;
      this.#unite(peers);
      // Who was taken for failed refutes it.
      for (const peer of peers) if (!peer.hasLeft) peer.renew();
      const state = combine(
        peers.map((peer) => peer.localState()),
        // That those who are present have left is not passed on: they would only have to refute it.
        new Set(peers.map(({ name }) => name)),
      );
      for (const peer of peers) {
        this.#deliver(peer, 'intent', () => {
          this.#introduce(peer, peers);
          peer.merge(state);
        });
      }
      const settled = 3 * this.#settings.gossipDelay + this.#settings.leaveDelay;
      this.#tasks.schedule(settled, () => this.#reconcile(peers));
    }
  }

  /**
   * Nodes go on to compare their states: who left while they found each other has left for all, and who is said to leave
   * and does not refutes it.
   */
  #reconcile(peers: readonly GossipPeer[]): void {
    for (const side of bySide(peers.filter(({ up }) => up))) {
      const present = new Map(side.map((peer) => [peer.name, peer]));
      const left = new Map<string, number>();
      const doubted = new Set<GossipPeer>();
      for (const { view } of side) {
        for (const { node, status, statusLTime } of view) {
          if (status === 'alive') continue;
          const peer = present.get(node.name);
          if (peer?.isAlive) doubted.add(peer);
          else if (status === 'left') left.set(node.name, Math.max(statusLTime, left.get(node.name) ?? 0));
        }
      }
      for (const peer of side) {
        for (const [name, ltime] of left)
          peer.receive({ type: 'leave', name, ltime: ltime + 1, prune: false });
      }
      for (const peer of doubted) peer.announce();
    }
  }

  #introduce(peer: GossipPeer, others: readonly GossipPeer[]): void {
    for (const other of others) {
      if (other.hasLeft || other.node.side !== peer.node.side) continue;
      peer.receive({ type: 'alive', node: other.nodeState });
      // It has ended while this was under way.
      if (!other.up) this.#suspect(peer, [other.nodeState]);
    }
  }

  #unite(peers: readonly GossipPeer[]): void {
    const groups = new Set<GossipGroup>(peers.map(({ group }) => group));
    const [largest, ...others] = [...groups].sort((a, b) => b.peers.size - a.peers.size);
    for (const group of others) largest?.absorb(group);
  }

  #gossipDelay(): number {
    const { gossipDelay } = this.#settings;
    return gossipDelay === 0 ? 0 : 1 + Math.floor(this.#random() * gossipDelay);
  }
}

function bySide(peers: readonly GossipPeer[]): Iterable<GossipPeer[]> {
  const sides = new Map<number, GossipPeer[]>();
  for (const peer of peers) {
    const side = sides.get(peer.node.side);
    if (side) side.push(peer);
    else sides.set(peer.node.side, [peer]);
  }
  return sides.values();
}
