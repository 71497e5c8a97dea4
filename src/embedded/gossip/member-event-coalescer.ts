import type { Member, MemberEventType } from '../../model.ts';
import { memberEvent, type NodeEvent, type NodeMemberEvent } from '../node/node-event.ts';
import type { Coalescer } from './coalescing.ts';

/**
 * Coalesces member events as Serf does: of each member the last event counts, unless it is the one that was emitted last: a
 * member that fails and comes back at once is not mentioned. Members with the same event share one. Bounded by the number of
 * names in the cluster.
 */
export class MemberEventCoalescer implements Coalescer<NodeEvent> {
  readonly #isFounder: (name: string) => boolean;
  readonly #emitted = new Map<string, MemberEventType>();
  #latest = new Map<string, readonly [MemberEventType, Member]>();

  /** @param isFounder whether the cluster was created with a member: its join counts as emitted */
  constructor(isFounder: (name: string) => boolean) {
    this.#isFounder = isFounder;
  }

  takes(event: NodeEvent): boolean {
    return event.event !== 'user' && event.event !== 'query';
  }

  add(added: NodeEvent): void {
    const { event, members } = added as NodeMemberEvent;
    for (const member of members) this.#latest.set(member.name, [event, member]);
  }

  flush(): readonly NodeEvent[] {
    const members = new Map<MemberEventType, Member[]>();
    for (const [name, [event, member]] of this.#latest) {
      const emitted = this.#emitted.get(name) ?? (this.#isFounder(name) ? 'member-join' : undefined);
      if (emitted === event && event !== 'member-update') continue;
      this.#emitted.set(name, event);
      const same = members.get(event);
      if (same) same.push(member);
      else members.set(event, [member]);
    }
    this.#latest = new Map();
    return [...members].map(([event, some]) => memberEvent(event, some));
  }
}
