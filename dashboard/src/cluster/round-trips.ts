import { computed, effect, Injectable, inject, untracked } from '@angular/core';
import { catchError, concatMap, EMPTY, from, map, mergeMap, of, timer, toArray } from 'rxjs';
import type { Coordinate } from 'rxserf';
import { live } from 'rxserf/angular';
import { estimatedRtt } from '../model/rtt.ts';
import { Cluster } from './cluster.ts';

/** Coordinates move slowly: so often they are read again, in ms, while somebody looks. */
const PERIOD = 60_000;
/** Requests that are under way at a time. */
const AT_A_TIME = 20;

/** Estimated round trips from the agent to all others, in ms. An agent knows the coordinates of those it has probed itself. */
@Injectable({ providedIn: 'root' })
export class RoundTrips {
  readonly #cluster = inject(Cluster);
  readonly #agent = computed(() => this.#cluster.agent() || undefined);
  readonly #coordinates = live<ReadonlyMap<string, Coordinate>, string>({
    params: () => this.#agent(),
    stream: (serf) =>
      timer(0, PERIOD).pipe(
        concatMap(() => {
          if (document.hidden) return EMPTY;
          return from([...untracked(this.#cluster.members.value).keys()]).pipe(
            mergeMap(
              (name) =>
                serf.coordinate(name).pipe(
                  map((coordinate) => [name, coordinate] as const),
                  // One that cannot be had is no reason to show none.
                  catchError(() => of([name, undefined] as const)),
                ),
              AT_A_TIME,
            ),
            toArray(),
            map(
              (pairs) => new Map(pairs.flatMap(([name, known]) => (known ? [[name, known] as const] : []))),
            ),
          );
        }),
      ),
    initial: new Map(),
  });

  /** By name; who has no coordinate is missing. */
  readonly value = computed<ReadonlyMap<string, number>>(() => {
    const coordinates = this.#coordinates.value();
    const own = coordinates.get(this.#cluster.agent());
    if (!own) return new Map();
    return new Map([...coordinates].map(([name, other]) => [name, estimatedRtt(own, other)]));
  });

  constructor() {
    // The first round may have found nobody yet.
    const any = computed(() => this.#cluster.members.value().size > 0);
    effect(() => {
      if (any()) untracked(() => this.#coordinates.retry());
    });
  }
}
