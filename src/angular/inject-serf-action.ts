import {
  computed,
  DestroyRef,
  inject,
  NgZone,
  PLATFORM_ID,
  type Signal,
  signal,
  untracked,
} from '@angular/core';
import { defer, type Observable, Subscription } from 'rxjs';
import type { SerfSurface } from '../client/serf-client.ts';
import type { SerfError } from '../errors.ts';
import { type InjectSerfOptions, inInjectionContext } from './injection-context.ts';
import { SERF, type SerfToken } from './serf-token.ts';
import { injectToSerfError } from './to-serf-error.ts';

/** `pending`: a run is under way; `done` and `error`: how the one that ended last did. */
export type SerfActionStatus = 'idle' | 'pending' | 'done' | 'error';

/** Something to do: see {@link injectSerfAction}. */
export interface SerfAction<A extends readonly unknown[], R> {
  /** Does it. Several at a time are all done; they are sent in the order of the calls. */
  run(...args: A): void;
  readonly status: Signal<SerfActionStatus>;
  /** Whether a run is under way, as for `[disabled]`. */
  readonly pending: Signal<boolean>;
  /** Why, with the status `error`; a further `run()` takes it away. */
  readonly error: Signal<SerfError | undefined>;
  /** The last value that a run emitted. */
  readonly result: Signal<R | undefined>;
}

/**
 * Something that a component does to the cluster (an event, tags, keys), with its state for the template.
 *
 * ```
 * run()      r-----------r-----
 * request    ----(k|)    ---#      k = ok
 * status     p---d-------p--e--    p = pending, d = done, e = error
 * ```
 *
 * What is wrong with the arguments is the status `error`, too. Runs that are under way end with their injector: nobody knows
 * then whether the agent has done it. On a server nothing is done.
 *
 * @param act called for each run, outside of Angular's zone
 * @throws Angular's `NG0203` outside of an injection context, without an `injector`
 * @example
 * ```ts
 * import { injectSerfAction } from 'rxserf/angular';
 *
 * export class Drain {
 *   // <button (click)="drain.run('n1')" [disabled]="drain.pending()">Drain</button> {{ drain.error()?.message }}
 *   readonly drain = injectSerfAction((serf, node: string) => serf.event(`drain-${node}`));
 * }
 * ```
 */
export function injectSerfAction<A extends readonly unknown[], R, P = unknown>(
  act: (serf: SerfSurface<P>, ...args: A) => Observable<R>,
  options: InjectSerfOptions<P> = {},
): SerfAction<A, R> {
  return inInjectionContext(injectSerfAction, options.injector, () => create(act, options.token));
}

interface State<R> {
  readonly running: number;
  readonly status: SerfActionStatus;
  readonly error: SerfError | undefined;
  readonly result: R | undefined;
}

function create<A extends readonly unknown[], R, P>(
  act: (serf: SerfSurface<P>, ...args: A) => Observable<R>,
  token: SerfToken<P> = SERF as SerfToken<P>,
): SerfAction<A, R> {
  const serf = inject(token);
  const zone = inject(NgZone);
  const isServer = inject(PLATFORM_ID) === 'server';
  const toSerfError = injectToSerfError();
  const state = signal<State<R>>({ running: 0, status: 'idle', error: undefined, result: undefined });
  const runs = new Subscription();
  inject(DestroyRef).onDestroy(() => runs.unsubscribe());

  const change = (part: Partial<State<R>>) => state.set({ ...untracked(state), ...part });
  const ended = (part: Partial<State<R>>) => change({ running: untracked(state).running - 1, ...part });
  const run = (...args: A) => {
    change({ running: untracked(state).running + 1, error: undefined });
    runs.add(
      defer(() => act(serf, ...args)).subscribe({
        next: (result) => change({ result }),
        error: (reason) => ended({ status: 'error', error: toSerfError(reason) }),
        complete: () => ended({ status: 'done' }),
      }),
    );
  };
  const status = computed(() => (state().running > 0 ? 'pending' : state().status));

  return {
    run: (...args) => {
      if (!runs.closed && !isServer) zone.runOutsideAngular(() => run(...args));
    },
    status,
    pending: computed(() => status() === 'pending'),
    error: computed(() => state().error),
    result: computed(() => state().result),
  };
}
