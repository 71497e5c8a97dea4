/** As Serf: an intent about an unknown node is kept for five minutes. */
const KEPT = 300_000;

/** A join or a leave, at a Lamport time. */
export interface Intent {
  readonly type: 'join' | 'leave';
  readonly ltime: number;
}

/** Intents about nodes that are no members yet: that they are alive may arrive after that they leave. */
export class RecentIntents {
  readonly #intents = new Map<string, Intent & { readonly at: number }>();

  /** Keeps an intent; of several about a node, the latest. */
  set(name: string, intent: Intent, now: number): void {
    for (const [old, { at }] of this.#intents) {
      if (now - at <= KEPT) break;
      this.#intents.delete(old);
    }
    const known = this.#intents.get(name);
    if (known && known.ltime >= intent.ltime) return;
    this.#intents.delete(name);
    this.#intents.set(name, { ...intent, at: now });
  }

  get(name: string, now: number): Intent | undefined {
    const intent = this.#intents.get(name);
    return intent && now - intent.at <= KEPT ? intent : undefined;
  }
}
