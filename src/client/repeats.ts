import type { WireValue } from '../protocol/reader.ts';

/** How old records are known. */
export interface RepeatsOptions {
  /** How many the agent begins with, at most. */
  readonly most: number;
  /** What makes two records the same one. Throws for one that cannot be read. */
  readonly identify: (body: WireValue) => unknown;
}

/** A record, and what makes it this one. */
interface Known {
  readonly body: WireValue;
  readonly is: unknown;
}

/**
 * A new monitor begins with old lines, in order. After a reconnect, if they are those that were delivered before, up to
 * the last one, they are repeated, and left out; if they differ somewhere on the way, it is another agent, whose lines
 * just began alike.
 *
 * ```
 * delivered   x t y t z
 * again             t z n    t z are repeated: n is new. (They may have begun with the first t: y would have shown it.)
 * ```
 */
export class Repeats {
  readonly #options: RepeatsOptions;
  #last: Known[] = [];
  /** While the agent may repeat old records: those that were delivered before… */
  #delivered: readonly Known[] = [];
  /** …from where on what has come is the same, from the oldest on… */
  #begins: readonly number[] = [];
  /** …what that is, until it is clear… */
  #held: Known[] = [];
  /** …and how much of it is repeated, should they all turn out to be wrong. */
  #repeated = 0;

  constructor(options: RepeatsOptions) {
    this.#options = options;
  }

  /** The last records, as many as a new monitor would begin with. */
  get last(): readonly WireValue[] {
    return this.#last.map(({ body }) => body);
  }

  /** The agent begins anew. */
  begin(): void {
    this.#delivered = [...this.#last];
    this.#begins = [...this.#delivered.keys()];
    this.#held = [];
    this.#repeated = 0;
  }

  /**
   * The records that are to be delivered now that another one has come.
   *
   * @throws what `identify` does; such a record is not kept
   */
  take(body: WireValue): readonly WireValue[] {
    const record = { body, is: this.#options.identify(body) };
    const fresh = this.#begins.length > 0 ? this.#unlessRepeated(record) : [record];
    for (const each of fresh) if (this.#last.push(each) > this.#options.most) this.#last.shift();
    return fresh.map((each) => each.body);
  }

  #unlessRepeated(record: Known): readonly Known[] {
    const delivered = this.#delivered;
    const at = this.#held.length;
    this.#held.push(record);
    this.#begins = this.#begins.filter((begin) => delivered[begin + at]?.is === record.is);
    // The agent has repeated all from here on. An older beginning, if there is one, would have it repeat more.
    if (this.#begins.includes(delivered.length - 1 - at)) this.#repeated = at + 1;
    const [oldest] = this.#begins;
    if (oldest !== undefined && oldest + at < delivered.length - 1) return [];
    return this.#settle();
  }

  #settle(): readonly Known[] {
    const fresh = this.#held.slice(this.#repeated);
    this.#begins = [];
    this.#delivered = [];
    this.#held = [];
    return fresh;
  }
}
