import { filter, type OperatorFunction } from 'rxjs';
import type { MemberStatus } from '../model.ts';
import { requireSomeOf } from './internal/checks.ts';
import type { MemberChange } from './member-changes.ts';
import { STATUSES } from './of-status.ts';

/** A change of a member that is there before and after. */
type Changed = Extract<MemberChange, { readonly type: 'changed' }>;

/**
 * Selects, of `memberChanges()`, the changes by which a member comes to have one of these statuses.
 *
 * ```
 * source              --a--b--c--d--|     a = n1 added as failed, b = n2 has failed, c = n2 has other tags, d = n2 is alive
 * becomes('failed')   -----b--------|
 * ```
 *
 * Who is added with such a status has not come to it before one's eyes, and does not pass; nor does who has it already, as other
 * things change. Completes and errors with the source, and unsubscribes from it; keeps nothing.
 *
 * @param statuses any number of them, at least one; a change between two of them passes
 * @throws `InvalidArgumentError` at the call when one is no status, or when there is none
 * @example
 * ```ts
 * import { becomes, connect, memberChanges } from 'rxserf';
 *
 * connect()
 *   .membership()
 *   .pipe(memberChanges(), becomes('failed'))
 *   .subscribe(({ name, before, after }) => console.log(name, 'was', before.status, 'and has failed at', after.address));
 * ```
 */
export function becomes(
  ...statuses: readonly [MemberStatus, ...MemberStatus[]]
): OperatorFunction<MemberChange, Changed> {
  const wanted = requireSomeOf('becomes', 'statuses', STATUSES, statuses);
  return filter(
    (change): change is Changed =>
      change.type === 'changed' &&
      change.before.status !== change.after.status &&
      wanted.has(change.after.status),
  );
}
