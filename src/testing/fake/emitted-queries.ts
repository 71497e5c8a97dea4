/** A query that the fake has emitted. */
export interface EmittedQuery {
  answered: boolean;
  /** Whether the connection on which it came has ended. */
  gone: boolean;
}

/** The queries that were emitted on this connection, by id. */
export class EmittedQueries {
  readonly #queries = new Map<number, EmittedQuery>();

  /** @param connected whether there is a connection on which it comes */
  add(id: number, connected: boolean): EmittedQuery {
    const query = { answered: false, gone: !connected };
    this.#queries.set(id, query);
    return query;
  }

  get(id: number): EmittedQuery | undefined {
    return this.#queries.get(id);
  }

  /** Forgets all: the connection has ended. */
  clear(): void {
    for (const query of this.#queries.values()) query.gone = true;
    this.#queries.clear();
  }
}
