import { filter, map, type Observable } from 'rxjs';
import type { Member, MemberEvent, StreamGap } from '../model.ts';

/** Whatever carries members: one, a list of them, a snapshot of a membership, or a member event. */
export type MemberCarrier = Member | readonly Member[] | ReadonlyMap<string, Member> | MemberEvent;

/**
 * The carrier with those members only that are accepted, of the same kind as before: the same object where all of them
 * are, and for a gap. `undefined` where nothing is left to say: of a member that is not accepted, of an event without
 * any; an empty list or snapshot does say something.
 */
export function membersIn<T extends MemberCarrier | StreamGap>(
  carrier: T,
  accepts: (member: Member) => boolean,
): T | undefined;
export function membersIn(
  carrier: MemberCarrier | StreamGap,
  accepts: (member: Member) => boolean,
): MemberCarrier | StreamGap | undefined {
  if (isList(carrier)) return listOf(carrier, accepts);
  if ('members' in carrier) {
    const members = listOf(carrier.members, accepts);
    if (members.length === 0) return undefined;
    return members === carrier.members ? carrier : { ...carrier, members };
  }
  if ('tags' in carrier) return accepts(carrier) ? carrier : undefined;
  // Something may have happened to any member in a gap.
  if ('event' in carrier) return carrier;
  const snapshot = new Map<string, Member>();
  for (const [name, member] of carrier) if (accepts(member)) snapshot.set(name, member);
  return snapshot.size === carrier.size ? carrier : snapshot;
}

/** An operator that passes carriers on with those members only that are accepted; see {@link membersIn}. */
export function selectMembers(
  accepts: (member: Member) => boolean,
): <T extends MemberCarrier | StreamGap>(source: Observable<T>) => Observable<T> {
  return <T extends MemberCarrier | StreamGap>(source: Observable<T>) =>
    source.pipe(
      map((carrier) => membersIn(carrier, accepts)),
      filter((carrier) => carrier !== undefined),
    );
}

function listOf(members: readonly Member[], accepts: (member: Member) => boolean): readonly Member[] {
  const accepted = members.filter(accepts);
  return accepted.length === members.length ? members : accepted;
}

/** `Array.isArray` for types that tell read-only lists from the rest. */
function isList(carrier: MemberCarrier | StreamGap): carrier is readonly Member[] {
  return Array.isArray(carrier);
}
