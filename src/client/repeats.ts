import type { WireValue } from '../protocol/reader.ts';

/** How old records are known. */
export interface RepeatsOptions {
  /** How many the agent begins with, at most. */
  readonly most: number;
  /** What makes two records the same one. */
  readonly identify: (body: WireValue) => unknown;
}

/**
 * A new monitor begins with old lines, in order. After a reconnect, if they are those that were delivered before, up to
 * the last one, they are repeated, and left out; if they differ somewhere on the way, it is another agent, whose lines
 * just began alike.
 */
export class Repeats {
  readonly #options: RepeatsOptions;
  readonly #last: WireValue[] = [];
  /** While the agent repeats old records: those that were delivered before, and have not come again yet. */
  #delivered: readonly WireValue[] = [];
  /** Those that may be repeated ones, until that is clear. */
  #held: readonly WireValue[] = [];

  constructor(options: RepeatsOptions) {
    this.#options = options;
  }

  /** The last records, as many as a new monitor would begin with. */
  get last(): readonly WireValue[] {
    return this.#last;
  }

  /** The agent begins anew. */
  begin(): void {
    this.#delivered = [...this.#last];
    this.#held = [];
  }

  /** The records that are to be delivered now that another one has come. */
  take(body: WireValue): readonly WireValue[] {
    const fresh = this.#delivered.length > 0 ? this.#unlessRepeated(body) : [body];
    for (const record of fresh) if (this.#last.push(record) > this.#options.most) this.#last.shift();
    return fresh;
  }

  #unlessRepeated(body: WireValue): readonly WireValue[] {
    const { identify } = this.#options;
    const line = identify(body);
    const at = this.#held.length === 0 ? this.#delivered.findIndex((record) => identify(record) === line) : 0;
    const next = this.#delivered[at];
    const held = this.#held;
    if (next !== undefined && identify(next) === line) {
      this.#delivered = this.#delivered.slice(at + 1);
      this.#held = this.#delivered.length > 0 ? [...held, body] : [];
      return [];
    }
    this.#delivered = [];
    this.#held = [];
    return [...held, body];
  }
}
