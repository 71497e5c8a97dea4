import {
  computed,
  DestroyRef,
  ErrorHandler,
  Injector,
  inject,
  NgZone,
  PLATFORM_ID,
  type Signal,
  signal,
  untracked,
} from '@angular/core';
import { Subscription } from 'rxjs';
import type { SerfSurface } from '../client/serf-client.ts';
import { SerfError } from '../errors.ts';
import { SERF, type SerfToken } from './serf-token.ts';

/** What the functions of this folder need of their injection context. */
export interface ClusterContext<P> {
  readonly serf: SerfSurface<P>;
  /** Ends with the injector; closed from the beginning on a server, where nothing is asked. */
  readonly life: Subscription;
  /** Runs outside of Angular's zone. */
  outside<T>(run: () => T): T;
  /**
   * A `SerfError` of anything that was thrown. What is none is a mistake in a function of the application: Angular's
   * `ErrorHandler` hears of it, too, as nobody may look at a signal.
   */
  toSerfError(reason: unknown): SerfError;
}

/** In an injection context. */
export function injectCluster<P>(token: SerfToken<P> | undefined): ClusterContext<P> {
  const injector = inject(Injector);
  const zone = inject(NgZone);
  const life = new Subscription();
  if (inject(PLATFORM_ID) === 'server') life.unsubscribe();
  inject(DestroyRef).onDestroy(() => life.unsubscribe());
  return {
    serf: inject(token ?? (SERF as SerfToken<P>)),
    life,
    outside: (run) => zone.runOutsideAngular(run),
    toSerfError: (reason) => {
      if (reason instanceof SerfError) return reason;
      // Not before it is needed: an ErrorHandler may itself depend on a cluster.
      injector.get(ErrorHandler).handleError(reason);
      return new SerfError('unexpected', String((reason as Error)?.message ?? reason), { cause: reason });
    },
  };
}

/** Several values that change together, each as a signal. */
export interface State<S> {
  (): S;
  /** Now, not as a dependency. */
  now(): S;
  change(part: Partial<S>): void;
  get<K extends keyof S>(key: K): Signal<S[K]>;
}

export function stateOf<S extends object>(initial: S): State<S> {
  const state = signal(initial);
  const now = () => untracked(state);
  return Object.assign(() => state(), {
    now,
    change: (part: Partial<S>) => state.set({ ...now(), ...part }),
    get: <K extends keyof S>(key: K) => computed(() => state()[key]),
  });
}
