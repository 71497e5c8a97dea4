import { Observable, type SchedulerLike, Subscription } from 'rxjs';
import { ClosedError, ConnectionLostError, type SerfError } from '../../errors.ts';
import type { ConnectionStatus } from '../../model.ts';
import { afterFailure, DEFAULT_RECONNECT, type ReconnectPolicy } from '../../reconnect.ts';
import type { Call, Caller } from '../calls/call.ts';
import { Moved, wasSilent } from './connection-loss.ts';
import { type ConnectionChange, nextStatus } from './connection-status.ts';
import type { Dialing, Leader, Target } from './dialer.ts';
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
export class Link implements Caller, Leader {
  readonly #options: LinkOptions;
  readonly #waiting = new Set<Call>();
  #status: ConnectionStatus = { state: 'idle' };
  /** Where it leads, or tries to; `undefined` at rest, and while it waits. */
  target: Target | undefined;
  /** What goes on, if anything: an attempt, a session, or the wait for the next attempt. */
  #activity = Subscription.EMPTY;
  #session: Session | undefined;
  #acceptedAt = 0;
  /** How often it failed since the last healthy connection, and the newest reasons. */
  #failures = 0;
  #errors: SerfError[] = [];
  #idleTimer = Subscription.EMPTY;
  #refusing = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  call(call: Call): void {
    if (this.#refusing || this.state === 'closed') {
      call.fail(new ClosedError());
      return;
    }
    if (this.#session) {
      this.#send(call, this.#session);
      return;
    }
    this.#waiting.add(call);
    if (this.state === 'idle') this.#try();
  }

  cancel(call: Call): void {
    const waited = this.#waiting.delete(call);
    if (!waited && this.#session) {
      this.#session.cancel(call);
      return;
    }
    call.state = 'over';
    // Still `connected` without a session: that has just failed, and what follows from it is about to be decided.
    const needless = this.#waiting.size === 0 && !this.#session && this.state !== 'connected';
    if (waited && needless) this.#rest();
  }

  /** Our end of the connection, `IP:PORT`, while there is one and it is known. */
  get localAddress(): string | undefined {
    return this.#session?.localAddress;
  }

  get state(): ConnectionStatus['state'] {
    return this.#status.state;
  }

  /** The main connection leads to `target` from now on; without one, it is at rest, and each goes where it can. */
  follow(target: Target | undefined): void {
    if (this.#session) {
      if (target && target !== this.target) this.#move(this.#session, target.address);
    } else if (this.#waiting.size > 0 && target !== this.target) this.#try();
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
    const activity = this.#begin();
    const { target } = this.#options.dialer;
    this.target = target;
    const { address, session$ } = target;
    this.#change({ type: 'try', address, attempt: this.#failures + 1 });
    if (activity.closed) return;
    activity.add(
      session$.subscribe({
        next: (session) => this.#accepted(session),
        error: (error) => {
          activity.unsubscribe();
          this.#failed(error, target);
        },
      }),
    );
  }

  #accepted(session: Session): void {
    this.#session = session;
    const { idleTimeout, scheduler } = this.#options;
    if (idleTimeout !== undefined) session.onIdle = () => this.#idle(idleTimeout);
    this.#acceptedAt = scheduler.now();
    this.#errors = [];
    for (const call of this.#waiting) {
      this.#waiting.delete(call);
      this.#send(call, session);
      // It may have ended by that.
      if (this.#session !== session) return;
    }
    this.#change({ type: 'accept', address: session.address });
  }

  #send(call: Call, session: Session): void {
    this.#idleTimer.unsubscribe();
    session.call(call);
  }

  #failed(error: SerfError, target: Target): void {
    const session = this.#session;
    // Who is told that a request failed may make another one at once: that waits behind those that are sent again.
    const waited = [...this.#waiting];
    const again = this.#end(error);
    if (this.state === 'closed') return;
    const { reconnect, dialer, scheduler } = this.#options;
    const policy = reconnect || DEFAULT_RECONNECT;
    const healthy = session && scheduler.now() - this.#acceptedAt >= policy.healthyAfter;
    if (healthy) this.#failures = 0;
    // Not one that accepts and drops again, and not one that has fallen silent.
    if (!healthy || wasSilent(error)) dialer.passOver(target);
    this.#failures++;
    this.#errors = [...this.#errors, error].slice(-Math.max(2, Math.min(this.#failures, dialer.size)));
    if (again.length + this.#waiting.size === 0) {
      this.#rest(error);
      return;
    }
    const everConnected = reconnect !== false && dialer.reached;
    const failures = { count: this.#failures, errors: this.#errors, addresses: dialer.size, everConnected };
    const verdict = session && !reconnect ? { giveUp: error } : afterFailure(failures, policy);
    if ('giveUp' in verdict) {
      const given = [...again, ...waited.filter((call) => this.#waiting.delete(call))];
      this.#rest(error);
      this.#fail(given, verdict.giveUp);
      // Those that have come since have not had an attempt.
      if (this.#waiting.size > 0 && this.state === 'idle') this.#try();
      return;
    }
    this.#waitFirst(again);
    if (verdict.retryIn === 0 && !everConnected) this.#try();
    else this.#wait(verdict.retryIn, error, target.address);
  }

  /** To where the main connection leads: nothing is known of an agent that was left, so what has an effect fails. */
  #move(session: Session, address: string): void {
    this.#activity.unsubscribe();
    const cause = new Moved(address);
    const lost = { outcome: 'unknown', address: session.address, cause } as const;
    this.#waitFirst(this.#end(new ConnectionLostError(cause.message, lost)));
    if (this.state === 'closed') return;
    if (this.#waiting.size > 0) this.#try();
    else this.#rest();
  }

  /** There is no session any more; gives the calls that are to be sent again. */
  #end(error: SerfError): readonly Call[] {
    const session = this.#session;
    this.#session = undefined;
    this.target = undefined;
    this.#idleTimer.unsubscribe();
    const again = session?.end(error).filter(({ state }) => state === 'unsent') ?? [];
    if (this.state !== 'closed') return again;
    this.#fail(again, new ClosedError());
    return [];
  }

  #waitFirst(calls: readonly Call[]): void {
    const others = [...this.#waiting];
    this.#waiting.clear();
    for (const call of [...calls, ...others]) this.#waiting.add(call);
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
    this.target = undefined;
    this.#activity = new Subscription();
    return this.#activity;
  }

  /** Nobody needs a connection, or there is none to be had. */
  #rest(error?: SerfError): void {
    this.#idleTimer.unsubscribe();
    this.#session = undefined;
    this.#failures = 0;
    this.#errors = [];
    this.target = undefined;
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
