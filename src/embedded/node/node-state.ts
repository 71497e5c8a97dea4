import type { Member, MemberStatus, VersionRange } from '../../model.ts';
import { SafeTable } from '../../safe-table.ts';

/** As Debian's serf 0.9.4 has them. */
const PROTOCOL: VersionRange = { min: 1, max: 5, current: 2 };
const DELEGATE: VersionRange = { min: 2, max: 5, current: 5 };

/** The state of a node as it announces it, and gossip carries it. Immutable: a change is a later incarnation. */
export class NodeState {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly tags: Readonly<Record<string, string>>;
  /** The higher one wins; a restarted node continues the numbers. */
  readonly incarnation: number;
  /** How often the node was started. */
  readonly life: number;
  /** One for each status: at most five. */
  readonly #members = new Map<MemberStatus, Member>();

  constructor(state: Pick<NodeState, 'name' | 'address' | 'port' | 'tags' | 'incarnation' | 'life'>) {
    this.name = state.name;
    this.address = state.address;
    this.port = state.port;
    this.tags = tableOf(state.tags);
    this.incarnation = state.incarnation;
    this.life = state.life;
  }

  /** The next incarnation. */
  next(change: { readonly tags?: Readonly<Record<string, string>>; readonly life?: number } = {}): NodeState {
    const { name, address, port, tags, life, incarnation } = this;
    return new NodeState({ name, address, port, tags, life, ...change, incarnation: incarnation + 1 });
  }

  /** The node as a member with this status: one object for all nodes that see it so. */
  toMember(status: MemberStatus): Member {
    let member = this.#members.get(status);
    if (!member) {
      const { name, address, port, tags } = this;
      member = { name, address, port, tags, status, protocol: PROTOCOL, delegate: DELEGATE };
      this.#members.set(status, member);
    }
    return member;
  }
}

/** A copy of a table, without a prototype. */
export function tableOf<T>(entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.assign(new SafeTable() as Record<string, T>, entries);
}
