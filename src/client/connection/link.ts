import { EMPTY, Observable, type SchedulerLike, Subscription, switchMap } from 'rxjs';
import { dateBy } from '../../clock.ts';
import { ClosedError, ConnectionLostError, type SerfError } from '../../errors.ts';
import type { ConnectionStatus } from '../../model.ts';
import { COMMANDS } from '../../protocol/commands.ts';
import { afterFailure, DEFAULT_RECONNECT, type ReconnectPolicy } from '../../reconnect.ts';
import type { Call, Channel } from '../calls/call.ts';
import { FailedOver, isHeartbeatTimeout } from './connection-loss.ts';
import { type ConnectionChange, nextStatus } from './connection-status.ts';
import type { Dialing, Leader, Target } from './dialer.ts';
import type { Session } from './session.ts';

/** Options of a {@link Link}. */
export interface LinkOptions {
  readonly dialer: Dialing;
  readonly scheduler: SchedulerLike;
  /** `false`: a lost connection fails everything that was pending on it. */
  readonly reconnect: ReconnectPolicy | false;
  /** Emits when it is not worth waiting for the next attempt any longer. */
  readonly wake$: Observable<unknown>;
  /** Closes the connection when nothing was pending for this long, in ms. @defaultValue never */
  readonly idleTimeout?: number;
  readonly onStatus?: (status: ConnectionStatus, before: ConnectionStatus) => void;
  /**
   * Completes when a session may be given commands with an effect, errors when its agent is the wrong one. Subscribed to once
   * per session, before the first such command. @defaultValue any agent is right
   */
  readonly identify?: (session: Session) => Observable<never>;
}

/**
 * A connection on demand that reconnects.
 *
 * The first call opens it. Calls queue while there is no connection, and are sent in order once there is one. When a
 * connection is lost, calls that can be sent again (streams, reads) queue in front, the others fail, and the next attempt
 * follows as {@link afterFailure} decides; with an empty queue there is none.
 */
export class Link implements Channel, Leader {
  readonly #options: LinkOptions;
  readonly #waiting = new Set<Call>();
  #status: ConnectionStatus = { state: 'idle' };
  /** Where it is connected, or connecting to; `undefined` while idle or waiting. */
  target: Target | undefined;
  /** The attempt, the session, or the wait for the next attempt. */
  #activity = Subscription.EMPTY;
  #session: Session | undefined;
  #acceptedAt = 0;
  /** Failures in a row since the last healthy connection, and the newest errors. */
  #failures = 0;
  #errors: SerfError[] = [];
  #idleTimer = Subscription.EMPTY;
  #refusing = false;
  /** Whether the session is known to be with the right agent. */
  #identity: 'unknown' | 'asked' | 'known' = 'unknown';
  #identifying = Subscription.EMPTY;

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
    this.#idleIfDone();
    // `connected` without a session: that has just failed, and `#failed` decides what follows.
    const needless = this.#waiting.size === 0 && !this.#session && this.state !== 'connected';
    if (waited && needless) this.#rest();
  }

  /** The session, while there is one. */
  get session(): Session | undefined {
    return this.#session;
  }

  /** The local end of the connection, `IP:PORT`, if there is one and the socket knows. */
  get localAddress(): string | undefined {
    return this.#session?.localAddress;
  }

  get state(): ConnectionStatus['state'] {
    return this.#status.state;
  }

  /** Called when the main connection is at another target, or idle (`undefined`): moves there, or dials freely. */
  follow(target: Target | undefined): void {
    if (this.#session) {
      if (target && target !== this.target) this.#move(this.#session, target.address);
      else this.#identifyAgain(this.#session);
    } else if (this.#waiting.size > 0 && target !== this.target) this.#try();
  }

  /** Closes the connection, whatever is pending; the next call opens another. */
  hangUp(): void {
    this.#rest();
  }

  /** Tries again at once, if it waits for the next attempt. */
  reconnect(): void {
    if (this.state === 'waiting') this.#try();
  }

  /** Refuses new calls; pending ones go on. */
  refuse(): void {
    this.#refusing = true;
  }

  /** Refuses new calls and fails pending ones with `ClosedError`. Streams can still be stopped. */
  abandon(): void {
    if (!this.#session) this.#activity.unsubscribe();
    this.#change({ type: 'close' });
    this.#fail([...this.#waiting], new ClosedError());
    this.#session?.abandon(new ClosedError());
  }

  /** Closes the connection once everything is sent, after `grace` ms at the latest. */
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
    const { dialer } = this.#options;
    this.#change({ type: 'try', address: dialer.address, attempt: this.#failures + 1 });
    if (activity.closed) return;
    let dialed: Target | undefined;
    const session$ = dialer.target$.pipe(
      switchMap((target) => {
        dialed = target;
        this.target = target;
        return target.session$;
      }),
    );
    activity.add(
      session$.subscribe({
        next: (session) => this.#accepted(session),
        error: (error) => {
          activity.unsubscribe();
          this.#failed(error, dialed as Target);
        },
      }),
    );
  }

  #accepted(session: Session): void {
    this.#session = session;
    this.#identity = this.#options.identify ? 'unknown' : 'known';
    session.onIdle = () => this.#idleIfDone();
    session.onSilence = (since) => {
      if (this.#session === session) this.#change({ type: 'silence', since });
    };
    this.#acceptedAt = this.#options.scheduler.now();
    this.#errors = [];
    this.#sendWaiting(session);
    if (this.#session === session) this.#change({ type: 'accept', address: session.address });
  }

  #send(call: Call, session: Session): void {
    this.#idleTimer.unsubscribe();
    if (this.#identity === 'known') {
      session.call(call);
      return;
    }
    this.#waiting.add(call);
    this.#sendWaiting(session);
  }

  /** In order, up to the first with an effect while the agent is not known to be the right one. */
  #sendWaiting(session: Session): void {
    for (const call of [...this.#waiting]) {
      if (!this.#waiting.has(call)) continue;
      if (this.#identity === 'unknown' && COMMANDS[call.command].effect) this.#identify(session);
      if (this.#identity === 'asked' || this.#session !== session) return;
      if (this.#waiting.delete(call)) session.call(call);
      // That may have ended the session.
      if (this.#session !== session) return;
    }
  }

  #identify(session: Session): void {
    this.#identity = 'asked';
    this.#identifying.unsubscribe();
    const identify = this.#options.identify?.(session) ?? EMPTY;
    this.#identifying = identify.subscribe({
      complete: () => {
        this.#identity = 'known';
        this.#sendWaiting(session);
        this.#idleIfDone();
      },
      error: (error) => this.#isWrong(session, error),
    });
    this.#activity.add(this.#identifying);
  }

  /** The main connection is another one: what was known of the agent's identity says nothing about that. */
  #identifyAgain(session: Session): void {
    if (!this.#options.identify) return;
    if (this.#identity === 'asked') this.#identify(session);
    else this.#identity = 'unknown';
  }

  /** Another agent than the main connection's: what has an effect fails, and the rest has another connection. */
  #isWrong(session: Session, error: SerfError): void {
    const refused = [...this.#waiting].filter(({ command }) => COMMANDS[command].effect);
    for (const call of refused) this.#waiting.delete(call);
    this.#move(session, session.address);
    this.#fail(refused, error);
  }

  #failed(error: SerfError, target: Target): void {
    const session = this.#session;
    // A subscriber may answer its error with another request: that queues behind those that are sent again.
    const waited = [...this.#waiting];
    const again = this.#end(error);
    if (this.state === 'closed') return;
    const { reconnect, dialer, scheduler } = this.#options;
    const policy = reconnect || DEFAULT_RECONNECT;
    const healthy = session && scheduler.now() - this.#acceptedAt >= policy.healthyAfter;
    if (healthy) this.#failures = 0;
    // One that accepts and drops, or that went silent, is not the first choice.
    if (!healthy || isHeartbeatTimeout(error)) dialer.passOver(target);
    this.#failures++;
    this.#errors = [...this.#errors, error].slice(-Math.max(2, Math.min(this.#failures, dialer.size)));
    if (again.length + this.#waiting.size === 0) {
      this.#rest(error);
      return;
    }
    const everConnected = reconnect !== false && dialer.reached;
    const failures = {
      count: this.#failures,
      errors: this.#errors,
      addresses: dialer.size,
      everConnected,
      freshKeys: dialer.freshKeys,
    };
    const verdict = session && !reconnect ? { giveUp: error } : afterFailure(failures, policy);
    if ('giveUp' in verdict) {
      const given = [...again, ...waited.filter((call) => this.#waiting.delete(call))];
      this.#rest(error);
      this.#fail(given, verdict.giveUp);
      // Calls that came since have not had an attempt.
      if (this.#waiting.size > 0 && this.state === 'idle') this.#try();
      return;
    }
    this.#waitFirst(again);
    if (verdict.retryIn === 0 && !everConnected) this.#try();
    else this.#wait(verdict.retryIn, error, target.address);
  }

  /** Reconnects where the main connection is. What has an effect fails: the agent that is left may have obeyed. */
  #move(session: Session, address: string): void {
    this.#activity.unsubscribe();
    const cause = new FailedOver(address);
    const lost = { outcome: 'unknown', address: session.address, cause } as const;
    this.#waitFirst(this.#end(new ConnectionLostError(cause.message, lost)));
    if (this.state === 'closed') return;
    if (this.#waiting.size > 0) this.#try();
    else this.#rest();
  }

  /** Ends the session; returns the calls to be sent again. */
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
    const retryAt = dateBy(scheduler) + delay;
    this.#change({ type: 'wait', address, attempt: this.#failures, retryAt, error });
    if (!activity.closed) activity.add(this.#options.wake$.subscribe(() => this.reconnect()));
  }

  #begin(): Subscription {
    this.#activity.unsubscribe();
    this.target = undefined;
    this.#activity = new Subscription();
    return this.#activity;
  }

  /** Becomes idle: no call needs a connection, or none can be made. */
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
    if (this.#status !== before) this.#options.onStatus?.(this.#status, before);
  }

  /** With nothing pending: closes the connection after `idleTimeout`, unless a call comes. */
  #idleIfDone(): void {
    const { idleTimeout, scheduler } = this.#options;
    if (idleTimeout === undefined || !this.#session?.idle || this.#waiting.size > 0) return;
    if (!this.#idleTimer.closed) return;
    this.#idleTimer = new Subscription();
    this.#idleTimer.add(scheduler.schedule(() => this.#rest(), idleTimeout));
  }
}
