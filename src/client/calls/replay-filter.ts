import type { WireValue } from '../../protocol/wire.ts';

/** How old records are known. */
export interface ReplayFilterOptions {
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
 * A new monitor begins with the agent's last lines. Those that were delivered before are repeated, and left out, each as
 * often as it was delivered; there may be others among them, as an agent drops lines when a monitor reads too slowly.
 * When not even the first one is known, nothing is: the agent has started anew.
 *
 * ```
 * delivered   x t y t z
 * again           y t u z n    u is new, as it was dropped before, and so is n
 * ```
 */
export class ReplayFilter {
  readonly #options: ReplayFilterOptions;
  /** Whose lines these are. */
  #agent = '';
  #last: Known[] = [];
  /** How often each of them may be repeated yet… */
  #repeatable = new Map<unknown, number>();
  /** …among so many that come. */
  #left = 0;

  constructor(options: ReplayFilterOptions) {
    this.#options = options;
  }

  /** The last records, as many as a new monitor would begin with. */
  get last(): readonly WireValue[] {
    return this.#last.map(({ body }) => body);
  }

  /** A monitor begins at this agent: at another one, nothing is a repetition. */
  begin(agent: string): void {
    const same = agent === this.#agent;
    this.#agent = agent;
    this.#left = same ? this.#options.most : 0;
    this.#repeatable.clear();
    if (same) for (const { is } of this.#last) this.#repeatable.set(is, this.#repeatableOf(is) + 1);
  }

  /**
   * Whether a record is a new one; it is kept then.
   *
   * @throws what `identify` does
   */
  isNew(body: WireValue): boolean {
    const is = this.#options.identify(body);
    if (this.#left > 0 && this.#isRepeated(is)) return false;
    if (this.#last.push({ body, is }) > this.#options.most) this.#last.shift();
    return true;
  }

  #isRepeated(is: unknown): boolean {
    const times = this.#repeatableOf(is);
    const first = this.#left === this.#options.most;
    this.#left = first && times === 0 ? 0 : this.#left - 1;
    if (times > 0) this.#repeatable.set(is, times - 1);
    return times > 0;
  }

  #repeatableOf(is: unknown): number {
    return this.#repeatable.get(is) ?? 0;
  }
}
