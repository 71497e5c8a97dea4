import type { Member, MemberEventType } from '../../model.ts';
import { type Heard, type HeardMembers, membersEvent } from '../heard.ts';
import type { Coalescer } from './coalescing.ts';

/**
 * Of what happened to a member, the last thing, and not even that when it is what was said of it last: a member that
 * failed and came back at once has done nothing. One event for all to whom the same happened.
 */
export class CoalesceMembers implements Coalescer<Heard> {
  readonly #isFounder: (name: string) => boolean;
  readonly #told = new Map<string, MemberEventType>();
  #latest = new Map<string, readonly [MemberEventType, Member]>();

  /** @param isFounder whether a member was there from the beginning on: that it joined has then been told */
  constructor(isFounder: (name: string) => boolean) {
    this.#isFounder = isFounder;
  }

  takes(heard: Heard): boolean {
    return heard.event !== 'user' && heard.event !== 'query';
  }

  add(heard: Heard): void {
    const { event, members } = heard as HeardMembers;
    for (const member of members) this.#latest.set(member.name, [event, member]);
  }

  flush(): readonly Heard[] {
    const members = new Map<MemberEventType, Member[]>();
    for (const [name, [event, member]] of this.#latest) {
      const told = this.#told.get(name) ?? (this.#isFounder(name) ? 'member-join' : undefined);
      if (told === event && event !== 'member-update') continue;
      this.#told.set(name, event);
      const same = members.get(event);
      if (same) same.push(member);
      else members.set(event, [member]);
    }
    this.#latest = new Map();
    return [...members].map(([event, some]) => membersEvent(event, some));
  }
}
