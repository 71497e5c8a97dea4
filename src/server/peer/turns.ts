import { type SchedulerLike, Subscription } from 'rxjs';

/** How long one peer's requests may keep the event loop, in ms: the one that passes it is the turn's last. */
const TURN_TIME = 1;
/** How many requests a turn has in any case, however long they take. */
const LEAST_PER_TURN = 4;
/** How long a peer pauses after a turn, in ms, for each other peer that does as well. */
const PAUSE = 4;

/**
 * Shares the event loop between the peers of a server. A peer whose requests take longer than a turn pauses, the longer the
 * more peers do: together they leave it free for more than half of the time, to those who ask for little.
 */
export class Turns {
  readonly #scheduler: SchedulerLike;
  #pausing = 0;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  /** Begins a turn. What it returns is asked after each request, and tells whether the turn is over. */
  begin(): () => boolean {
    const end = this.#scheduler.now() + TURN_TIME;
    let begun = 0;
    return () => ++begun >= LEAST_PER_TURN && this.#scheduler.now() >= end;
  }

  /** Calls `act` when the next turn of a peer begins that has just had one. */
  next(act: () => void): Subscription {
    this.#pausing++;
    const pause = new Subscription(() => this.#pausing--);
    pause.add(
      this.#scheduler.schedule(
        () => {
          pause.unsubscribe();
          act();
        },
        PAUSE * (this.#pausing - 1),
      ),
    );
    return pause;
  }
}
