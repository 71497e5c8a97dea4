import { follow } from './follow.ts';
import { inInjectionContext } from './injection-context.ts';
import type { Live, LiveOptions } from './live-value.ts';

/**
 * Any Observable of a cluster as a {@link Live} value: where Observable meets signal.
 *
 * Subscribes at once, whether somebody reads it or not; with `params`, as an `effect` does, and anew for other parameters.
 * Unsubscribes when its injector is destroyed. On a server it stays `idle`. An error that is not a `SerfError` (a function
 * of yours threw) goes to Angular's `ErrorHandler` as well, and is the `cause` of an `unexpected`.
 *
 * @throws Angular's `NG0203` outside of an injection context, without an `injector`
 * @example
 * ```ts
 * import { signal } from '@angular/core';
 * import { map, switchMap, timer } from 'rxjs';
 * import { live } from 'rxserf/angular';
 *
 * export class AgentPage {
 *   readonly node = signal('n1');
 *   // Every 5 s.
 *   readonly stats = live({
 *     stream: (serf) => timer(0, 5_000).pipe(switchMap(() => serf.stats())),
 *     initial: undefined,
 *   });
 *   // Anew for each node.
 *   readonly height = live({
 *     params: () => this.node(),
 *     stream: (serf, node) => serf.coordinate(node).pipe(map((coordinate) => coordinate?.height)),
 *     initial: undefined,
 *   });
 * }
 * ```
 */
export function live<T, R = void, P = unknown>(options: LiveOptions<T, R, P>): Live<T> {
  return inInjectionContext(live, options.injector, () => follow({ ...options, show: (value: T) => value }));
}
