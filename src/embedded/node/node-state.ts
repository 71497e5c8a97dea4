import type { Member, MemberStatus, VersionRange } from '../../model.ts';
import { SafeTable } from '../../safe-table.ts';

/** As Debian's serf 0.9.4 has them. */
const PROTOCOL: VersionRange = { min: 1, max: 5, current: 2 };
const DELEGATE: VersionRange = { min: 2, max: 5, current: 5 };

/** What a node says of itself, as gossip carries it. Never changes: a change is a later incarnation. */
export class Facts {
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly tags: Readonly<Record<string, string>>;
  /** Of two that disagree, the higher one is true; a node's next life goes on with the numbers. */
  readonly incarnation: number;
  /** How often the node has been started. */
  readonly life: number;
  readonly #as = new Map<MemberStatus, Member>();

  constructor(facts: Pick<Facts, 'name' | 'address' | 'port' | 'tags' | 'incarnation' | 'life'>) {
    this.name = facts.name;
    this.address = facts.address;
    this.port = facts.port;
    this.tags = tableOf(facts.tags);
    this.incarnation = facts.incarnation;
    this.life = facts.life;
  }

  /** The same node, later. */
  next(change: { readonly tags?: Readonly<Record<string, string>>; readonly life?: number } = {}): Facts {
    const { name, address, port, tags, life, incarnation } = this;
    return new Facts({ name, address, port, tags, life, ...change, incarnation: incarnation + 1 });
  }

  /** The member, as somebody sees it: one object for all who see it alike. */
  as(status: MemberStatus): Member {
    let member = this.#as.get(status);
    if (!member) {
      const { name, address, port, tags } = this;
      member = { name, address, port, tags, status, protocol: PROTOCOL, delegate: DELEGATE };
      this.#as.set(status, member);
    }
    return member;
  }
}

/** A table of its own, without a prototype. */
export function tableOf<T>(entries: Readonly<Record<string, T>>): Record<string, T> {
  return Object.assign(new SafeTable() as Record<string, T>, entries);
}
