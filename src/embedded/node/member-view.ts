import type { MemberStatus } from '../../model.ts';
import type { NodeState } from './node-state.ts';

/** A member as one node sees it (Serf's `memberState`). */
export interface MemberState {
  readonly node: NodeState;
  readonly status: MemberStatus;
  /** The Lamport time of the last join or leave intent. */
  readonly statusLTime: number;
  /** When it failed or left, in ms; 0 while it is there. */
  readonly leaveTime: number;
}

/**
 * The table of members of one node. Entries that are the same for all nodes of a new cluster are shared, and only
 * differences are stored: a thousand nodes with a thousand members each would be a million entries. Bounded by the number
 * of nodes of the cluster.
 */
export class MemberView {
  readonly #shared: ReadonlyMap<string, MemberState>;
  readonly #own = new Map<string, MemberState | undefined>();
  #size: number;

  constructor(shared: ReadonlyMap<string, MemberState> = new Map()) {
    this.#shared = shared;
    this.#size = shared.size;
  }

  get size(): number {
    return this.#size;
  }

  get(name: string): MemberState | undefined {
    return this.#own.has(name) ? this.#own.get(name) : this.#shared.get(name);
  }

  set(member: MemberState): void {
    const { name } = member.node;
    if (!this.get(name)) this.#size++;
    this.#own.set(name, member);
  }

  delete(name: string): void {
    if (!this.get(name)) return;
    this.#size--;
    if (this.#shared.has(name)) this.#own.set(name, undefined);
    else this.#own.delete(name);
  }

  /** Whether the cluster was created with this node. */
  isFounder(name: string): boolean {
    return this.#shared.has(name);
  }

  *[Symbol.iterator](): Generator<MemberState> {
    for (const [name, member] of this.#shared) {
      const seen = this.#own.has(name) ? this.#own.get(name) : member;
      if (seen) yield seen;
    }
    for (const [name, member] of this.#own) if (member && !this.#shared.has(name)) yield member;
  }
}

export function isGone({ status }: MemberState): boolean {
  return status === 'failed' || status === 'left';
}
