import { computed, Injectable, inject } from '@angular/core';
import { estimatedRtt } from '../model/rtt.ts';
import { Cluster } from './cluster.ts';
import { Coordinates } from './coordinates.ts';

/** Estimated round trips from the agent to all others, in ms. */
@Injectable({ providedIn: 'root' })
export class RoundTrips {
  readonly #cluster = inject(Cluster);
  readonly #coordinates = inject(Coordinates).value;

  /** By name; who has no coordinate is missing. */
  readonly value = computed<ReadonlyMap<string, number>>(() => {
    const { known } = this.#coordinates();
    const own = known.get(this.#cluster.agent());
    if (!own) return new Map();
    return new Map([...known].map(([name, other]) => [name, estimatedRtt(own, other)]));
  });
}
