import { Recent } from '../recent.ts';

/** Options of {@link PerAgentCounts}. */
export interface PerAgentCountsOptions {
  /** How many agents there are. */
  readonly agents: number;
  /** How many occurrences are remembered. */
  readonly window: number;
  /** For how long occurrences are remembered, in ms. The last state of a subject is remembered longer. */
  readonly forget: number;
}

/** Of how many subjects the last state is known: more than a cluster has members. */
const STATES = 65_536;

/** An occurrence that was new; linked in the order in which they are forgotten. */
interface Occurrence {
  readonly key: string;
  readonly at: number;
  next: Occurrence | undefined;
}

/** How often a key was new, and how often each agent has emitted it. */
interface Counts {
  fresh: number;
  byAgent: number[];
}

/** A state of a subject. */
export interface State {
  readonly of: string;
  readonly is: string;
  /** Whether an agent that was away may emit it once more without another occurrence. */
  readonly isRepeated: boolean;
}

/** The last state of a subject, and in which of its terms each agent has emitted it; 0: in none. */
interface Last {
  readonly is: string;
  readonly byAgent: number[];
}

/**
 * Counts occurrences per agent, to tell duplicates from repetitions. Several agents emit one history, each in its own time; the
 * same may occur again, and nothing numbers it. So an occurrence is new when the agent has emitted its key more often than the
 * key was new: each key is new as often as the agent emits it that emits it most often.
 */
export class PerAgentCounts {
  readonly #options: PerAgentCountsOptions;
  /** Bounded by `window`. */
  readonly #counts = new Map<string, Counts>();
  readonly #last = new Recent<Last>(STATES);
  /** Counted from 1: a new one begins when an agent returns. */
  readonly #terms: number[];
  #oldest: Occurrence | undefined;
  #newest: Occurrence | undefined;
  #size = 0;

  constructor(options: PerAgentCountsOptions) {
    this.#options = options;
    this.#terms = this.#forEach(1);
  }

  /**
   * Whether an occurrence is new.
   *
   * @param state where the occurrence is of a state: the last new state is not new when another agent emits it, however late
   */
  isNew(agent: number, key: string, now: number, state?: State): boolean {
    while (this.#oldest && now - this.#oldest.at >= this.#options.forget) this.#forgetOldest();
    const counts = this.#counts.get(key) ?? { fresh: 0, byAgent: this.#forEach(0) };
    const times = counts.byAgent[agent] as number;
    const repeats = state !== undefined && this.#repeats(agent, state);
    if (times < counts.fresh) counts.byAgent[agent] = times + 1;
    if (times < counts.fresh || repeats) return false;
    counts.fresh++;
    counts.byAgent[agent] = counts.fresh;
    this.#counts.set(key, counts);
    this.#remember({ key, at: now, next: undefined });
    if (state) {
      const byAgent = this.#forEach(0);
      byAgent[agent] = this.#terms[agent] as number;
      this.#last.set(state.of, { is: state.is, byAgent });
    }
    return true;
  }

  /** Notes that an agent was away: it may emit the states that are repeated once more, as it does when it was restarted. */
  returned(agent: number): void {
    this.#terms[agent] = (this.#terms[agent] as number) + 1;
  }

  /** Whether an agent emits the last new state: for the first time, or once more since it was away. */
  #repeats(agent: number, { of, is, isRepeated }: State): boolean {
    const last = this.#last.get(of);
    if (last?.is !== is) return false;
    const term = this.#terms[agent] as number;
    const emitted = last.byAgent[agent] as number;
    if (emitted === term || (emitted > 0 && !isRepeated)) return false;
    last.byAgent[agent] = term;
    return true;
  }

  #remember(occurrence: Occurrence): void {
    if (this.#newest) this.#newest.next = occurrence;
    else this.#oldest = occurrence;
    this.#newest = occurrence;
    if (++this.#size > this.#options.window) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const { key, next } = this.#oldest as Occurrence;
    this.#oldest = next;
    if (!next) this.#newest = undefined;
    this.#size--;
    const counts = this.#counts.get(key) as Counts;
    counts.byAgent = counts.byAgent.map((times) => Math.max(0, times - 1));
    if (--counts.fresh === 0) this.#counts.delete(key);
  }

  #forEach(value: number): number[] {
    return new Array<number>(this.#options.agents).fill(value);
  }
}
