import type { Observable } from 'rxjs';
import type { MemberStatus, StreamGap } from '../model.ts';
import { requireSomeOf } from './internal/checks.ts';
import { type MemberCarrier, selectMembers } from './members-in.ts';

/** All that Serf 0.9 has. */
export const STATUSES: readonly MemberStatus[] = ['none', 'alive', 'leaving', 'left', 'failed'];

/**
 * Selects the members with one of these statuses, in whatever carries members.
 *
 * ```
 * source              --a--b--c--|     a = {n1, n2 failed}, b = {n2 failed}, c = {n1}
 * ofStatus('alive')   --x--y--c--|     x = {n1}, y = {}
 * ```
 *
 * A member passes or does not. A list and a snapshot come with only those members, also when there is none. A member
 * event comes with only those, and not at all when there is none. What needs no change is passed on as it is, the same
 * object, and so are gaps. Completes and errors with the source, and unsubscribes from it; keeps nothing.
 *
 * @param statuses any number of them, at least one
 * @throws `InvalidArgumentError` at the call when one is no status, or when there is none
 * @example
 * ```ts
 * import { connect, ofStatus } from 'rxserf';
 *
 * connect()
 *   .membership()
 *   .pipe(ofStatus('failed', 'left'))
 *   .subscribe((gone) => console.log(gone.size, 'members are not there'));
 * ```
 */
export function ofStatus(
  ...statuses: readonly [MemberStatus, ...MemberStatus[]]
): <T extends MemberCarrier | StreamGap>(source: Observable<T>) => Observable<T> {
  const wanted = requireSomeOf('ofStatus', 'statuses', STATUSES, statuses);
  return selectMembers(({ status }) => wanted.has(status));
}
