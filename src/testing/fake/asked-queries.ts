/** A query that an event has asked. */
export interface AskedQuery {
  answered: boolean;
  /** The connection that it came on is gone. */
  gone: boolean;
}

/** The queries that events have asked on this connection. */
export class AskedQueries {
  readonly #queries = new Map<number, AskedQuery>();

  /** An event asks a query; whether there is a connection that it comes on. */
  ask(id: number, connected: boolean): AskedQuery {
    const query = { answered: false, gone: !connected };
    this.#queries.set(id, query);
    return query;
  }

  get(id: number): AskedQuery | undefined {
    return this.#queries.get(id);
  }

  /** The connection is gone. */
  forget(): void {
    for (const query of this.#queries.values()) query.gone = true;
    this.#queries.clear();
  }
}
