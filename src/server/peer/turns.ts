import { type SchedulerLike, Subscription } from 'rxjs';

/** How long one peer's requests may keep the event loop, in ms: the one that passes it is the turn's last… */
const TURN_TIME = 1;
/** …if the turn has had so many… */
const LEAST_PER_TURN = 4;
/** …or has taken so long, in ms: requests may be large, and to read one takes time as well. */
const LONGEST_TURN = 4;
/** How long a peer pauses after a turn, in ms, for each other peer that does as well… */
const PAUSE = 4;
/** …or, if its requests are large, so many times as long as its turn took. */
const PAUSE_RATIO = 3;

/**
 * Shares the event loop between the peers of a server. A peer whose requests take longer than a turn pauses, the longer the
 * more peers do and the longer its turn took: together they leave it free for more than half of the time, to those who ask
 * for little.
 */
export class Turns {
  readonly #scheduler: SchedulerLike;
  #pausing = 0;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
  }

  begin(): Turn {
    return new Turn(this.#scheduler);
  }

  /** Calls `act` when the next turn of a peer begins that has just had one. */
  next(turn: Turn, act: () => void): Subscription {
    this.#pausing++;
    const pause = new Subscription(() => this.#pausing--);
    pause.add(
      this.#scheduler.schedule(
        () => {
          pause.unsubscribe();
          act();
        },
        turn.pause * (this.#pausing - 1),
      ),
    );
    return pause;
  }
}

/** What one peer has of the event loop before others are served. */
export class Turn {
  readonly #scheduler: SchedulerLike;
  readonly #start: number;
  #begun = 0;

  constructor(scheduler: SchedulerLike) {
    this.#scheduler = scheduler;
    this.#start = scheduler.now();
  }

  /** How long its peer pauses afterwards, in ms, for each other peer that does. */
  get pause(): number {
    // That many small ones took long says that the process did not run: others need no more time.
    return this.#begun < LEAST_PER_TURN ? Math.max(PAUSE, PAUSE_RATIO * this.#took) : PAUSE;
  }

  /** Whether it is over, now that a request has been begun. */
  isOverAfterRequest(): boolean {
    return this.#took >= (++this.#begun < LEAST_PER_TURN ? LONGEST_TURN : TURN_TIME);
  }

  /** Whether it is over, now that a request has been read that has to wait. */
  isOverAfterRead(): boolean {
    return this.#took >= LONGEST_TURN;
  }

  /** In ms. */
  get #took(): number {
    return this.#scheduler.now() - this.#start;
  }
}
