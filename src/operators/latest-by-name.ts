import type { LTime } from '../model.ts';

/** Of events of each name those of the latest Lamport time, `capacity` in all. */
export class LatestByName<T extends { readonly name: string; readonly ltime: LTime }> {
  readonly #capacity: number;
  #latest = new Map<string, { readonly event: T; readonly order: number }[]>();
  #size = 0;
  #arrived = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  /** Adds an event, unless a later one is there; false: there is no room for it. */
  add(event: T): boolean {
    const same = this.#latest.get(event.name) ?? [];
    const ltime = same[0]?.event.ltime ?? -1;
    if (event.ltime < ltime) return true;
    const replaced = event.ltime > ltime ? same.splice(0).length : 0;
    if (replaced === 0 && this.#size === this.#capacity) return false;
    same.push({ event, order: this.#arrived++ });
    this.#latest.set(event.name, same);
    this.#size += 1 - replaced;
    return true;
  }

  /** All there is, in the order it came, for the last time. */
  take(): T[] {
    const all = [...this.#latest.values()].flat().sort((a, b) => a.order - b.order);
    this.#latest = new Map();
    this.#size = 0;
    return all.map(({ event }) => event);
  }
}
