import { type SchedulerLike, Subscription } from 'rxjs';
import { busyClock } from '../../clock.ts';

/** How long one peer may keep the event loop, in ms, until it presses: a few requests that belong together are one turn… */
const FIRST_TURN_TIME = 4;
/** …and then: the request that passes it is the turn's last. */
const TURN_TIME = 1;
/** The share of the time that a peer may take for good without pressing. */
const FREE_SHARE = 0.05;
/** How many requests a connection begins with before it asks for anything: `handshake`, `auth`. */
const GREETING = 2;
/** For how long the loop counts as shared after more than one peer has asked for something, in ms. */
const SHARED_TIME = 100;
/** How long the loop is left to others after a turn of one of several peers that press, as a multiple of what that took. */
const PAUSE_RATIO = 1.5;
/** How long the loop is left to others at the most after several turns in a row, in ms: those of a crowd that came at once. */
const LONGEST_DEBT = 20;
/** …and after one turn, in ms: its time is not the peer's where the process was stopped meanwhile. */
const LONGEST_PAUSE = 1_000;

/**
 * Shares the event loop between the peers of a server. A peer is charged for all that it costs: its bytes are read, its requests
 * begun, carried out (in this process, maybe later) and answered. One that has more to ask when that has taken a turn's time
 * presses: such peers have their turns one after the other, and after each the loop is left for longer than the turn took to those
 * who ask for little. One that presses alone goes on at the loop's next turn. Who asks for several things at a time and waits for them
 * before it asks again is no different: what it took is forgotten by and by only, while others ask for something, too.
 *
 * ```
 * a presses   --aaa---------aaa---------aaa--
 * b presses   ---bbb------------bbb----------
 * c           ------c-c--c-----c---c-c-------    no one's turn is longer than a turn's time, but for a single long request
 * ```
 */
export class Turns {
  readonly #scheduler: SchedulerLike;
  /** In ms. */
  readonly #now: () => number;
  readonly #chargesLater: boolean;
  #charged = 0;
  /** The peers that wait for their next turn, and those that wait for their first: each peer once at most. */
  readonly #waiting = new Set<{ act(): void }>();
  readonly #newcomers = new Set<{ act(): void }>();
  /** Of which of them the next one is: they alternate, so that a crowd of one kind does not keep the other out. */
  #following = this.#newcomers;
  #timer: Subscription | undefined;
  /** When the next turn may begin, by the scheduler. */
  #next = 0;
  /** The peers that had more to ask when their turn was over, until it is forgotten: each once at most. */
  readonly #pressing = new Set<Turn>();
  /** Who asked for something last, and when it was another one before. */
  #last: Turn | undefined;
  #sharedAt = Number.NEGATIVE_INFINITY;

  /**
   * @param busy the time in which this process was busy, in ms. Without it the scheduler's is taken, and nothing is charged for what is
   *   carried out later: it could not be told from waiting
   */
  constructor(scheduler: SchedulerLike, busy: (() => number) | undefined = busyClock(scheduler)) {
    this.#scheduler = scheduler;
    this.#now = busy ?? (() => scheduler.now());
    this.#chargesLater = busy !== undefined;
  }

  /** The turns of one more peer. */
  join(): Turn {
    return new Turn(this);
  }

  /** The time, in ms. */
  get time(): number {
    return this.#scheduler.now();
  }

  /** Whether more than one presses. */
  get several(): boolean {
    let count = 0;
    for (const turn of this.#pressing) if (turn.presses && ++count > 1) return true;
    return false;
  }

  /** Whether more than one peer asks for something these days. */
  get shared(): boolean {
    return this.time - this.#sharedAt < SHARED_TIME;
  }

  /** Whether the loop is left to those who ask for little. */
  get crowded(): boolean {
    return this.#next > this.#scheduler.now();
  }

  /** The time that is charged from now on. */
  start(): number {
    this.#charged = this.#now();
    return this.#charged;
  }

  /** How long it took since. */
  charge(since: number): number {
    return this.start() - since;
  }

  /** How long it took since anybody was charged last, if that can be told. */
  chargeLater(): number {
    const since = this.#charged;
    const took = this.charge(since);
    return this.#chargesLater ? took : 0;
  }

  /** Until when time was charged to anybody. */
  get charged(): number {
    return this.#charged;
  }

  /** Somebody asks for something. */
  asks(turn: Turn): void {
    if (turn === this.#last) return;
    if (this.#last) this.#sharedAt = this.time;
    this.#last = turn;
  }

  /** A peer is gone: who asks next may be that one again, alone. */
  left(turn: Turn): void {
    if (turn === this.#last) this.#last = undefined;
  }

  /** A peer presses from now on, or does not any more. */
  press(turn: Turn, presses: boolean): void {
    if (presses) this.#pressing.add(turn);
    else this.#pressing.delete(turn);
  }

  /** Leaves the loop to others for a time, after a turn that took so many ms. */
  rest(took: number): void {
    const now = this.#scheduler.now();
    const rest = Math.min(PAUSE_RATIO * took, LONGEST_PAUSE);
    this.#next = Math.max(now + rest, Math.min(this.#next + rest, now + LONGEST_DEBT));
  }

  /** Calls `act` when it is the turn of a peer; `first`: it has had none yet. */
  wait(first: boolean, act: () => void): Subscription {
    const queue = first ? this.#newcomers : this.#waiting;
    const turn = { act };
    queue.add(turn);
    this.#arm();
    return new Subscription(() => {
      queue.delete(turn);
      if (this.#idle) this.#timer?.unsubscribe();
    });
  }

  get #idle(): boolean {
    return this.#waiting.size + this.#newcomers.size === 0;
  }

  #arm(): void {
    if (this.#timer && !this.#timer.closed) return;
    this.#timer = this.#scheduler.schedule(
      () => this.#begin(),
      Math.max(0, this.#next - this.#scheduler.now()),
    );
  }

  /** Begins what is waited for first, unless what was done meanwhile has put it off. */
  #begin(): void {
    this.#timer = undefined;
    if (!this.crowded) this.#serve();
    if (!this.#idle) this.#arm();
  }

  /** One turn of those who press, or the first ones of as many newcomers as have them in a turn's time: most ask for little. */
  #serve(): void {
    const other = this.#following === this.#waiting ? this.#newcomers : this.#waiting;
    const queue = this.#following.size > 0 ? this.#following : other;
    this.#following = queue === this.#waiting ? this.#newcomers : this.#waiting;
    const since = this.#now();
    for (const turn of queue) {
      queue.delete(turn);
      turn.act();
      if (queue === this.#waiting || this.crowded || this.#now() - since >= TURN_TIME) return;
    }
  }
}

/** What one peer has of the event loop before others are served: until it has nothing left to ask, or has had its time. */
export class Turn {
  readonly #turns: Turns;
  /** In ms. */
  #took = 0;
  /** From when on time is to be charged, while it is. */
  #since = 0;
  #presses = false;
  /** How many requests were begun since it had nothing left to ask (its greeting is none), and since when that is so, while it is. */
  #begun = -GREETING;
  #idleSince: number | undefined;

  constructor(turns: Turns) {
    this.#turns = turns;
  }

  /** Whether it has had its time. */
  get over(): boolean {
    return this.#took >= (this.#presses ? TURN_TIME : FIRST_TURN_TIME);
  }

  /** Whether it had more to ask when a turn of its was over, and that is not forgotten. */
  get presses(): boolean {
    this.#forget();
    return this.#presses;
  }

  /** Begins to charge the peer, which asks for something. */
  start(): void {
    this.#since = this.#turns.start();
    this.#turns.asks(this);
    this.#forget();
    this.#idleSince = undefined;
  }

  /** A request is begun. */
  begun(): void {
    this.#begun++;
  }

  /** Charges for what was done since. */
  charge(): void {
    const took = this.#turns.charge(this.#since);
    this.#took += took;
    this.#since += took;
  }

  /** Charges for what a Serf has done for the peer until now, while nobody was charged; and begins to charge. */
  chargeLater(): void {
    this.#took += this.#turns.chargeLater();
    this.#since = this.#turns.charged;
  }

  /** The peer has more to ask: calls `act` when its next turn begins. */
  yield(act: () => void): Subscription {
    this.#press();
    if (this.#turns.several) this.#turns.rest(this.#took);
    this.#took = 0;
    return this.#turns.wait(false, act);
  }

  /** Calls `act` when the peer may begin, where it has to wait: it may be one that was cut off, and is back. */
  begin(act: () => void): Subscription | undefined {
    return this.#turns.crowded ? this.#turns.wait(true, act) : undefined;
  }

  /** The peer has nothing left to ask for now. */
  pause(): void {
    const little = this.#little;
    this.#begun = 0;
    if (little) this.#forgive();
    else this.#idleSince = this.#turns.time;
  }

  /** Forgets what the peer took. */
  #forgive(): void {
    this.#turns.press(this, false);
    this.#presses = false;
    this.#took = 0;
    this.#idleSince = undefined;
  }

  /**
   * The peer is gone; `more`: it had more to ask. Who comes back as another one has not paid less than who asks for several things at a
   * time and stays.
   */
  leave(more: boolean): void {
    this.#forget();
    if (more || this.#idleSince !== undefined || !this.#little) this.#turns.rest(this.#took);
    this.#forgive();
    this.#turns.left(this);
  }

  /** Whether it has asked for one thing, or nobody else asks for any. */
  get #little(): boolean {
    return this.#begun < 2 || !this.#turns.shared;
  }

  #press(): void {
    this.#turns.press(this, true);
    this.#presses = true;
  }

  /** Forgets what it took by and by, while it asks for nothing. */
  #forget(): void {
    if (this.#idleSince === undefined) return;
    const now = this.#turns.time;
    this.#took -= FREE_SHARE * (now - this.#idleSince);
    this.#idleSince = now;
    if (this.#took <= 0) this.#forgive();
  }
}
