import { filter, map, type Observable } from 'rxjs';
import type { Member, StreamGap } from '../model.ts';
import { textMatcher } from './internal/text-pattern.ts';
import { type MemberCarrier, membersIn } from './members-in.ts';

/**
 * Selects what is from or about a node: a query's replies that come from it, and its member in whatever carries
 * members.
 *
 * ```
 * source           --a-b-r-s---|     a = ack of n1, b = ack of n2, r = response of n1, s = response of n2
 * fromNode('n1')   --a---r-----|
 * ```
 *
 * A list and a snapshot come with only those members, also when there is none. A member event comes with only those,
 * and not at all when there is none. What needs no change is passed on as it is, the same object, and so are gaps.
 * Completes and errors with the source, and unsubscribes from it; keeps nothing.
 *
 * @param nameOrPattern a string is the node's whole name; a RegExp is searched for, each time from the start
 * @throws `InvalidArgumentError` at the call when it is neither
 * @example
 * ```ts
 * import { connect, fromNode, utf8 } from 'rxserf';
 *
 * connect(undefined, { codec: utf8() })
 *   .query('load', undefined, { requestAck: true })
 *   .pipe(fromNode(/^web-/))
 *   .subscribe(({ from, type }) => console.log(from, type));
 * ```
 */
export function fromNode(
  nameOrPattern: string | RegExp,
): <T extends MemberCarrier | StreamGap | { readonly from: string }>(source: Observable<T>) => Observable<T> {
  const matches = textMatcher('fromNode', 'the name', nameOrPattern);
  const accepts = ({ name }: Member) => matches(name);
  const select = <T extends MemberCarrier | StreamGap | { readonly from: string }>(
    value: T,
  ): T | undefined => {
    if (!('from' in value)) return membersIn(value as T & (MemberCarrier | StreamGap), accepts);
    return matches(value.from) ? value : undefined;
  };
  return <T extends MemberCarrier | StreamGap | { readonly from: string }>(source: Observable<T>) =>
    source.pipe(
      map((value) => select(value)),
      filter((value) => value !== undefined),
    );
}
