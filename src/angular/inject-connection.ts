import { DestroyRef, inject, NgZone, type Signal, signal } from '@angular/core';
import type { ConnectionStatus } from '../model.ts';
import { type InjectSerfOptions, inInjectionContext } from './injection-context.ts';
import { SERF, type SerfToken } from './serf-token.ts';

/**
 * The state of the connection: `status$` as a signal.
 *
 * It does not connect by itself. On a server it is `idle`.
 *
 * @throws Angular's `NG0203` outside of an injection context, without an `injector`
 * @example
 * ```ts
 * import { computed } from '@angular/core';
 * import { injectConnection } from 'rxserf/angular';
 *
 * export class ConnectionPill {
 *   readonly connection = injectConnection();
 *   readonly text = computed(() => {
 *     const connection = this.connection();
 *     return connection.state === 'waiting'
 *       ? `again at ${new Date(connection.retryAt).toLocaleTimeString()}`
 *       : connection.state;
 *   });
 * }
 * ```
 */
export function injectConnection<P = unknown>({
  token = SERF as SerfToken<P>,
  injector,
}: InjectSerfOptions<P> = {}): Signal<ConnectionStatus> {
  return inInjectionContext(injectConnection, injector, () => {
    const serf = inject(token);
    const status = signal<ConnectionStatus>({ state: 'idle' });
    const subscription = inject(NgZone).runOutsideAngular(() =>
      serf.status$.subscribe((next) => status.set(next)),
    );
    inject(DestroyRef).onDestroy(() => subscription.unsubscribe());
    return status.asReadonly();
  });
}
