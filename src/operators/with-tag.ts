import type { Observable } from 'rxjs';
import type { StreamGap } from '../model.ts';
import { tagReader } from './internal/tag-reader.ts';
import { textMatcher } from './internal/text-pattern.ts';
import { type MemberCarrier, selectMembers } from './members-in.ts';

/**
 * Selects the members with this tag, in whatever carries members.
 *
 * ```
 * source                   --a--b--c--|     a = {n1 web, n2 db}, b = {n2 db}, c = {n1 web}
 * withTag('role', 'web')   --x--y--c--|     x = {n1 web}, y = {}
 * ```
 *
 * A member passes or does not. A list and a snapshot come with only those that have the tag, also when there is none.
 * A member event comes with only those, and not at all when there is none. (A member that loses its tag is not in the
 * event that says so: to follow the members with a tag, select in `membership()`.) What needs no change is passed on as
 * it is, the same object, and so are gaps. Completes and errors with the source, and unsubscribes from it; keeps nothing.
 *
 * @param key any text
 * @param valueOrPattern a string is the whole value; a RegExp is searched for in it. @defaultValue any value
 * @throws `InvalidArgumentError` at the call when `key` is not a string, or the value neither a string nor a RegExp
 * @example
 * ```ts
 * import { connect, withTag } from 'rxserf';
 *
 * connect()
 *   .membership()
 *   .pipe(withTag('role', 'web'), withTag('version', /^2\./))
 *   .subscribe((members) => console.log([...members.keys()]));
 * ```
 */
export function withTag(
  key: string,
  valueOrPattern?: string | RegExp,
): <T extends MemberCarrier | StreamGap>(source: Observable<T>) => Observable<T> {
  const tagOf = tagReader('withTag', key);
  const matches =
    valueOrPattern === undefined ? () => true : textMatcher('withTag', 'the value', valueOrPattern);
  return selectMembers((member) => {
    const value = tagOf(member);
    return value !== undefined && matches(value);
  });
}
