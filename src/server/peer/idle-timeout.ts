import type { SchedulerLike, Subscription } from 'rxjs';

/**
 * Watches for a peer that is silent for too long, with a timer that is set again when it fires, not each time the peer is
 * heard.
 */
export class Silence {
  readonly #scheduler: SchedulerLike;
  readonly #timeout: number;
  readonly #excused: () => boolean;
  readonly #expire: () => void;
  #heard: number;
  #timer: Subscription;

  /** @param excused whether silence means nothing for now, as the peer has something open */
  constructor(scheduler: SchedulerLike, timeout: number, excused: () => boolean, expire: () => void) {
    this.#scheduler = scheduler;
    this.#timeout = timeout;
    this.#excused = excused;
    this.#expire = expire;
    this.#heard = scheduler.now();
    this.#timer = this.#wait(timeout);
  }

  /** The peer has said something, or what excused it is over. */
  heard(): void {
    this.#heard = this.#scheduler.now();
  }

  end(): void {
    this.#timer.unsubscribe();
  }

  #wait(delay: number): Subscription {
    return this.#scheduler.schedule(() => this.#look(), delay);
  }

  #look(): void {
    if (this.#excused()) this.heard();
    const left = this.#heard + this.#timeout - this.#scheduler.now();
    if (left > 0) this.#timer = this.#wait(left);
    else this.#expire();
  }
}
