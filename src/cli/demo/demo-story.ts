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
import { randomFrom } from '../../embedded/random.ts';
import { REGIONS } from './demo-regions.ts';

/** Options of {@link demoStory}. */
export interface DemoStoryOptions {
  readonly scheduler?: SchedulerLike;
  /** The same seed tells the same story. @defaultValue 1 */
  readonly seed?: number;
}

/**
 * The story of the demo cluster, chapter after chapter: a version is rolled out, a node flaps, a region is cut off and comes
 * back, a node leaves for maintenance; and all the time, queries are answered. The first node stays. Emits what it does;
 * never completes.
 */
export function demoStory(
  cluster: EmbeddedCluster,
  { scheduler = asyncScheduler, seed = 1 }: DemoStoryOptions = {},
): Observable<string> {
  const random = randomFrom(seed);
  const [first = ''] = cluster.names;
  const self = cluster.node(first);
  const [home, ...remote] = REGIONS;
  let version = 1;

  const pause = (least: number, most: number) =>
    timer(least + random() * (most - least), scheduler).pipe(ignoreElements());
  const pick = <T>(list: readonly T[]) => list[Math.floor(random() * list.length)] as T;
  const others = (part: string) => cluster.names.filter((name) => name !== first && name.includes(part));
  const say = (text: string, act?: () => void) =>
    defer(() => {
      act?.();
      return of(text);
    });
  const quietly = (work$: Observable<unknown>) =>
    work$.pipe(
      ignoreElements(),
      // The node is down, or cut off.
      catchError(() => EMPTY),
    );

  const rollout$ = defer(() => {
    const next = `v${++version}`;
    const each$ = (region: string) =>
      from(cluster.names.filter((name) => name.includes(region) && /^(web|api)-/.test(name))).pipe(
        concatMap((name) =>
          concat(pause(150, 400), quietly(defer(() => cluster.node(name).tags({ set: { version: next } })))),
        ),
      );
    return concat(
      say(`${next} is rolled out`),
      quietly(self.event('deploy', next, { codec: utf8() })),
      from(REGIONS).pipe(
        concatMap((region) => concat(say(`${next} in ${region}`), each$(region), pause(1_000, 2_000))),
      ),
      quietly(self.event('deployed', next, { codec: utf8() })),
    );
  });

  const flapping$ = defer(() => {
    const name = pick(others('cache-'));
    const flap$ = concat(
      say(`${name} fails`, () => cluster.fail(name)),
      pause(1_500, 3_000),
      say(`${name} is back`, () => cluster.restart(name)),
      pause(1_000, 2_500),
    );
    return flap$.pipe(repeat(3));
  });

  const partition$ = defer(() => {
    const region = pick(remote);
    return concat(
      say(`${region} is cut off`, () => cluster.partition(others(region))),
      pause(6_000, 10_000),
      say(`${region} is back`, () => cluster.heal()),
    );
  });

  const maintenance$ = defer(() => {
    const name = pick(others(`db-${home}`));
    return concat(
      say(`${name} leaves for maintenance`),
      quietly(cluster.node(name).leave()),
      pause(5_000, 9_000),
      say(`${name} is back`, () => cluster.restart(name)),
    );
  });

  const rest$ = pause(4_000, 7_000);
  const chapters$ = concat(rest$, rollout$, rest$, flapping$, rest$, partition$, rest$, maintenance$).pipe(
    repeat(),
  );
  const filterTags = () => ({ dc: pick(REGIONS) });
  const query$ = defer(() => quietly(self.query('load', undefined, { filterTags: filterTags() })));
  const queries$ = concat(pause(2_000, 5_000), query$).pipe(repeat());
  return merge(chapters$, queries$);
}
