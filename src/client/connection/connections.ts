import { merge, type Observable, ReplaySubject, type SchedulerLike } from 'rxjs';
import type { ConnectionStatus } from '../../model.ts';
import type { Lane } from '../../protocol/commands.ts';
import type { ReconnectPolicy } from '../../reconnect.ts';
import type { LogLevel } from '../../serf.ts';
import { Beside, type Dialer } from './dialer.ts';
import { Link, type LinkOptions } from './link.ts';
import { Turns } from './serial-queue.ts';

/** How long the agent may take to close its end, in ms. */
const CLOSING_GRACE = 1_000;

/** What {@link Connections} need. */
export interface ConnectionsOptions {
  readonly dialer: Dialer;
  readonly scheduler: SchedulerLike;
  readonly reconnect: ReconnectPolicy | false;
  /** How long a connection other than the main one is kept without work, in ms. */
  readonly idleTimeout: number;
}

/** What a connection is for: a lane of the table's, the monitor of a log level, or the count of what the agent drops. */
export type Purpose = Lane | LogLevel | 'drops';

/** The connections of a client: one for each lane that is needed, all to the same agent. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #beside: Beside;
  readonly #links = new Set<Link>();
  readonly #lanes = new Map<Purpose, Link>();
  /** What a subscriber of `status$` does may lead to the next status, which the others get after this one. */
  readonly #turns = new Turns();
  readonly #status = new ReplaySubject<ConnectionStatus>(1);
  /** The state of the main connection. */
  readonly status$: Observable<ConnectionStatus> = this.#status.asObservable();
  #end: 'open' | 'refusing' | 'closed' = 'open';

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#beside = new Beside(options.dialer, () => this.#lanes.get('main'));
    this.#status.next({ state: 'idle' });
  }

  /** The connection for a purpose. */
  lane(lane: Purpose): Link {
    let link = this.#lanes.get(lane);
    if (!link) {
      const { dialer, idleTimeout } = this.#options;
      link = this.#open(
        lane === 'main'
          ? { dialer, onStatus: (status) => this.#mainIs(status) }
          : { dialer: this.#beside, idleTimeout },
      );
      this.#lanes.set(lane, link);
      if (this.#end === 'refusing') link.refuse();
    }
    return link;
  }

  /** A connection for the second try of one request, also when new requests are refused; to be hung up after it. */
  spare(): Link {
    const link = this.#open({
      dialer: this.#beside,
      onStatus: ({ state }) => {
        if (state === 'idle') this.#links.delete(link);
      },
    });
    return link;
  }

  /** No more calls; what is under way goes on. */
  refuse(): void {
    this.#end = 'refusing';
    for (const link of this.#links) link.refuse();
  }

  /** No more calls; everybody who waits for an answer gets a `ClosedError`. Streams can still be stopped. */
  abandon(): void {
    this.#end = 'closed';
    this.lane('main');
    for (const link of this.#links) link.abandon();
    this.#turns.take(() => this.#status.complete());
  }

  /** Closes all connections, and completes when they are closed. */
  close(): Observable<never> {
    return merge(...[...this.#links].map((link) => link.close(CLOSING_GRACE)));
  }

  #mainIs(status: ConnectionStatus): void {
    this.#turns.take(() => this.#status.next(status));
    if (status.state !== 'connected' && status.state !== 'idle') return;
    const main = this.lane('main');
    for (const link of [...this.#links]) if (link !== main) link.follow(main.target);
  }

  #open(options: Pick<LinkOptions, 'dialer' | 'idleTimeout' | 'onStatus'>): Link {
    const { scheduler, reconnect } = this.#options;
    const link = new Link({ scheduler, reconnect, ...options });
    this.#links.add(link);
    if (this.#end === 'closed') link.abandon();
    return link;
  }
}
