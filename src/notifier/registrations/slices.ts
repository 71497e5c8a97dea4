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
  /** The same in their order. */
  #list: readonly E[] | undefined;
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
    this.#list = undefined;
    this.#sums = undefined;
  }

  delete(slice: E): void {
    this.#slices.delete(slice);
    this.#list = undefined;
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
    return this.#list?.[low];
  }

  [Symbol.iterator](): IterableIterator<E> {
    return this.#slices.values();
  }

  #settled(): Float64Array {
    if (this.#sums) return this.#sums;
    this.#list ??= [...this.#slices];
    const list = this.#list;
    // A loop: a peer may have a hundred thousand, and change the weight of one before each choice.
    const sums = new Float64Array(list.length);
    let sum = 0;
    for (let i = 0; i < list.length; i++) {
      sum += (list[i] as E).weight ?? 0;
      sums[i] = sum;
    }
    this.#sums = sums;
    return this.#sums;
  }
}
