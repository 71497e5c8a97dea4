import { Observable, type SchedulerLike, Subscription } from 'rxjs';
import { ClosedError, ConnectionLostError, type SerfError } from '../errors.ts';
import type { ConnectionStatus } from '../model.ts';
import { afterFailure, DEFAULT_RECONNECT, type ReconnectPolicy } from '../reconnect.ts';
import type { Call, Caller } from './call.ts';
import { type ConnectionChange, nextStatus } from './connection-status.ts';
import type { Dialing } from './dialer.ts';
import { Moved, wasSilent } from './given-up.ts';
import type { Session } from './session.ts';

/** What a {@link Link} needs of its surroundings. */
export interface LinkOptions {
  readonly dialer: Dialing;
  readonly scheduler: SchedulerLike;
  /** `false`: a connection that is lost is lost, with all that was under way. */
  readonly reconnect: ReconnectPolicy | false;
  /** Close the connection when nothing has been under way for this long, in ms. @defaultValue never */
  readonly idleTimeout?: number;
  readonly onStatus?: (status: ConnectionStatus) => void;
}

/**
 * A connection on demand, that outlives its agent.
 *
 * The first call opens it. Calls that come while there is no connection wait until there is, and are then sent in order.
 * When a connection is lost, calls that can be sent again (streams, reads) wait in front of them, the others fail, and
 * the next attempt follows as {@link afterFailure} decides. Without anybody who waits, there is none.
 */
export class Link implements Caller {
  readonly #options: LinkOptions;
  readonly #waiting = new Set<Call>();
  #status: ConnectionStatus = { state: 'idle' };
  /** What goes on, if anything: an attempt, a session, or the wait for the next attempt. */
  #activity = Subscription.EMPTY;
  #session: Session | undefined;
  #acceptedAt = 0;
  /** How often it failed since the last healthy connection, and the newest reasons. */
  #failures = 0;
  #errors: SerfError[] = [];
  /** How many addresses behind the last one that worked the next attempt goes. */
  #ahead = 0;
  #idleTimer = Subscription.EMPTY;
  #refusing = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  call(call: Call): void {
    if (this.#refusing || this.#status.state === 'closed') {
      call.fail(new ClosedError());
      return;
    }
    if (this.#session) {
      this.#idleTimer.unsubscribe();
      this.#session.call(call);
      return;
    }
    this.#waiting.add(call);
    if (this.#status.state === 'idle') this.#try();
  }

  cancel(call: Call): void {
    const waited = this.#waiting.delete(call);
    if (!waited && this.#session) {
      this.#session.cancel(call);
      return;
    }
    call.state = 'over';
    if (waited && this.#waiting.size === 0 && !this.#session) this.#rest();
  }

  /** Our end of the connection, `IP:PORT`, while there is one and it is known. */
  get localAddress(): string | undefined {
    return this.#session?.localAddress;
  }

  /** Where it leads, or tries to; `undefined` at rest. */
  get address(): string | undefined {
    return 'address' in this.#status ? this.#status.address : undefined;
  }

  /** To the agent at `address` from now on, as nothing is known of one that was left: what was under way there is lost. */
  follow(address: string): void {
    const from = this.address;
    if (this.#status.state === 'waiting') this.#try();
    else if (from !== undefined && from !== address) {
      this.#activity.unsubscribe();
      const cause = new Moved(address);
      this.#failed(
        new ConnectionLostError(cause.message, { outcome: 'unknown', address: from, cause }),
        from,
      );
    }
  }

  /** Closes the connection, whatever is under way; the next call opens another. */
  hangUp(): void {
    this.#rest();
  }

  /** Takes no more calls; what is under way goes on. */
  refuse(): void {
    this.#refusing = true;
  }

  /** Takes no more calls; everybody who waits for an answer gets a `ClosedError`. Streams can still be stopped. */
  abandon(): void {
    if (!this.#session) this.#activity.unsubscribe();
    this.#change({ type: 'close' });
    this.#fail([...this.#waiting], new ClosedError());
    this.#session?.abandon(new ClosedError());
  }

  /** Closes the connection when the agent has been sent everything, and at the latest after `grace` ms. */
  close(grace: number): Observable<never> {
    return new Observable((subscriber) => {
      this.#idleTimer.unsubscribe();
      const activity = this.#activity;
      activity.add(() => subscriber.complete());
      if (activity.closed) return;
      activity.add(this.#options.scheduler.schedule(() => activity.unsubscribe(), grace));
      this.#session?.close();
    });
  }

  #try(): void {
    const { address, session$ } = this.#options.dialer.target(this.#ahead);
    const activity = this.#begin();
    this.#change({ type: 'try', address, attempt: this.#failures + 1 });
    if (activity.closed) return;
    activity.add(
      session$.subscribe({
        next: (session) => this.#accepted(session),
        error: (error) => {
          activity.unsubscribe();
          this.#failed(error, address);
        },
      }),
    );
  }

  #accepted(session: Session): void {
    this.#session = session;
    const { idleTimeout, scheduler } = this.#options;
    if (idleTimeout !== undefined) session.onIdle = () => this.#idle(idleTimeout);
    this.#acceptedAt = scheduler.now();
    this.#ahead = 0;
    this.#errors = [];
    for (const call of this.#waiting) {
      this.#waiting.delete(call);
      session.call(call);
    }
    this.#change({ type: 'accept', address: session.address });
  }

  #failed(error: SerfError, address: string): void {
    const session = this.#session;
    this.#session = undefined;
    this.#idleTimer.unsubscribe();
    const waited = [...this.#waiting];
    const again = session?.end(error).filter(({ state }) => state === 'unsent') ?? [];
    if (this.#status.state === 'closed') {
      this.#fail(again, new ClosedError());
      return;
    }
    // Who was told that a request failed may have made another one at once: that waits behind those that are sent again.
    const calls = [...again, ...this.#waiting];
    const { reconnect, dialer, scheduler } = this.#options;
    if (session) {
      const healthy = reconnect && scheduler.now() - this.#acceptedAt >= reconnect.healthyAfter;
      if (healthy) this.#failures = 0;
      // An address that accepts and drops again is passed over, and so is one that has fallen silent.
      this.#ahead = healthy && !wasSilent(error) ? 0 : 1;
    } else this.#ahead++;
    this.#failures++;
    this.#errors = [...this.#errors, error].slice(-Math.max(2, Math.min(this.#failures, dialer.size)));
    if (calls.length === 0) {
      this.#rest(error);
      return;
    }
    const everConnected = reconnect !== false && dialer.reached;
    const failures = { count: this.#failures, errors: this.#errors, addresses: dialer.size, everConnected };
    const verdict =
      session && !reconnect ? { giveUp: error } : afterFailure(failures, reconnect || DEFAULT_RECONNECT);
    if ('giveUp' in verdict) {
      this.#rest(error);
      this.#fail([...again, ...waited], verdict.giveUp);
      // Those that have come since have not had an attempt.
      if (this.#waiting.size > 0 && this.#status.state === 'idle') this.#try();
      return;
    }
    this.#waiting.clear();
    for (const call of calls) this.#waiting.add(call);
    if (verdict.retryIn === 0 && !everConnected) this.#try();
    else this.#wait(verdict.retryIn, error, address);
  }

  #wait(delay: number, error: SerfError, address: string): void {
    const { scheduler } = this.#options;
    const activity = this.#begin();
    activity.add(scheduler.schedule(() => this.#try(), delay));
    const retryAt = scheduler.now() + delay;
    this.#change({ type: 'wait', address, attempt: this.#failures, retryAt, error });
  }

  #begin(): Subscription {
    this.#activity.unsubscribe();
    this.#activity = new Subscription();
    return this.#activity;
  }

  /** Nobody needs a connection, or there is none to be had. */
  #rest(error?: SerfError): void {
    this.#idleTimer.unsubscribe();
    this.#session = undefined;
    this.#failures = 0;
    this.#errors = [];
    this.#ahead = 0;
    this.#activity.unsubscribe();
    this.#change({ type: 'rest', error });
  }

  #fail(calls: readonly Call[], error: SerfError): void {
    for (const call of calls) this.#waiting.delete(call);
    for (const call of calls) call.fail(error);
  }

  #change(change: ConnectionChange): void {
    const before = this.#status;
    this.#status = nextStatus(before, change);
    if (this.#status !== before) this.#options.onStatus?.(this.#status);
  }

  /** Nothing is under way: closes the connection if that stays so. */
  #idle(idleTimeout: number): void {
    if (this.#idleTimer.closed) {
      this.#idleTimer = new Subscription();
      this.#idleTimer.add(this.#options.scheduler.schedule(() => this.#rest(), idleTimeout));
    }
  }
}
