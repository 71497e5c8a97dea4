/** Coordinates move slowly: one is asked for again after so long, in ms. */
export const ASKED_AGAIN = 60_000;
/** So many are asked for in a turn, which is one write. */
export const A_TURN = 200;
/** A turn begins so long after the one before at the earliest, in ms: a gateway answers 500 of these a second. */
export const TURN = 500;

/** Whose coordinates are asked for next: those that were never asked for, and then those longest ago. */
export class CoordinateTurns {
  /** By name, the longest ago first; at most as many as there are members. */
  readonly #askedAt = new Map<string, number>();

  /** Whose turn it is now. Who is no member any more is forgotten. */
  next(members: { has(name: string): boolean; keys(): Iterable<string> }, now: number): string[] {
    const turn: string[] = [];
    for (const name of members.keys()) {
      if (turn.length === A_TURN) break;
      if (!this.#askedAt.has(name)) turn.push(name);
    }
    for (const [name, at] of this.#askedAt) {
      if (!members.has(name)) this.#askedAt.delete(name);
      else if (now - at >= ASKED_AGAIN && turn.length < A_TURN) turn.push(name);
    }
    for (const name of turn) {
      this.#askedAt.delete(name);
      this.#askedAt.set(name, now);
    }
    return turn;
  }

  /** When the first of them is asked for again, in ms since the epoch. */
  get again(): number | undefined {
    const [first] = this.#askedAt.values();
    return first === undefined ? undefined : first + ASKED_AGAIN;
  }
}
