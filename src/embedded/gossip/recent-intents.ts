/** As Serf: what was said of an unknown node is forgotten after five minutes. */
const KEPT = 300_000;

/** Somebody joined or left, at a Lamport time. */
export interface Intent {
  readonly type: 'join' | 'leave';
  readonly ltime: number;
}

/** What was heard of nodes that are no members yet: the news that they join may come later than that they have left. */
export class RecentIntents {
  readonly #intents = new Map<string, Intent & { readonly at: number }>();

  /** The latest counts. */
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
