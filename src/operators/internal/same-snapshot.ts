import { sameMember } from '../../member-table.ts';
import type { Member } from '../../model.ts';

/** Whether a member is as it was before. Between two snapshots most of them are, and are the very same object. */
export function isUnchanged(before: Member | undefined, after: Member): boolean {
  return before === after || (before !== undefined && sameMember(before, after));
}

/** Whether nothing became of any member between two snapshots; their order says nothing. */
export function sameSnapshot(
  before: ReadonlyMap<string, Member>,
  after: ReadonlyMap<string, Member>,
): boolean {
  if (before.size !== after.size) return false;
  for (const [name, member] of after) if (!isUnchanged(before.get(name), member)) return false;
  return true;
}
