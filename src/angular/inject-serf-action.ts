import { computed, type Signal } from '@angular/core';
import { defer, type Observable } from 'rxjs';
import type { SerfError } from '../errors.ts';
import { injectCluster, stateOf } from './cluster-context.ts';
import { type InjectSerfOptions, inInjectionContext } from './injection-context.ts';
import type { SerfToken, SurfaceOf } from './serf-token.ts';

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
  act: (serf: SurfaceOf<P>, ...args: A) => Observable<R>,
  options: InjectSerfOptions<P> = {},
): SerfAction<A, R> {
  return inInjectionContext(injectSerfAction, options.injector, () => create(act, options.token));
}

interface Progress<R> {
  readonly running: number;
  readonly ended: SerfActionStatus;
  readonly error: SerfError | undefined;
  readonly result: R | undefined;
}

function create<A extends readonly unknown[], R, P>(
  act: (serf: SurfaceOf<P>, ...args: A) => Observable<R>,
  token: SerfToken<P> | undefined,
): SerfAction<A, R> {
  const { serf, life, outside, toSerfError } = injectCluster(token);
  const state = stateOf<Progress<R>>({ running: 0, ended: 'idle', error: undefined, result: undefined });
  const end = (ended: SerfActionStatus, error = state.now().error) =>
    state.change({ running: state.now().running - 1, ended, error });
  const run = (...args: A) => {
    state.change({ running: state.now().running + 1, error: undefined });
    life.add(
      defer(() => act(serf, ...args)).subscribe({
        next: (result) => state.change({ result }),
        error: (reason) => end('error', toSerfError(reason)),
        complete: () => end('done'),
      }),
    );
  };
  // What is under way ends unanswered with the injector.
  life.add(() => state.change({ running: 0 }));
  const pending = computed(() => state().running > 0);

  return {
    run: (...args) => {
      if (!life.closed) outside(() => run(...args));
    },
    pending,
    status: computed(() => (pending() ? 'pending' : state().ended)),
    error: state.get('error'),
    result: state.get('result'),
  };
}
