/** A Lamport clock: one for members, one for user events and one for queries in each node. */
export class LamportClock {
  #time: number;

  constructor(time = 1) {
    this.#time = time;
  }

  get time(): number {
    return this.#time;
  }

  increment(): void {
    this.#time++;
  }

  /** Takes note of a message of this time: the next one is later. */
  witness(time: number): void {
    if (time >= this.#time) this.#time = time + 1;
  }
}
