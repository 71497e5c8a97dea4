import { Observable, type SchedulerLike, Subscription } from 'rxjs';
import { ClosedError, type SerfError } from '../errors.ts';
import type { ConnectionStatus } from '../model.ts';
import type { Call, Caller } from './call.ts';
import type { Session } from './session.ts';

/** What a {@link Link} needs of its surroundings. */
export interface LinkOptions {
  /** Opens a session, telling of every address it tries. */
  readonly dial: (trying: (address: string, attempt: number) => void) => Observable<Session>;
  readonly scheduler: SchedulerLike;
  /** Close the connection when nothing has been under way for this long, in ms. @defaultValue never */
  readonly idleTimeout?: number;
  readonly onStatus?: (status: ConnectionStatus) => void;
}

/**
 * A connection on demand: the first call opens it, calls wait until it is up, and are then sent in order. When it
 * ends, what was under way fails, and the next call opens another.
 */
export class Link implements Caller {
  readonly #options: LinkOptions;
  readonly #waiting = new Set<Call>();
  #connection: Subscription | undefined;
  #session: Session | undefined;
  #idleTimer: Subscription | undefined;
  #used = 0;
  #closed = false;

  constructor(options: LinkOptions) {
    this.#options = options;
  }

  call(call: Call): void {
    if (this.#closed) {
      call.fail(new ClosedError());
      return;
    }
    if (this.#session) {
      this.#session.call(call);
      this.#watchIdle();
      return;
    }
    this.#waiting.add(call);
    if (!this.#connection) this.#connect();
  }

  cancel(call: Call): void {
    if (!this.#waiting.delete(call)) this.#session?.cancel(call);
  }

  /** Takes no more calls; everybody who waits for an answer gets a `ClosedError`. Streams can still be stopped. */
  abandon(): void {
    this.#closed = true;
    this.#failWaiting(new ClosedError());
    if (this.#session) this.#session.abandon(new ClosedError());
    else this.#connection?.unsubscribe();
  }

  /** Closes the connection when the agent has been sent everything, and at the latest after `grace` ms. */
  close(grace: number): Observable<never> {
    return new Observable((subscriber) => {
      this.#idleTimer?.unsubscribe();
      const connection = this.#connection;
      if (!connection || connection.closed) {
        subscriber.complete();
        return;
      }
      connection.add(() => subscriber.complete());
      connection.add(this.#options.scheduler.schedule(() => connection.unsubscribe(), grace));
      this.#session?.close();
    });
  }

  #connect(): void {
    const { dial, onStatus = () => {} } = this.#options;
    const connection = new Subscription();
    this.#connection = connection;
    const ended = (error?: SerfError) => {
      if (this.#connection === connection) {
        this.#session = undefined;
        this.#connection = undefined;
      }
      connection.unsubscribe();
      if (this.#closed) return;
      onStatus({ state: 'idle', ...(error && { error }) });
      if (error) this.#failWaiting(error);
    };
    connection.add(
      dial((address, attempt) => onStatus({ state: 'connecting', address, attempt })).subscribe({
        next: (session) => {
          this.#session = session;
          onStatus({ state: 'connected', address: session.address });
          this.#sendWaiting(session);
        },
        error: ended,
        complete: () => ended(),
      }),
    );
  }

  #sendWaiting(session: Session): void {
    for (const call of this.#waiting) {
      this.#waiting.delete(call);
      session.call(call);
    }
    this.#watchIdle();
  }

  #failWaiting(error: SerfError): void {
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const call of waiting) call.fail(error);
  }

  /** Closes the connection once it has been idle long enough; looks once per `idleTimeout`, not per call. */
  #watchIdle(): void {
    const { idleTimeout, scheduler } = this.#options;
    if (idleTimeout === undefined) return;
    this.#used = scheduler.now();
    if (this.#idleTimer && !this.#idleTimer.closed) return;
    const look = (): void => {
      const idleFor = this.#session?.busy ? 0 : scheduler.now() - this.#used;
      if (idleFor < idleTimeout) this.#idleTimer = scheduler.schedule(look, idleTimeout - idleFor);
      else this.#hangUp();
    };
    this.#idleTimer = scheduler.schedule(look, idleTimeout);
  }

  #hangUp(): void {
    const connection = this.#connection;
    this.#session = undefined;
    this.#connection = undefined;
    connection?.unsubscribe();
    this.#options.onStatus?.({ state: 'idle' });
  }
}
