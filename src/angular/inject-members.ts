import type { MembershipFilter } from '../membership.ts';
import type { Member } from '../model.ts';
import type { MembersFilter } from '../serf.ts';
import { follow } from './follow.ts';
import { type InjectSerfOptions, inInjectionContext } from './injection-context.ts';
import type { Live } from './live-value.ts';

const NONE: ReadonlyMap<string, Member> = new Map();

/**
 * The members of the cluster by name, live: `membership()` as signals.
 *
 * ```
 * membership()   --m----------n------
 * connection     c-----x---c---------
 * value          i-m----------n------    i = an empty map
 * status         o-l---s---l---------    o = loading, l = live, s = stale
 * ```
 *
 * All components that ask without patterns share one stream at the agent; what changes together makes one value. The names,
 * tags and addresses in it are other people's text: show them by interpolation.
 *
 * @param filter patterns (RE2) as for `members`, or a function that gives patterns, a predicate, or `undefined` (`idle`):
 *   signals that it reads are dependencies, and the same patterns again are no change. A pattern that is not RE2 is the
 *   status `error` with the code `invalid-pattern`; the last value stays
 * @throws Angular's `NG0203` outside of an injection context, without an `injector`
 * @example
 * ```ts
 * import { computed, signal } from '@angular/core';
 * import { injectMembers } from 'rxserf/angular';
 *
 * export class WebNodes {
 *   readonly role = signal('web');
 *   readonly members = injectMembers();
 *   readonly shown = computed(() =>
 *     [...this.members.value().values()].filter(({ tags }) => tags['role'] === this.role()),
 *   );
 *   // The agent chooses, by a pattern: anew for each role.
 *   readonly chosen = injectMembers(() => ({ tags: { role: this.role() } }));
 * }
 * ```
 */
export function injectMembers<P = unknown>(
  filter?: MembersFilter | (() => MembershipFilter | undefined),
  options: InjectSerfOptions<P> = {},
): Live<ReadonlyMap<string, Member>> {
  return inInjectionContext(injectMembers, options.injector, () =>
    follow<ReadonlyMap<string, Member>, ReadonlyMap<string, Member>, MembershipFilter, P>({
      ...options,
      ...(typeof filter === 'function' && { params: filter, sameParams: sameFilter }),
      stream: (serf, asked) => serf.membership(typeof filter === 'function' ? asked : filter),
      initial: NONE,
      show: (members) => members,
    }),
  );
}

/** Patterns that are written alike ask for the same. */
function sameFilter(a: MembershipFilter | undefined, b: MembershipFilter | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return JSON.stringify(a) === JSON.stringify(b);
}
