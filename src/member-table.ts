import type { Member, MemberEvent, VersionRange } from './model.ts';

/**
 * Members by name, as snapshots and events make them. Whatever is said of a member twice, late, or without its having
 * been heard of before simply sets it: agents coalesce and repeat events, and skip some.
 */
export class MemberTable {
  readonly #accepts: (member: Member) => boolean;
  readonly #onSet: ((name: string) => void) | undefined;
  #members = new Map<string, Member>();
  /** What events said since {@link expect}, while a snapshot is under way that may be older or newer than they. */
  #meanwhile: Map<string, Member | undefined> | undefined;
  /** The last {@link news}. To note who changed since would cost something for each change. */
  #told: ReadonlyMap<string, Member> | undefined;
  /** Who changed last: it mostly is what it was not in the last news, and then there need be no further look. */
  #latest = '';

  /**
   * @param accepts which members it has; the others are as good as gone
   * @param onSet called with the name of each member that has changed, has come or has gone
   */
  constructor(accepts: (member: Member) => boolean = () => true, onSet?: (name: string) => void) {
    this.#accepts = accepts;
    this.#onSet = onSet;
  }

  /** A snapshot has been asked for: what comes before it comes is true after it, too. */
  expect(): void {
    this.#meanwhile = new Map();
  }

  /** The snapshot does not come: nothing need be kept for it any more. */
  giveUp(): void {
    this.#meanwhile = undefined;
  }

  /** Applies an event; whether it changed anything. */
  apply({ event, members }: MemberEvent): boolean {
    let changed = false;
    for (const member of members) {
      const now = event === 'member-reap' ? undefined : member;
      this.#meanwhile?.set(member.name, now);
      if (this.#set(member.name, now)) changed = true;
    }
    return changed;
  }

  /** Applies a snapshot of all members; whether it changed anything. */
  replace(snapshot: readonly Member[]): boolean {
    const named = new Map<string, Member | undefined>(snapshot.map((member) => [member.name, member]));
    for (const [name, member] of this.#meanwhile ?? []) named.set(name, member);
    this.#meanwhile = undefined;
    let changed = false;
    for (const name of this.#members.keys())
      if (!named.has(name) && this.#set(name, undefined)) changed = true;
    for (const [name, member] of named) if (this.#set(name, member)) changed = true;
    return changed;
  }

  get(name: string): Member | undefined {
    return this.#members.get(name);
  }

  get size(): number {
    return this.#members.size;
  }

  /** A {@link copy}, kept until the next one; none where all are what they were in the last one. */
  news(): ReadonlyMap<string, Member> | undefined {
    if (this.#told && this.#isStill(this.#told)) return undefined;
    this.#told = this.copy();
    return this.#told;
  }

  /** The members as they are; a map of its own. */
  copy(): ReadonlyMap<string, Member> {
    return new Map(this.#members);
  }

  #isStill(told: ReadonlyMap<string, Member>): boolean {
    if (told.size !== this.#members.size) return false;
    if (!isSame(told.get(this.#latest), this.#members.get(this.#latest))) return false;
    for (const [name, member] of this.#members) if (!isSame(told.get(name), member)) return false;
    return true;
  }

  #set(name: string, member: Member | undefined): boolean {
    if (!member || !this.#accepts(member)) {
      if (!this.#members.delete(name)) return false;
    } else {
      const before = this.#members.get(name);
      if (before && sameMember(before, member)) return false;
      this.#members.set(name, member);
    }
    this.#latest = name;
    this.#onSet?.(name);
    return true;
  }
}

function isSame(before: Member | undefined, now: Member | undefined): boolean {
  return before === now || (before !== undefined && now !== undefined && sameMember(before, now));
}

/** Whether nothing at all is different. */
export function sameMember(a: Member, b: Member): boolean {
  return (
    a.name === b.name &&
    a.status === b.status &&
    a.address === b.address &&
    a.port === b.port &&
    sameVersions(a.protocol, b.protocol) &&
    sameVersions(a.delegate, b.delegate) &&
    sameTags(a.tags, b.tags)
  );
}

function sameVersions(a: VersionRange, b: VersionRange): boolean {
  return a.min === b.min && a.max === b.max && a.current === b.current;
}

function sameTags(left: Member['tags'], right: Member['tags']): boolean {
  let count = 0;
  for (const key in left) {
    if (left[key] !== right[key]) return false;
    count++;
  }
  for (const _ in right) count--;
  return count === 0;
}
