import { type Signal, signal } from '@angular/core';
import type { ConnectionStatus } from '../model.ts';
import { injectCluster } from './cluster-context.ts';
import { type InjectSerfOptions, inInjectionContext } from './injection-context.ts';

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
  token,
  injector,
}: InjectSerfOptions<P> = {}): Signal<ConnectionStatus> {
  return inInjectionContext(injectConnection, injector, () => {
    const { serf, life, outside } = injectCluster(token);
    const status = signal<ConnectionStatus>({ state: 'idle' });
    life.add(outside(() => serf.status$.subscribe((next) => status.set(next))));
    return status.asReadonly();
  });
}
