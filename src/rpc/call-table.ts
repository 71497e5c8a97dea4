/** How many places there are at first; a power of two. */
const PLACES = 64;

/** A call that has a number. */
export interface Numbered {
  /** The table's. */
  seq: number;
}

/**
 * The calls of a connection by their numbers, each at the place that the last bits of its number say: numbers whose place is taken (by a
 * stream, say) are passed over, and there are twice as many places as calls.
 *
 * Not a `Map`: one whose entries come and go by the thousand is made anew for each thousand, and V8 keeps what the old ones had, once
 * they are in its old space, until it collects all of that. That was a third of the time that requests took.
 */
export class CallTable<C extends Numbered> {
  #places: (C | undefined)[] = new Array(PLACES).fill(undefined);
  #nextSeq: number;
  /** How many calls there are. */
  size = 0;

  /** @param first the number of the first call, if its place is free @defaultValue 0 */
  constructor(first = 0) {
    this.#nextSeq = first;
  }

  /** The number of the next call that is added. */
  get nextSeq(): number {
    if (2 * this.size >= this.#places.length) this.#grow();
    while (this.#places[this.#placeOf(this.#nextSeq)] !== undefined) this.#nextSeq++;
    return this.#nextSeq;
  }

  /** Adds a call under {@link nextSeq}. */
  add(call: C): void {
    call.seq = this.nextSeq;
    this.#places[this.#placeOf(call.seq)] = call;
    this.#nextSeq++;
    this.size++;
  }

  /** @param seq what a peer has sent as one: anything */
  get(seq: unknown): C | undefined {
    if (typeof seq !== 'number') return undefined;
    const call = this.#places[this.#placeOf(seq)];
    return call?.seq === seq ? call : undefined;
  }

  delete(call: C): void {
    if (this.get(call.seq) !== call) return;
    this.#places[this.#placeOf(call.seq)] = undefined;
    this.size--;
  }

  clear(): void {
    this.#places = new Array(PLACES).fill(undefined);
    this.size = 0;
  }

  /** All of them, in the order in which they were added. */
  all(): C[] {
    return this.#places.filter((call) => call !== undefined).sort((a, b) => a.seq - b.seq);
  }

  #placeOf(seq: number): number {
    return seq & (this.#places.length - 1);
  }

  #grow(): void {
    const calls = this.all();
    this.#places = new Array(2 * this.#places.length).fill(undefined);
    for (const call of calls) this.#places[this.#placeOf(call.seq)] = call;
  }
}
