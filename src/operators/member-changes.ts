import { concatMap, defer, from, type OperatorFunction } from 'rxjs';
import type { Member } from '../model.ts';
import { isUnchanged } from './internal/same-snapshot.ts';

/** What became of one member between two snapshots, told apart by `type`. */
export type MemberChange =
  | { readonly type: 'added'; readonly name: string; readonly before?: undefined; readonly after: Member }
  | { readonly type: 'removed'; readonly name: string; readonly before: Member; readonly after?: undefined }
  | { readonly type: 'changed'; readonly name: string; readonly before: Member; readonly after: Member };

/**
 * The differences between each snapshot and the one before, one by one: removals, then additions and changes in the
 * snapshot's order.
 *
 * ```
 * source            --a------b-----c---|     a = {n1}, b = {n1, n2}, c = {n2 left}
 * memberChanges()   --x------y-----(zw)|     x = added n1, y = added n2, z = removed n1, w = changed n2
 * ```
 *
 * Everything in the first snapshot is `added`. Completes and errors with the source; keeps one snapshot.
 *
 * @example
 * ```ts
 * import { connect, memberChanges } from 'rxserf';
 *
 * connect()
 *   .membership()
 *   .pipe(memberChanges())
 *   .subscribe(({ type, name, before, after }) => console.log(type, name, before?.status, after?.status));
 * ```
 */
export function memberChanges(): OperatorFunction<ReadonlyMap<string, Member>, MemberChange> {
  return (snapshots$) =>
    defer(() => {
      let previous: ReadonlyMap<string, Member> = new Map();
      return snapshots$.pipe(
        concatMap((snapshot) => {
          const changes = difference(previous, snapshot);
          previous = snapshot;
          return from(changes);
        }),
      );
    });
}

function difference(before: ReadonlyMap<string, Member>, after: ReadonlyMap<string, Member>): MemberChange[] {
  const changes: MemberChange[] = [];
  for (const [name, member] of before)
    if (!after.has(name)) changes.push({ type: 'removed', name, before: member });
  for (const [name, member] of after) {
    const earlier = before.get(name);
    if (!earlier) changes.push({ type: 'added', name, after: member });
    else if (!isUnchanged(earlier, member)) {
      changes.push({ type: 'changed', name, before: earlier, after: member });
    }
  }
  return changes;
}
