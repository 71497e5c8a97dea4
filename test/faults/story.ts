import type { ConnectionStatus, SerfClient } from 'rxserf';
import { Changes } from './changes.ts';

/** Every state that a client's connection has had. */
export class Story {
  readonly statuses: ConnectionStatus[] = [];
  readonly #changes = new Changes();

  constructor(client: Pick<SerfClient<unknown>, 'status$'>) {
    client.status$.subscribe((status) => {
      // A heartbeat that is answered late, on a machine that is busy, is another status of the same connection.
      const silence = status.state === 'connected' && this.statuses.at(-1)?.state === 'connected';
      if (!silence) this.statuses.push(status);
      this.#changes.notify();
    });
  }

  /** The states as texts: `connected 127.0.0.1:7373`, `waiting 2 connection-lost`. */
  get told(): string[] {
    return this.statuses.map(tell);
  }

  /** Resolves when there has been a status like that among those from number `since` on. */
  async reaches(part: Partial<ConnectionStatus>, since = 0): Promise<ConnectionStatus> {
    return this.#changes.until(`status ${JSON.stringify(part)}`, () =>
      this.statuses
        .slice(since)
        .find((status) =>
          Object.entries(part).every(([key, value]) => status[key as keyof ConnectionStatus] === value),
        ),
    );
  }
}

function tell(status: ConnectionStatus): string {
  switch (status.state) {
    case 'connecting':
      return `connecting ${status.attempt} ${status.address}`;
    case 'connected':
      return `connected ${status.address}`;
    case 'waiting':
      return `waiting ${status.attempt} ${status.error.code}`;
    case 'idle':
      return status.error ? `idle ${status.error.code}` : 'idle';
    case 'closed':
      return 'closed';
  }
}
