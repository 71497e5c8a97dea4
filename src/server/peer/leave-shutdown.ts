import { type SchedulerLike, Subscription } from 'rxjs';

/**
 * How long after the answer to `leave` the connection is closed, in ms. An agent takes its time, too, and Go's client needs
 * it: when the end is there together with the answer, it tosses a coin on which of the two it has seen. As long is the answer
 * to a request under way waited for when the Serf has ended a stream.
 */
const DELAY = 100;

/** Closes a peer's connection because of its Serf: that has left its cluster, or has ended a stream of the peer's. */
export class LeaveShutdown {
  readonly #hangUp: (reason: unknown) => void;
  readonly #busy: () => boolean;
  readonly #scheduler: SchedulerLike;
  readonly #work: Subscription;
  #why: { readonly reason: unknown; readonly left: boolean } | undefined;
  #timer = Subscription.EMPTY;

  /**
   * @param busy whether a request is under way
   * @param work the timers' owner
   */
  constructor(
    hangUp: (reason: unknown) => void,
    busy: () => boolean,
    scheduler: SchedulerLike,
    work: Subscription,
  ) {
    this.#hangUp = hangUp;
    this.#busy = busy;
    this.#scheduler = scheduler;
    this.#work = work;
  }

  /** Whether the requests under way are the peer's last. */
  get pending(): boolean {
    return this.#why !== undefined;
  }

  /** Called when the Serf has ended a stream. A request under way has time to be answered: it may be the `leave` that did it. */
  streamEnded(reason?: unknown): void {
    if (this.#why) return;
    this.#why = { reason, left: false };
    if (this.#busy()) this.#hangUpLater();
    else this.#hangUp(reason);
  }

  /** Called when the Serf has left, as a request under way demands. */
  left(): void {
    this.#why = { reason: undefined, left: true };
  }

  /** Called when a request under way is over. */
  requestDone(): void {
    if (this.#why?.left) this.#hangUpLater();
    else if (!this.#busy()) this.#hangUp(this.#why?.reason);
  }

  #hangUpLater(): void {
    this.#timer.unsubscribe();
    this.#timer = this.#scheduler.schedule(() => this.#hangUp(this.#why?.reason), DELAY);
    this.#work.add(this.#timer);
  }
}
