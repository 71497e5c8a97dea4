import type { QueryEvent } from '../../model.ts';
import type { Uint64 } from '../../protocol/wire.ts';

/**
 * How many queries a peer may answer at a time: the agent forgets a query at its deadline, but a Serf tells nobody when
 * that is, so the oldest go.
 */
const KEPT = 4_096;

/** The queries that a peer was sent and may answer, by the ids that it knows them by: these are its own. */
export class OpenQueries {
  readonly #queries = new Map<Uint64, QueryEvent>();
  #lastId = 0;

  add(query: QueryEvent): number {
    const id = ++this.#lastId;
    this.#queries.set(id, query);
    if (this.#queries.size > KEPT) this.#queries.delete(id - KEPT);
    return id;
  }

  get(id: Uint64): QueryEvent | undefined {
    return this.#queries.get(id);
  }

  /** It is over: who answers it still is told what the agent tells. */
  delete(id: Uint64): void {
    this.#queries.delete(id);
  }
}
