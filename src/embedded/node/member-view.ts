import type { MemberStatus } from '../../model.ts';
import type { Facts } from './node-state.ts';

/** What one node knows of another, or of itself. */
export interface Known {
  readonly facts: Facts;
  readonly status: MemberStatus;
  /** The Lamport time of the last join or leave that was heard of. */
  readonly ltime: number;
  /** When it failed or left, in ms; 0 while it is there. */
  readonly goneAt: number;
}

/**
 * The members as one node sees them. What all nodes of a new cluster see alike is shared, and only differences are a
 * node's own: a thousand nodes that each know a thousand would be a million entries.
 */
export class View {
  readonly #shared: ReadonlyMap<string, Known>;
  readonly #own = new Map<string, Known | undefined>();
  #size: number;

  constructor(shared: ReadonlyMap<string, Known> = new Map()) {
    this.#shared = shared;
    this.#size = shared.size;
  }

  get size(): number {
    return this.#size;
  }

  get(name: string): Known | undefined {
    return this.#own.has(name) ? this.#own.get(name) : this.#shared.get(name);
  }

  set(known: Known): void {
    const { name } = known.facts;
    if (!this.get(name)) this.#size++;
    this.#own.set(name, known);
  }

  delete(name: string): void {
    if (!this.get(name)) return;
    this.#size--;
    if (this.#shared.has(name)) this.#own.set(name, undefined);
    else this.#own.delete(name);
  }

  /** Whether the node was there from the beginning on, for this view. */
  isFounder(name: string): boolean {
    return this.#shared.has(name);
  }

  *[Symbol.iterator](): Generator<Known> {
    for (const [name, known] of this.#shared) {
      const seen = this.#own.has(name) ? this.#own.get(name) : known;
      if (seen) yield seen;
    }
    for (const [name, known] of this.#own) if (known && !this.#shared.has(name)) yield known;
  }
}

export function isGone({ status }: Known): boolean {
  return status === 'failed' || status === 'left';
}
