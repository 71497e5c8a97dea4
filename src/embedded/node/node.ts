import type { Coordinate } from '../../model.ts';
import { GOSSIP_PORT, RPC_PORT } from '../addresses.ts';
import type { Agent } from './agent.ts';
import type { Calls } from './calls.ts';
import type { Keyring } from './keyring.ts';
import type { Log } from './log.ts';
import { Facts } from './node-state.ts';

/** What a node is made of. */
export interface NodeInit {
  readonly name: string;
  readonly address: string;
  readonly tags: Readonly<Record<string, string>>;
  readonly joins: boolean;
  readonly coordinate: Coordinate;
  readonly keyring: Keyring;
  readonly log: Log;
  readonly calls: Calls;
}

/** A machine of the cluster: what stays when its agent is started again. */
export class Node {
  readonly name: string;
  readonly address: string;
  readonly port = GOSSIP_PORT;
  readonly coordinate: Coordinate;
  readonly keyring: Keyring;
  readonly log: Log;
  readonly calls: Calls;
  /** Whether it joins the others when it starts. */
  joins: boolean;
  /** Which side of a partition it is on. */
  side = 0;
  /** The agent that runs on it, if one does. */
  agent: Agent | undefined;
  readonly #tags: Readonly<Record<string, string>>;
  #facts: Facts | undefined;

  constructor(init: NodeInit) {
    this.name = init.name;
    this.address = init.address;
    this.#tags = init.tags;
    this.joins = init.joins;
    this.coordinate = init.coordinate;
    this.keyring = init.keyring;
    this.log = init.log;
    this.calls = init.calls;
  }

  get rpcAddress(): string {
    return `${this.address}:${RPC_PORT}`;
  }

  get gossipAddress(): string {
    return `${this.address}:${this.port}`;
  }

  /** The facts of a new life: with the tags of the configuration, as an agent starts. */
  nextLife(): Facts {
    const tags = this.#tags;
    const { name, address, port } = this;
    this.#facts = this.#facts
      ? this.#facts.next({ tags, life: this.#facts.life + 1 })
      : new Facts({ name, address, port, tags, incarnation: 1, life: 1 });
    return this.#facts;
  }

  /** The facts of the present life, changed. */
  nextFacts(tags?: Readonly<Record<string, string>>): Facts {
    const facts = (this.#facts ?? this.nextLife()).next(tags && { tags });
    this.#facts = facts;
    return facts;
  }
}
