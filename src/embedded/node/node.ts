import type { Coordinate } from '../../model.ts';
import { GOSSIP_PORT, RPC_PORT } from '../addresses.ts';
import type { TaskQueue } from '../gossip/task-queue.ts';
import { Calls } from './calls.ts';
import type { Keyring } from './keyring.ts';
import type { Log } from './log.ts';
import { NodeState } from './node-state.ts';

/** What a {@link Node} is made of. */
export interface NodeInit {
  readonly name: string;
  readonly address: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly joins: boolean;
  readonly coordinate: Coordinate;
  readonly keyring: Keyring;
  readonly log: Log;
}

/** A machine of the cluster: what stays when its agent, an `A`, is restarted. */
export class Node<A> {
  readonly name: string;
  readonly address: string;
  readonly port = GOSSIP_PORT;
  readonly coordinate: Coordinate;
  readonly keyring: Keyring;
  readonly log: Log;
  readonly calls: Calls<A>;
  /** Whether it joins the others when it starts. */
  joins: boolean;
  /** The side of a partition that it is on. */
  side = 0;
  /** The agent that runs on it, if one does. */
  agent: A | undefined;
  readonly #tags: Readonly<Record<string, string>>;
  #state: NodeState | undefined;

  constructor(init: NodeInit, tasks: TaskQueue) {
    this.name = init.name;
    this.address = init.address;
    this.#tags = init.tags;
    this.joins = init.joins;
    this.coordinate = init.coordinate;
    this.keyring = init.keyring;
    this.log = init.log;
    this.calls = new Calls(this, tasks);
  }

  get rpcAddress(): string {
    return `${this.address}:${RPC_PORT}`;
  }

  get gossipAddress(): string {
    return `${this.address}:${this.port}`;
  }

  /** The state of a new agent, with the configured tags. */
  nextLife(): NodeState {
    const tags = this.#tags;
    const { name, address, port } = this;
    this.#state = this.#state
      ? this.#state.next({ tags, life: this.#state.life + 1 })
      : new NodeState({ name, address, port, tags, incarnation: 1, life: 1 });
    return this.#state;
  }

  /** The next incarnation of the running agent. */
  nextIncarnation(tags?: Readonly<Record<string, string>>): NodeState {
    this.#state = (this.#state ?? this.nextLife()).next(tags && { tags });
    return this.#state;
  }
}
