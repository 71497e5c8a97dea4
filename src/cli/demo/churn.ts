import {
  asyncScheduler,
  catchError,
  concat,
  concatMap,
  defer,
  EMPTY,
  from,
  ignoreElements,
  merge,
  type Observable,
  of,
  repeat,
  type SchedulerLike,
  timer,
} from 'rxjs';
import { utf8 } from '../../codec.ts';
import type { EmbeddedCluster } from '../../embedded/embedded-cluster.ts';

export interface ChurnOptions {
  readonly scheduler?: SchedulerLike;
  /** From 0 to below 1. */
  readonly random?: () => number;
}

/**
 * Something happens in a cluster now and then, gently: one node at a time fails or leaves and comes back, versions are
 * deployed, the load is asked for. The first node stays. Emits what it does; never ends by itself.
 */
export function churn(
  cluster: EmbeddedCluster,
  { scheduler = asyncScheduler, random = Math.random }: ChurnOptions = {},
): Observable<string> {
  const [first = '', ...others] = cluster.names;
  const self = cluster.node(first);
  const down = new Set<string>();
  let version = 1;

  const pause = (least: number, most: number) =>
    timer(least + random() * (most - least), scheduler).pipe(ignoreElements());
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const quietly = (work$: Observable<unknown>) =>
    work$.pipe(
      ignoreElements(),
      // The node has gone down meanwhile.
      catchError(() => EMPTY),
    );

  const outage$ = defer(() => {
    if (others.length === 0) return EMPTY;
    const name = pick(others);
    const leaves = random() < 0.4;
    down.add(name);
    if (!leaves) cluster.fail(name);
    return concat(
      of(`${name} ${leaves ? 'leaves' : 'fails'}`),
      leaves ? quietly(cluster.node(name).leave()) : EMPTY,
      pause(4_000, 8_000),
      defer(() => {
        down.delete(name);
        cluster.restart(name);
        return of(`${name} is back`);
      }),
    );
  });
  const deploy$ = defer(() => {
    version++;
    const each$ = from(cluster.names).pipe(
      concatMap((name) => {
        const set$ = defer(() =>
          down.has(name) ? EMPTY : cluster.node(name).tags({ set: { version: `v${version}` } }),
        );
        return concat(pause(200, 600), quietly(set$));
      }),
    );
    return concat(
      of(`v${version} is deployed`),
      quietly(self.event('deploy', `v${version}`, { codec: utf8() })),
      each$,
    );
  });
  const question$ = defer(() => concat(of('the load is asked for'), quietly(self.query('load'))));
  const talk$ = defer(() => (random() < 0.3 ? deploy$ : question$));

  return merge(
    concat(pause(3_000, 6_000), outage$).pipe(repeat()),
    concat(pause(1_000, 4_000), talk$).pipe(repeat()),
  );
}
