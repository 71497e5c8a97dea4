import { defer, filter, map, type OperatorFunction, startWith } from 'rxjs';
import { MemberTable } from '../member-table.ts';
import type { Member, MemberEvent, SerfEvent, StreamGap } from '../model.ts';
import { misuse } from './internal/checks.ts';

/**
 * Folds member events into snapshots of the members they tell of.
 *
 * ```
 * source            --j--u--f--r--|     j = n1 and n2 joined, u = a user event, f = n2 failed, r = n2 was reaped
 * scanMembers([])   s-a-----b--c--|     s = {}, a = {n1, n2}, b = {n1, n2 failed}, c = {n1}
 * ```
 *
 * Emits the seed at once where one is given, and a snapshot after each event that changed something; one that was
 * emitted never changes. A member that has left or failed is there with its status, one that was reaped is gone. Other
 * events pass unnoticed. Completes and errors with the source, and unsubscribes from it; keeps the seed, and one entry
 * for each member of the cluster. What events say nothing of stays unknown, and what is lost in a gap stays wrong: for
 * the members of a live cluster there is `membership()`, this is for events that were recorded, selected or merged.
 *
 * @param seed the members to begin with, read at the call. @defaultValue none, and nothing is emitted before an event
 * @throws `InvalidArgumentError` at the call when the seed has something else in it than members
 * @example
 * ```ts
 * import { connect, ofStatus, scanMembers } from 'rxserf';
 *
 * connect()
 *   .stream('*')
 *   .pipe(scanMembers(), ofStatus('alive'))
 *   .subscribe((members) => console.log([...members.keys()]));
 * ```
 */
export function scanMembers(
  seed?: Iterable<Member> | ReadonlyMap<string, Member>,
): OperatorFunction<SerfEvent<unknown> | MemberEvent | StreamGap, ReadonlyMap<string, Member>> {
  const first = seed === undefined ? undefined : membersOf(seed);
  return (events$) =>
    defer(() => {
      const table = new MemberTable();
      const snapshots$ = events$.pipe(
        filter((event) => 'members' in event && table.apply(event)),
        map(() => table.copy()),
      );
      if (!first) return snapshots$;
      table.replace(first);
      return snapshots$.pipe(startWith(table.copy()));
    });
}

function membersOf(seed: Iterable<Member | readonly [string, Member]>): readonly Member[] {
  if (typeof seed !== 'object' || seed === null || !(Symbol.iterator in seed))
    throw misuse('scanMembers', 'the seed', 'members', seed);
  return Array.from(seed, (item) => {
    const member = Array.isArray(item) ? item[1] : item;
    if (typeof member?.name !== 'string' || typeof member.tags !== 'object' || member.tags === null)
      throw misuse('scanMembers', 'the seed', 'members', member);
    return member;
  });
}
