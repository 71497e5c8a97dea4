import type { Heard, HeardEvent } from '../heard.ts';
import type { Coalescer } from './coalescing.ts';

/** Of user events of one name that may coalesce, those of the latest Lamport time. */
export class CoalesceUsers implements Coalescer<Heard> {
  #latest = new Map<string, HeardEvent[]>();

  takes(heard: Heard): boolean {
    return heard.event === 'user' && heard.coalesce;
  }

  add(heard: Heard): void {
    const event = heard as HeardEvent;
    const same = this.#latest.get(event.name);
    const ltime = same?.[0]?.ltime ?? -1;
    if (ltime < event.ltime) this.#latest.set(event.name, [event]);
    else if (ltime === event.ltime) same?.push(event);
  }

  flush(): readonly Heard[] {
    const events = [...this.#latest.values()].flat();
    this.#latest = new Map();
    return events;
  }
}
