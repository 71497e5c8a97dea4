/** Values by key; of more than `capacity`, those that were set longest ago are forgotten. */
export class Recent<V> {
  readonly #capacity: number;
  readonly #values = new Map<string, V>();
  /**
   * The keys from the oldest on. It is kept: a new iterator would step over all that was ever deleted in front, which
   * makes forgetting as slow as the map is large. All it has passed is forgotten, so what comes next is the oldest.
   */
  #oldest = this.#values.keys();
  /** How often something was set since {@link #oldest} moved. */
  #idle = 0;

  constructor(capacity: number) {
    this.#capacity = capacity;
  }

  get(key: string): V | undefined {
    return this.#values.get(key);
  }

  /** Sets the value, as the newest; whether the key is a new one. */
  set(key: string, value: V): boolean {
    const isNew = !this.#values.delete(key);
    this.#values.set(key, value);
    if (this.#values.size > this.#capacity) {
      this.#values.delete(this.#oldest.next().value as string);
      this.#idle = 0;
    } else if (++this.#idle > this.#capacity) {
      // An iterator that stands still keeps every table that the map has outgrown since. Not more often than this: what
      // a new one steps over is then paid for by what was set.
      this.#oldest = this.#values.keys();
      this.#idle = 0;
    }
    return isNew;
  }
}
