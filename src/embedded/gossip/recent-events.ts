import type { LamportClock } from './lamport-clock.ts';

/** As Serf: the user events of so many Lamport times are remembered, in a ring. */
const TIMES = 512;

/** A user event as nodes keep it. (That it may coalesce is not kept.) */
export interface RecentEvent {
  readonly ltime: number;
  readonly name: string;
  readonly payload: Uint8Array;
}

/** The recent user events of a node: none is emitted twice, and who joins may ask for the old ones. */
export class RecentEvents {
  readonly #clock: LamportClock;
  /** By the place in the ring; those of one Lamport time. At most {@link TIMES} places, with as many events as nodes fire at one Lamport time: one each. */
  readonly #ring = new Map<number, RecentEvent[]>();
  #least = 0;

  constructor(clock: LamportClock) {
    this.#clock = clock;
  }

  /** Ignores events from before this time: those of a cluster that was joined without them. */
  ignoreBefore(ltime: number): void {
    this.#least = Math.max(this.#least, ltime);
  }

  /** Takes an event: `new`, or why not. */
  take(event: RecentEvent): 'new' | 'known' | 'old' {
    this.#clock.witness(event.ltime);
    if (event.ltime < this.#least) return 'known';
    if (event.ltime < this.#clock.time - TIMES) return 'old';
    const place = event.ltime % TIMES;
    const there = this.#ring.get(place);
    if (there?.[0]?.ltime !== event.ltime) this.#ring.set(place, [event]);
    else if (there.some((other) => sameEvent(other, event))) return 'known';
    else there.push(event);
    return 'new';
  }

  /** All that are kept, the oldest first: after a leap of the clock, those that were not overwritten, too. */
  all(): RecentEvent[] {
    return [...this.#ring.values()].flat().sort((a, b) => a.ltime - b.ltime);
  }
}

function sameEvent(a: RecentEvent, b: RecentEvent): boolean {
  if (a === b) return true;
  return (
    a.name === b.name &&
    a.payload.length === b.payload.length &&
    a.payload.every((byte, at) => byte === b.payload[at])
  );
}
