import { EMPTY, merge, NEVER, type Observable, ReplaySubject, type SchedulerLike } from 'rxjs';
import type { ConnectionStatus } from '../../model.ts';
import type { Lane } from '../../protocol/commands.ts';
import type { ReconnectPolicy } from '../../reconnect.ts';
import type { LogLevel } from '../../serf.ts';
import { sameAgent } from './agent-identity.ts';
import { type Dialer, FollowingDialer } from './dialer.ts';
import { Link, type LinkOptions } from './link.ts';
import type { Session } from './session.ts';

/** How long a connection may take to close, in ms. */
const CLOSING_GRACE = 1_000;

/** Options of {@link Connections}. */
export interface ConnectionsOptions {
  readonly dialer: Dialer;
  readonly scheduler: SchedulerLike;
  readonly reconnect: ReconnectPolicy | false;
  /** Emits when waiting for the next attempt is not worth it. */
  readonly wake$: Observable<unknown>;
  /** Whether there is one connection for everything: a gateway carries out a peer's commands side by side. */
  readonly single: boolean;
  /** How long an idle connection other than the main one stays open, in ms. */
  readonly idleTimeout: number;
}

/** What a connection is for: a lane of the command table, the monitor of a log level, or counting what the agent drops. */
export type Purpose = Lane | LogLevel | 'drops';

/** The connections of a client: one for each purpose, opened on demand, all to the same agent; to a gateway a single one. */
export class Connections {
  readonly #options: ConnectionsOptions;
  readonly #following: FollowingDialer;
  readonly #links = new Set<Link>();
  readonly #lanes = new Map<Purpose, Link>();
  /** A subscriber of `status$` may cause the next status: everybody gets this one first. */
  readonly #emissions = new SerialQueue();
  readonly #status = new ReplaySubject<ConnectionStatus>(1);
  /** The state of the main connection. */
  readonly status$: Observable<ConnectionStatus> = this.#status.asObservable();
  #end: 'open' | 'refusing' | 'closed' = 'open';

  constructor(options: ConnectionsOptions) {
    this.#options = options;
    this.#following = new FollowingDialer(options.dialer, () => this.#lanes.get('main'));
    this.#status.next({ state: 'idle' });
  }

  /** Whether all calls share one connection. */
  get single(): boolean {
    return this.#options.single;
  }

  /** The connection for a purpose. */
  lane(purpose: Purpose): Link {
    const lane = this.single ? 'main' : purpose;
    let link = this.#lanes.get(lane);
    if (!link) {
      const { dialer, idleTimeout } = this.#options;
      link = this.#open(
        lane === 'main'
          ? { dialer, onStatus: (status, before) => this.#onMainStatus(status, before) }
          : { dialer: this.#following, idleTimeout, identify: (session) => this.#identify(session) },
      );
      this.#lanes.set(lane, link);
      if (this.#end === 'refusing') link.refuse();
    }
    return link;
  }

  /** A connection for the second try of one request, also while new requests are refused. The channel hangs up. */
  spare(): Link {
    const link = this.#open({
      dialer: this.#following,
      onStatus: ({ state }) => {
        if (state === 'idle') this.#links.delete(link);
      },
    });
    return link;
  }

  /** Ends all waits for the next attempt: it comes at once. */
  reconnect(): void {
    for (const link of [...this.#links]) link.reconnect();
  }

  /** Refuses new calls; pending ones go on. */
  refuse(): void {
    this.#end = 'refusing';
    for (const link of this.#links) link.refuse();
  }

  /** Refuses new calls and fails pending ones with `ClosedError`. Streams can still be stopped. */
  abandon(): void {
    this.#end = 'closed';
    this.lane('main');
    for (const link of this.#links) link.abandon();
    this.#emissions.run(() => this.#status.complete());
  }

  /** Closes all connections. Completes when they are closed. */
  close(): Observable<never> {
    return merge(...[...this.#links].map((link) => link.close(CLOSING_GRACE)));
  }

  #onMainStatus(status: ConnectionStatus, before: ConnectionStatus): void {
    this.#emissions.run(() => this.#status.next(status));
    // An agent that is silent, or answers again, is where it was.
    const moved = status.state === 'connected' && before.state !== 'connected';
    if (!moved && status.state !== 'idle') return;
    const main = this.lane('main');
    for (const link of [...this.#links]) if (link !== main) link.follow(main.target);
  }

  /** Whether a session is with the main connection's agent; waits while that connects. */
  #identify(session: Session): Observable<never> {
    const main = this.#lanes.get('main');
    if (!main || main.state === 'idle' || main.state === 'closed') return EMPTY;
    return main.session ? sameAgent(session, main.session) : NEVER;
  }

  #open(options: Pick<LinkOptions, 'dialer' | 'idleTimeout' | 'identify' | 'onStatus'>): Link {
    const { scheduler, reconnect, wake$ } = this.#options;
    const link = new Link({ scheduler, reconnect, wake$, ...options });
    this.#links.add(link);
    if (this.#end === 'closed') link.abandon();
    return link;
  }
}

/** Runs one callback after the other, those included that a callback adds. */
class SerialQueue {
  readonly #queue: (() => void)[] = [];

  run(callback: () => void): void {
    if (this.#queue.push(callback) > 1) return;
    for (let next = this.#queue[0]; next; next = this.#queue[0]) {
      next();
      this.#queue.shift();
    }
  }
}
