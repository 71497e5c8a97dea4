import type { Serf } from 'rxserf';

/** What an implementer can do beyond answering its own calls; the suite has no test of what is not declared. */
export interface Capabilities {
  /** There is an agent in it, with limits, patterns, figures, tags and a log of its own: it is not just told what to say. */
  readonly agent: boolean;
  /** Names that Serf keeps for itself are refused by the agent, in its own words, and not before they reach it. */
  readonly ownNames: boolean;
  /** Nodes can be guarded by a key. */
  readonly auth: boolean;
  /** What one node does, the others see: events, queries, tags. */
  readonly gossip: boolean;
  /** Clusters can be encrypted. */
  readonly encryption: boolean;
  /** Nodes can be started alone, to join others later. */
  readonly lone: boolean;
  /** Nodes can be killed. */
  readonly kill: boolean;
}

/** A node, and how a user of {@link Serf} reaches it. */
export interface ContractNode {
  readonly name: string;
  readonly serf: Serf;
  /** Where others can join it, as `host:port`. */
  readonly gossip: string;
  /** With the capability `kill`. */
  kill(): void;
}

/** What to start. */
export interface ContractNodeInit {
  readonly name: string;
  readonly tags?: Readonly<Record<string, string>>;
}

/** Nodes that have found each other, until they are stopped. */
export interface ContractCluster {
  readonly nodes: readonly ContractNode[];
  /** Another node, which knows nobody; with the capability `lone`. */
  lone(init: ContractNodeInit): Promise<ContractNode>;
  /** A node that only lets those in who know the key; with the capability `auth`. */
  guarded(authKey: string): Promise<(key?: string) => Serf>;
  stop(): Promise<void>;
}

/** Something that implements {@link Serf}: one line in `implementers.ts`. */
export interface Implementer {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** vitest's `describe`, or one that skips where the implementer cannot run. */
  readonly describe: (name: string, tests: () => void) => void;
  start(nodes: readonly ContractNodeInit[], options?: { encryptKey?: string }): Promise<ContractCluster>;
}
