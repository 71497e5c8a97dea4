import { Recent } from '../recent.ts';

/** What {@link Sightings} are of, and how much of it is remembered. */
export interface SightingsOptions {
  readonly agents: number;
  /** How many news are remembered. */
  readonly window: number;
  /** For how long news are remembered, in ms. The last state of a subject is for longer. */
  readonly forget: number;
}

/** Of how many subjects the last state is known: more than a cluster has members. */
const STATES = 65_536;

/** Something that was news; in the order in which it is forgotten. */
interface News {
  readonly key: string;
  readonly at: number;
  next: News | undefined;
}

/** How often something was news, and how often each agent has told it. */
interface Told {
  news: number;
  byAgent: number[];
}

/** The state of something, as news have it. */
export interface State {
  readonly of: string;
  readonly is: string;
  /** Whether an agent that was away may tell it once more though it has not become so again. */
  readonly isRetold: boolean;
}

/** The last state of a subject, and in which of its terms each agent has told it; 0: in none. */
interface Last {
  readonly is: string;
  readonly byAgent: number[];
}

/**
 * Several agents tell one history, each in its own time. The same may happen again, and nothing numbers it: so what an
 * agent tells is news when it has told it more often than it was news. Each thing thus is news as often as it is told
 * by the agent that tells it most often.
 */
export class Sightings {
  readonly #options: SightingsOptions;
  readonly #told = new Map<string, Told>();
  readonly #last = new Recent<Last>(STATES);
  /** Counted from 1: a new one begins when an agent returns. */
  readonly #terms: number[];
  #oldest: News | undefined;
  #newest: News | undefined;
  #size = 0;

  constructor(options: SightingsOptions) {
    this.#options = options;
    this.#terms = this.#forEach(1);
  }

  /**
   * Whether what an agent tells is news.
   *
   * @param state where the news are of a state: the one that was news last is none when another agent tells it, however
   * late
   */
  isNews(agent: number, key: string, now: number, state?: State): boolean {
    while (this.#oldest && now - this.#oldest.at >= this.#options.forget) this.#forgetOldest();
    const told = this.#told.get(key) ?? { news: 0, byAgent: this.#forEach(0) };
    const times = told.byAgent[agent] as number;
    const repeats = state !== undefined && this.#repeats(agent, state);
    if (times < told.news) told.byAgent[agent] = times + 1;
    if (times < told.news || repeats) return false;
    told.news++;
    told.byAgent[agent] = told.news;
    this.#told.set(key, told);
    this.#remember({ key, at: now, next: undefined });
    if (state) {
      const byAgent = this.#forEach(0);
      byAgent[agent] = this.#terms[agent] as number;
      this.#last.set(state.of, { is: state.is, byAgent });
    }
    return true;
  }

  /** An agent was away. It may tell once more the states that are retold, as it does when it was restarted. */
  returned(agent: number): void {
    this.#terms[agent] = (this.#terms[agent] as number) + 1;
  }

  /** Whether an agent tells the state that was news last: for the first time, or once more since it was away. */
  #repeats(agent: number, { of, is, isRetold }: State): boolean {
    const last = this.#last.get(of);
    if (last?.is !== is) return false;
    const term = this.#terms[agent] as number;
    const told = last.byAgent[agent] as number;
    if (told === term || (told > 0 && !isRetold)) return false;
    last.byAgent[agent] = term;
    return true;
  }

  #remember(news: News): void {
    if (this.#newest) this.#newest.next = news;
    else this.#oldest = news;
    this.#newest = news;
    if (++this.#size > this.#options.window) this.#forgetOldest();
  }

  #forgetOldest(): void {
    const { key, next } = this.#oldest as News;
    this.#oldest = next;
    if (!next) this.#newest = undefined;
    this.#size--;
    const told = this.#told.get(key) as Told;
    told.byAgent = told.byAgent.map((times) => Math.max(0, times - 1));
    if (--told.news === 0) this.#told.delete(key);
  }

  #forEach(value: number): number[] {
    return new Array<number>(this.#options.agents).fill(value);
  }
}
