import { type SchedulerLike, Subscription } from 'rxjs';

/**
 * How long after the answer to `leave` the peer is hung up on, in ms. An agent takes its time, too, and Go's client needs
 * it: when the end is there together with the answer, it tosses a coin on which of the two it has seen. As long is the answer
 * to a request under way waited for when the Serf has ended a stream.
 */
const MOMENT = 100;

/** Hangs up on a peer because of its Serf: that has left, or has ended what the peer asked it for. */
export class Parting {
  readonly #hangUp: (reason: unknown) => void;
  readonly #busy: () => boolean;
  readonly #scheduler: SchedulerLike;
  readonly #work: Subscription;
  #why: { readonly reason: unknown; readonly left: boolean } | undefined;
  #timer = Subscription.EMPTY;

  /**
   * @param busy whether a request is under way
   * @param work until when anybody is hung up on
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

  /** Whether the request under way is the peer's last. */
  get near(): boolean {
    return this.#why !== undefined;
  }

  /** The Serf has ended a stream. The request under way has a moment to be answered: it may be the `leave` that did it. */
  retire(reason?: unknown): void {
    if (this.#why) return;
    this.#why = { reason, left: false };
    if (this.#busy()) this.#inAMoment();
    else this.#hangUp(reason);
  }

  /** The Serf has left, as the request under way would have it. */
  left(): void {
    this.#why = { reason: undefined, left: true };
  }

  /** The request under way is over. */
  answered(): void {
    if (this.#why?.left) this.#inAMoment();
    else this.#hangUp(this.#why?.reason);
  }

  #inAMoment(): void {
    this.#timer.unsubscribe();
    this.#timer = this.#scheduler.schedule(() => this.#hangUp(this.#why?.reason), MOMENT);
    this.#work.add(this.#timer);
  }
}
