import { distinctUntilChanged, map, type OperatorFunction } from 'rxjs';
import type { Member, MemberStatus } from '../model.ts';

type Counts = Readonly<Record<MemberStatus, number>>;

/**
 * How many members of each snapshot have each status, with a zero where none has; only when a count is another than
 * before.
 *
 * ```
 * source            --a--b--c--d--|     a = {n1}, b = {n1, n2}, c = {n1, n3}, d = {n1, n3 failed}
 * countByStatus()   --x--y-----z--|     x = 1 alive, y = 2 alive, z = 1 alive, 1 failed
 * ```
 *
 * The first snapshot always gives counts. A status that is none of the five is not counted. Completes and errors with
 * the source, and unsubscribes from it; keeps the counts that were emitted last.
 *
 * @example
 * ```ts
 * import { connect, countByStatus } from 'rxserf';
 *
 * connect()
 *   .membership()
 *   .pipe(countByStatus())
 *   .subscribe(({ alive, failed }) => console.log(`${alive} alive, ${failed} failed`));
 * ```
 */
export function countByStatus(): OperatorFunction<ReadonlyMap<string, Member>, Counts> {
  return (snapshots$) => snapshots$.pipe(map(count), distinctUntilChanged(sameCounts));
}

function count(snapshot: ReadonlyMap<string, Member>): Counts {
  const counts = { none: 0, alive: 0, leaving: 0, left: 0, failed: 0 };
  // The agent's word is taken for a status, so there may be one that is none of them.
  for (const { status } of snapshot.values()) if (Object.hasOwn(counts, status)) counts[status]++;
  return counts;
}

function sameCounts(before: Counts, after: Counts): boolean {
  return (Object.keys(after) as MemberStatus[]).every((status) => before[status] === after[status]);
}
