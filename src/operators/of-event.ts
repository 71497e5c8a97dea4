import { filter, type Observable } from 'rxjs';
import type { MemberEvent, MemberEventType, SerfEvent, StreamGap } from '../model.ts';
import { requireSomeOf } from './internal/checks.ts';

/** What events and gaps are told apart by. */
export type EventKind = SerfEvent['event'] | StreamGap['event'];

/** What is left of `T`, a thing with an `event` or a union of such, where that is a `K`. */
export type OfEvent<T, K extends EventKind> = T extends { readonly event: infer E }
  ? [E] extends [K]
    ? T
    : [Extract<E, K>] extends [never]
      ? never
      : MemberEvent<Extract<E, MemberEventType>> extends T
        ? MemberEvent<Extract<E, K & MemberEventType>>
        : T & { readonly event: Extract<E, K> }
  : never;

const KINDS: readonly EventKind[] = [
  'user',
  'query',
  'member-join',
  'member-leave',
  'member-failed',
  'member-update',
  'member-reap',
  'gap',
];

/**
 * Passes only events of these kinds, and narrows their type to them.
 *
 * ```
 * source            --u-m-q-u--|     u = user event, m = member-join, q = query
 * ofEvent('user')   --u-----u--|
 * ```
 *
 * Completes and errors with the source, and unsubscribes from it; keeps nothing. An agent that is asked for less sends
 * less: where all you want is one kind, ask for it in the stream's filter.
 *
 * @param kinds any number of them, at least one; `'gap'` is a {@link StreamGap}
 * @throws `InvalidArgumentError` at the call when one is no kind of event, or when there is none
 * @example
 * ```ts
 * import { map } from 'rxjs';
 * import { connect, ofEvent } from 'rxserf';
 *
 * connect()
 *   .stream('*')
 *   .pipe(
 *     ofEvent('member-failed', 'member-leave'),
 *     map(({ event, members }) => `${event}: ${members.map(({ name }) => name)}`),
 *   )
 *   .subscribe(console.log);
 * ```
 */
export function ofEvent<K extends EventKind>(
  ...kinds: readonly [K, ...K[]]
): <T extends { readonly event: EventKind }>(source: Observable<T>) => Observable<OfEvent<T, K>> {
  const wanted = requireSomeOf('ofEvent', 'kinds', KINDS, kinds);
  return <T extends { readonly event: EventKind }>(source: Observable<T>) =>
    source.pipe(filter((value): value is T & OfEvent<T, K> => wanted.has(value.event)));
}
