/** Something that is chosen by its weight. */
export interface Weighted {
  readonly weight: number | undefined;
}

/**
 * Slices among which one is chosen by weight. Choosing takes the logarithm of how many there are; the sums it needs are made anew
 * by the first choice after a change, so that no weight that is gone leaves a rest behind.
 */
export class Slices<E extends Weighted> {
  readonly #slices = new Set<E>();
  #list: readonly E[] = [];
  /** Of each of the list, the weights up to it and its own. */
  #sums: Float64Array | undefined;

  get size(): number {
    return this.#slices.size;
  }

  /** The sum of all weights. */
  get total(): number {
    return this.#settled().at(-1) ?? 0;
  }

  add(slice: E): void {
    this.#slices.add(slice);
    this.#sums = undefined;
  }

  delete(slice: E): void {
    this.#slices.delete(slice);
    this.#sums = undefined;
  }

  /** Called when a weight is another one. */
  changed(): void {
    this.#sums = undefined;
  }

  /** The slice at a point from 0 to, not including, the total; never one of weight 0. */
  at(point: number): E | undefined {
    const sums = this.#settled();
    let low = 0;
    let high = sums.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((sums[middle] as number) > point) high = middle;
      else low = middle + 1;
    }
    return this.#list[low];
  }

  [Symbol.iterator](): IterableIterator<E> {
    return this.#slices.values();
  }

  #settled(): Float64Array {
    if (this.#sums) return this.#sums;
    let sum = 0;
    this.#list = [...this.#slices];
    this.#sums = Float64Array.from(this.#list, ({ weight = 0 }) => {
      sum += weight;
      return sum;
    });
    return this.#sums;
  }
}
