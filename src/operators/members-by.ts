import { defer, filter, map, type OperatorFunction } from 'rxjs';
import type { Member } from '../model.ts';
import { isUnchanged } from './internal/same-snapshot.ts';
import { tagReader } from './internal/tag-reader.ts';

type Groups = ReadonlyMap<string, readonly Member[]>;

/**
 * The members of each snapshot by the value of a tag; those without it are left out.
 *
 * ```
 * source              --a--b--c--d--|     a = {n1 web}, b = {n1 web, n2 db}, c = b and n3 without a role, d = {n1 web}
 * membersBy('role')   --x--y-----x--|     x = web: n1, y = web: n1, db: n2
 * ```
 *
 * Groups, and the members in them, are in the snapshot's order. What is the same can be told by identity: a group with
 * the same members as before, in whatever order, is the same array, and a view in which every group is as before is not
 * emitted again. The first snapshot always gives one. Completes and errors with the source, and unsubscribes from it;
 * keeps one snapshot and its groups.
 *
 * @param tag the tag's key, any text
 * @throws `InvalidArgumentError` at the call when `tag` is not a string
 * @example
 * ```ts
 * import { connect, membersBy } from 'rxserf';
 *
 * connect()
 *   .membership()
 *   .pipe(membersBy('role'))
 *   .subscribe((roles) => {
 *     for (const [role, members] of roles) console.log(role, members.length);
 *   });
 * ```
 */
export function membersBy(tag: string): OperatorFunction<ReadonlyMap<string, Member>, Groups> {
  const tagOf = tagReader('membersBy', tag);
  return (snapshots$) =>
    defer(() => {
      let before: ReadonlyMap<string, Member> | undefined;
      let groups: Groups = new Map();

      /** Takes up a snapshot; whether the groups are others than before. */
      const regroup = (snapshot: ReadonlyMap<string, Member>): boolean => {
        const regrouped = new Map<string, Member[]>();
        const touched = new Set<string>();
        for (const [name, member] of snapshot) {
          const value = tagOf(member);
          if (value === undefined) continue;
          const group = regrouped.get(value);
          if (group) group.push(member);
          else regrouped.set(value, [member]);
          if (!isUnchanged(before?.get(name), member)) touched.add(value);
        }
        let changed = !before || regrouped.size !== groups.size;
        const view = new Map<string, readonly Member[]>(regrouped);
        for (const [value, members] of regrouped) {
          const group = groups.get(value);
          // Members that did not change had the same tag before: with as many as then, the group is what it was.
          if (group?.length === members.length && !touched.has(value)) view.set(value, group);
          else changed = true;
        }
        before = snapshot;
        groups = view;
        return changed;
      };
      return snapshots$.pipe(
        filter(regroup),
        map(() => groups),
      );
    });
}
