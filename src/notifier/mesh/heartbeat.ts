import type { SchedulerLike } from 'rxjs';
import { FairTimer } from '../../rpc/fair-timer.ts';

/** After so many periods without a sign of life, a peer is dead. */
const DEAD_AFTER = 2.5;

/**
 * Detects a peer that is gone without closing the connection: frozen, unplugged. Asks for a sign of life after `period` ms of
 * silence, and gives up after two and a half times as long.
 *
 * ```
 * heard   --x--x--------------------------
 * ping    ---------------p----------------    a period later
 * dead    -----------------------------!
 * ```
 */
export class Heartbeat {
  readonly #timer: FairTimer;
  readonly #period: number;
  readonly #ping: () => void;
  readonly #dead: () => void;
  #heardAt: number;
  #pinged = false;

  constructor(scheduler: SchedulerLike, period: number, ping: () => void, dead: () => void) {
    this.#timer = new FairTimer(scheduler, () => this.#look());
    this.#period = period;
    this.#ping = ping;
    this.#dead = dead;
    this.#heardAt = this.#timer.now();
    this.#timer.arm(this.#heardAt + period);
  }

  /** Called when something has come. */
  heard(): void {
    this.#heardAt = this.#timer.now();
    this.#pinged = false;
  }

  stop(): void {
    this.#timer.disarm();
  }

  #look(): void {
    const now = this.#timer.now();
    const ping = this.#heardAt + this.#period;
    const dead = this.#heardAt + DEAD_AFTER * this.#period;
    if (now >= dead) {
      this.#dead();
      return;
    }
    if (now >= ping && !this.#pinged) {
      this.#pinged = true;
      this.#ping();
    }
    this.#timer.arm(this.#pinged ? dead : ping);
  }
}
