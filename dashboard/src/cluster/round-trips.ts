import { computed, Injectable, inject } from '@angular/core';
import type { RoundTripOf } from '../model/member-filter.ts';
import { nameOfParam } from '../model/route-name.ts';
import { estimatedRtt } from '../model/rtt.ts';
import { Address } from '../shell/address.ts';
import { Cluster } from './cluster.ts';
import { Coordinates } from './coordinates.ts';

/** Estimated round trips from one member to all others, in ms. */
@Injectable({ providedIn: 'root' })
export class RoundTrips {
  readonly #cluster = inject(Cluster);
  readonly #address = inject(Address);
  readonly #coordinates = inject(Coordinates).value;

  /** The member that they are measured from: that of the address, or else the agent. */
  readonly origin = computed(() => {
    const name = nameOfParam(this.#address.param('from'));
    return name && this.#cluster.members.value().has(name) ? name : this.#cluster.agent();
  });
  readonly isAgent = computed(() => this.origin() === this.#cluster.agent());

  /** By name; who has no coordinate is missing. To the origin itself it is 0. */
  readonly value = computed<ReadonlyMap<string, number>>(() => {
    const { known } = this.#coordinates();
    const trips = new Map<string, number>();
    const origin = this.origin();
    const own = known.get(origin);
    if (own)
      for (const [name, other] of known) trips.set(name, name === origin ? 0 : estimatedRtt(own, other));
    return trips;
  });

  /** For filters: the origin has none, and a filter that asks for none is not run again when they change. */
  readonly of: RoundTripOf = (name) => (name === this.origin() ? undefined : this.value().get(name));
}
