import { BehaviorSubject, NEVER } from 'rxjs';
import type { SerfSurface } from '../client/serf-client.ts';
import { monotonicScheduler } from '../clock.ts';
import { type MembershipFilter, membership } from '../membership.ts';
import type { ConnectionStatus } from '../model.ts';
import type { Serf } from '../serf.ts';

/** As a client has it by default, in ms. */
const RESYNC = 60_000;

/** A `Serf` with all that a client has: what it lacks (an embedded node has no connection) is made from what it has. */
export function completeSerf<P>(serf: Serf<P>): SerfSurface<P> {
  if ('membership' in serf && 'status$' in serf) return serf as SerfSurface<P>;
  const status$ = new BehaviorSubject<ConnectionStatus>({ state: 'connected', address: 'in this page' });
  const close = async () => {
    status$.next({ state: 'closed' });
    status$.complete();
  };
  const added: Omit<SerfSurface<P>, keyof Serf<P>> = {
    status$,
    dropped$: NEVER,
    membership: (filter?: MembershipFilter) =>
      membership(serf as Serf<unknown> as Serf, { filter, resync: RESYNC, scheduler: monotonicScheduler }),
    close,
    drain: close,
    reconnect: () => {},
    [Symbol.asyncDispose]: close,
  };
  return new Proxy(serf, {
    get(target, key) {
      const value: unknown = Reflect.get(key in added ? added : target, key);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  }) as SerfSurface<P>;
}
