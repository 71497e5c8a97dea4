import { inject } from '@angular/core';
import type { SerfSurface } from '../client/serf-client.ts';
import { inInjectionContext } from './injection-context.ts';
import { type AnyToken, SERF, type SerfToken } from './serf-token.ts';

/**
 * The client itself, for pipelines of RxJS and for requests: what {@link provideSerf} provides.
 *
 * On a server nothing connects: there its Observables complete without a value, and `status$` is `idle`.
 *
 * With zone.js it is used as any other Observable: what it does itself (timers, sockets) is outside of Angular's zone and
 * keeps no application unstable; what it emits arrives in the zone that subscribed.
 *
 * Of several clusters, `token` says which; it has the type of payloads, which are `unknown` without one: what comes can be narrowed, and
 * what is sent needs a codec of its own.
 *
 * @throws Angular's `NG0203` outside of an injection context, `NG0201` where nothing provides the cluster
 * @example
 * ```ts
 * import { toSignal } from '@angular/core/rxjs-interop';
 * import { memberChanges } from 'rxserf';
 * import { injectSerf } from 'rxserf/angular';
 *
 * export class LastChange {
 *   readonly change = toSignal(injectSerf().membership().pipe(memberChanges()));
 * }
 * ```
 */
export function injectSerf(): SerfSurface<unknown, never>;
export function injectSerf<P>(token: SerfToken<P>): SerfSurface<P>;
export function injectSerf(token: AnyToken = SERF): SerfSurface<unknown, never> {
  return inInjectionContext(injectSerf, undefined, () => inject(token));
}
