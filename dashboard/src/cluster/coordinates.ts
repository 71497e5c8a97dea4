import { Injectable, inject, untracked } from '@angular/core';
import { catchError, EMPTY, exhaustMap, from, last, map, mergeMap, of, tap, timer } from 'rxjs';
import type { Coordinate } from 'rxserf';
import { live } from 'rxserf/angular';
import { CoordinateTurns, TURN } from '../model/coordinate-turns.ts';
import { isSameCoordinate } from '../model/rtt.ts';
import { Cluster } from './cluster.ts';

/** What is known of where members are. */
export interface KnownCoordinates {
  readonly known: ReadonlyMap<string, Coordinate>;
  /** When they are asked for again, in ms since the epoch. */
  readonly again: number | undefined;
}

const NOTHING: KnownCoordinates = { known: new Map(), again: undefined };

/** Coordinates of all members, asked for a few at a time, while somebody looks. An agent knows those that it has probed itself. */
@Injectable({ providedIn: 'root' })
export class Coordinates {
  readonly #cluster = inject(Cluster);
  readonly #live = live<KnownCoordinates, string>({
    params: () => this.#cluster.agent() || undefined,
    stream: (serf) => {
      const turns = new CoordinateTurns();
      const known = new Map<string, Coordinate>();
      return timer(0, TURN).pipe(
        exhaustMap(() => {
          const members = untracked(this.#cluster.members.value);
          const turn = document.hidden ? [] : turns.next(members, Date.now());
          if (turn.length === 0) return EMPTY;
          return from(turn).pipe(
            mergeMap((name) =>
              serf.coordinate(name).pipe(
                // One that cannot be had is no reason to show none.
                catchError(() => of(null)),
                tap((coordinate) => {
                  // What has not moved stays the same object, and nothing is drawn again for it.
                  const before = known.get(name);
                  if (coordinate && !(before && isSameCoordinate(before, coordinate)))
                    known.set(name, coordinate);
                }),
              ),
            ),
            last(),
            map(() => {
              for (const name of known.keys()) if (!members.has(name)) known.delete(name);
              return { known: new Map(known), again: turns.again };
            }),
          );
        }),
      );
    },
    initial: NOTHING,
  });
  readonly value = this.#live.value;
}
