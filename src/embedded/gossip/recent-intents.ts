/** As Serf: an intent about an unknown node is kept for five minutes. */
const KEPT = 300_000;

/** The most intents that are kept, and the most characters of their names: an agent keeps any number. */
const MOST_INTENTS = 512;
const MOST_CHARACTERS = 65_536;

/** A join or a leave, at a Lamport time. */
export interface Intent {
  readonly type: 'join' | 'leave';
  readonly ltime: number;
}

/**
 * Intents about nodes that are no members yet: that they are alive may arrive after that they leave. Of too many, the oldest
 * is dropped first.
 */
export class RecentIntents {
  /** By name, the oldest first; bounded by {@link MOST_INTENTS} and {@link MOST_CHARACTERS}. */
  readonly #intents = new Map<string, Intent & { readonly at: number }>();
  #characters = 0;

  /** Keeps an intent; of several about a node, the latest. */
  set(name: string, intent: Intent, now: number): void {
    if (name.length > MOST_CHARACTERS) return;
    const known = this.#intents.get(name);
    if (known && known.ltime >= intent.ltime) return;
    this.#delete(name);
    this.#intents.set(name, { ...intent, at: now });
    this.#characters += name.length;
    for (const [old, { at }] of this.#intents) {
      const fits = this.#intents.size <= MOST_INTENTS && this.#characters <= MOST_CHARACTERS;
      if (fits && now - at <= KEPT) break;
      this.#delete(old);
    }
  }

  #delete(name: string): void {
    if (this.#intents.delete(name)) this.#characters -= name.length;
  }

  get(name: string, now: number): Intent | undefined {
    const intent = this.#intents.get(name);
    return intent && now - intent.at <= KEPT ? intent : undefined;
  }
}
