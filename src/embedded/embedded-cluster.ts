import { dateBy } from '../clock.ts';
import type { Serf } from '../serf.ts';
import { addressOf, MOST_NODES } from './addresses.ts';
import type { ClusterContext } from './cluster-context.ts';
import { EmbeddedSerf } from './embedded-serf.ts';
import { Places } from './gossip/coordinates.ts';
import { GossipGroup } from './gossip/gossip-peer.ts';
import { Network } from './gossip/network.ts';
import { TaskQueue } from './gossip/task-queue.ts';
import { Agent, type InitialCluster } from './node/agent.ts';
import { Keyring } from './node/keyring.ts';
import { Log } from './node/log.ts';
import type { MemberState } from './node/member-view.ts';
import { Node } from './node/node.ts';
import { Reaper } from './node/reaper.ts';
import {
  type ClusterSettings,
  type EmbeddedClusterOptions,
  type EmbeddedNode,
  misuse,
  type NodeSettings,
  nodeOf,
  withDefaults,
} from './options.ts';
import { randomFrom } from './random.ts';

/**
 * A Serf cluster in memory: nodes that gossip over a simulated network, with Serf's semantics and the agent's texts, in
 * the time of a scheduler. For tests (in virtual time), demos and examples.
 *
 * ```
 * n1.event('deploy')            --x--------------
 * n2.stream('user')             -----d-----------     up to gossipDelay later
 * cluster.fail('n3')            --x--------------
 * n1.stream('member-failed')    ---------f-------     after failureDelay, gossipDelay and coalescing
 * n3.stream('*')                --#--------------     ConnectionLostError
 * ```
 *
 * The nodes it starts with know each other already. In silence nothing is scheduled, except that members that are gone are
 * reaped after a day: close the cluster when it has done its work. Misuse throws an `InvalidArgumentError`
 * (`invalid-argument`).
 *
 * @example
 * ```ts
 * import { EmbeddedCluster } from 'rxserf/embedded';
 *
 * const cluster = new EmbeddedCluster({ nodes: [{ name: 'web', tags: { role: 'web' } }, 'db'] });
 * cluster.node('db').stream('user:deploy').subscribe(({ ltime }) => console.log('a deploy at', ltime));
 * cluster.node('web').event('deploy').subscribe();
 * setTimeout(() => cluster.close(), 1_000);
 * ```
 */
export class EmbeddedCluster {
  readonly #settings: ClusterSettings;
  readonly #places: Places;
  readonly #tasks: TaskQueue;
  readonly #nodes = new Map<string, Node<Agent>>();
  readonly #addresses = new Map<string, Node<Agent>>();
  readonly #serfs = new Map<string, Serf>();
  readonly #context: ClusterContext;

  constructor(options: EmbeddedClusterOptions = {}) {
    const settings = withDefaults(options);
    const random = randomFrom(settings.seed);
    const tasks = new TaskQueue(settings.scheduler);
    this.#settings = settings;
    this.#places = new Places(settings.seed, random);
    this.#tasks = tasks;
    this.#context = {
      settings,
      tasks,
      network: new Network(tasks, random, settings),
      reaper: new Reaper(tasks, settings, () => this.#agents()),
      nodes: this.#nodes,
      addresses: this.#addresses,
    };
    this.#startFirst(settings.nodes.map((node) => this.#build(node)));
  }

  /** The names of all nodes, running or not. */
  get names(): readonly string[] {
    return [...this.#nodes.keys()];
  }

  /**
   * What a client of the node's agent has, as {@link Serf}. While the node does not run, calls error with a
   * `ConnectionLostError` (`connection-lost`); streams end with one when it stops.
   */
  node(name: string): Serf {
    const node = this.#node(name);
    let serf = this.#serfs.get(name);
    if (!serf) {
      serf = new EmbeddedSerf(node, this.#tasks);
      this.#serfs.set(name, serf);
    }
    return serf;
  }

  /** The address that others can `join` the node at, as `host:port`. */
  gossipAddress(name: string): string {
    return this.#node(name).gossipAddress;
  }

  /** Adds a node and starts it; it joins the cluster unless it says `join: false`. */
  add(node: string | EmbeddedNode): Serf {
    const checked = nodeOf(node);
    this.#start(this.#build(checked));
    return this.node(checked.name);
  }

  /** Kills the node's agent, as a crash does: the others notice. One that does not run stays as it is. */
  fail(name: string): void {
    this.#node(name).agent?.end();
  }

  /**
   * Starts the node's agent, once more if it runs: with the tags that it had at first, and knowing nobody. It joins the
   * others if it ever was one of them.
   */
  restart(name: string): void {
    const node = this.#node(name);
    node.agent?.end();
    // An error callback of its streams may have started it already.
    if (!node.agent) this.#start(node);
  }

  /**
   * Cuts the network into groups that do not hear each other; nodes in no group are together in one more. Replaces a
   * partition there was before.
   */
  partition(...groups: readonly (readonly string[])[]): void {
    const sides = new Map<string, number>();
    for (const [index, group] of groups.entries()) {
      for (const name of group) {
        if (sides.has(this.#node(name).name)) throw misuse(`${JSON.stringify(name)} is in two groups`);
        sides.set(name, index + 1);
      }
    }
    this.#context.network.partition([...this.#nodes.values()], (name) => sides.get(name) ?? 0);
  }

  /** Ends a partition: after `reconnectDelay`, the sides find each other. */
  heal(): void {
    this.partition();
  }

  /**
   * Ends everything: streams complete, requests under way and later ones error with a `ClosedError` (`closed`), and
   * nothing is left on the scheduler.
   */
  close(): void {
    this.#tasks.close();
    for (const { calls } of this.#nodes.values()) calls.close();
  }

  *#agents(): Generator<Agent> {
    for (const { agent } of this.#nodes.values()) if (agent) yield agent;
  }

  #node(name: string): Node<Agent> {
    const node = this.#nodes.get(name);
    if (node) return node;
    throw misuse(`there is no node ${JSON.stringify(name)} in this cluster`);
  }

  #build({ name, tags, join, at }: NodeSettings): Node<Agent> {
    if (this.#nodes.has(name)) throw misuse(`there are two nodes ${JSON.stringify(name)}`);
    if (this.#nodes.size >= MOST_NODES) throw misuse(`a cluster has no more than ${MOST_NODES} nodes`);
    const { encryptKey } = this.#settings;
    const init = {
      name,
      tags,
      joins: join,
      address: addressOf(this.#nodes.size),
      coordinate: at ?? this.#places.next(Object.hasOwn(tags, 'dc') ? tags['dc'] : undefined),
      keyring: new Keyring(encryptKey === undefined ? [] : [encryptKey]),
      log: new Log(() => dateBy(this.#settings.scheduler)),
    };
    const node = new Node<Agent>(init, this.#tasks);
    this.#nodes.set(name, node);
    this.#addresses.set(node.gossipAddress, node);
    return node;
  }

  /** Starts the first nodes, which know each other as if they had joined one after the other. */
  #startFirst(nodes: readonly Node<Agent>[]): void {
    const founders = nodes.filter(({ joins }) => joins);
    const states = founders.map((node) => node.nextLife());
    const members = new Map<string, MemberState>(
      states.map((node, index) => [node.name, { node, status: 'alive', statusLTime: index, leaveTime: 0 }]),
    );
    const initial: InitialCluster = { members, group: new GossipGroup() };
    for (const [index, node] of founders.entries()) {
      node.agent = new Agent(node, this.#context, states[index] as (typeof states)[number], initial);
    }
    for (const node of nodes) if (!node.joins) this.#start(node);
  }

  #start(node: Node<Agent>): void {
    node.log.clear();
    node.agent = new Agent(node, this.#context, node.nextLife());
    if (node.joins) this.#rejoin(node.agent);
  }

  /** Has an agent join the largest group that it reaches, if there is one. */
  #rejoin(agent: Agent): void {
    const { network, settings, tasks } = this.#context;
    const others = [...this.#agents()].filter(
      (other) => other !== agent && other.node.joins && network.reaches(agent, other),
    );
    const [other] = others.sort((a, b) => b.group.peers.size - a.group.peers.size);
    if (!other) return;
    // Not before the last messages of its former life have arrived: it would join at a time that has passed.
    tasks.schedule(settings.gossipDelay, () => {
      if (!agent.up || agent.group.peers.size > 1) return;
      if (!network.reaches(agent, other)) {
        this.#rejoin(agent);
        return;
      }
      network.join(agent, other, false);
      agent.announce();
    });
  }
}
