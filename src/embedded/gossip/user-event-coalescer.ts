import type { NodeEvent, NodeUserEvent } from '../node/node-event.ts';
import type { Coalescer } from './coalescing.ts';

/** Coalesces user events as Serf does: of those with one name, the ones of the latest Lamport time. */
export class UserEventCoalescer implements Coalescer<NodeEvent> {
  /** By name; as many as are held back. */
  #latest = new Map<string, NodeUserEvent[]>();

  takes(event: NodeEvent): boolean {
    return event.event === 'user' && event.coalesce;
  }

  add(added: NodeEvent): void {
    const event = added as NodeUserEvent;
    const same = this.#latest.get(event.name);
    const ltime = same?.[0]?.ltime ?? -1;
    if (ltime < event.ltime) this.#latest.set(event.name, [event]);
    else if (ltime === event.ltime) same?.push(event);
  }

  flush(): readonly NodeEvent[] {
    const events = [...this.#latest.values()].flat();
    this.#latest = new Map();
    return events;
  }
}
