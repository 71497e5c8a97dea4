import type { SchedulerLike, Subscription } from 'rxjs';
import { ProtocolError } from '../../errors.ts';
import type { Frame } from '../../protocol/frames.ts';
import type { PeerLimits } from '../options.ts';
import { valuesIn } from './values.ts';

/** How often a peer that reads too slowly is looked after, in ms: no platform tells when it has caught up. */
const LOOK_AGAIN = 10;
/** What a value takes in memory beyond its bytes, in bytes, about: an empty map is one byte on the wire. */
const PER_VALUE = 48;

/**
 * The requests of a peer: carried out one at a time, in their order, as an agent has it, so that answers come in that
 * order as well.
 */
export class Inbox {
  readonly #carryOut: (request: Frame) => void;
  readonly #full: () => boolean;
  readonly #limits: PeerLimits;
  readonly #scheduler: SchedulerLike;
  readonly #waiting: { readonly request: Frame; readonly size: number }[] = [];
  /** The sizes of those that wait, in bytes. */
  #size = 0;
  /** The bytes that have come since the last request, which is whole with them. */
  #fresh = 0;
  #busy = false;
  #working = false;
  #later: Subscription | undefined;

  /**
   * @param carryOut begins a request; `done` is called when it is over, within the call or later
   * @param full whether no request may be begun for now, as its answer would find no room
   */
  constructor(
    carryOut: (request: Frame) => void,
    full: () => boolean,
    limits: PeerLimits,
    scheduler: SchedulerLike,
  ) {
    this.#carryOut = carryOut;
    this.#full = full;
    this.#limits = limits;
    this.#scheduler = scheduler;
  }

  /** Whether a request is under way. */
  get busy(): boolean {
    return this.#busy;
  }

  /** Whether there is nothing to do. */
  get idle(): boolean {
    return !this.#busy && this.#waiting.length === 0;
  }

  /** Bytes have come: the requests in them are next. */
  received(bytes: number): void {
    this.#fresh += bytes;
  }

  /** @throws ProtocolError (`overflow`) when too much waits */
  push(request: Frame): void {
    const waits = !this.idle || this.#full();
    const size = this.#fresh + (waits ? PER_VALUE * valuesIn(request.body) : 0);
    this.#waiting.push({ request, size });
    this.#size += size;
    this.#fresh = 0;
    this.#work();
    const { requests, requestBytes } = this.#limits;
    if (this.#waiting.length > requests) throw overflow(`${requests} requests`, 'requests');
    if (this.#waiting.length > 0 && this.#size > requestBytes)
      throw overflow(`${requestBytes} bytes of requests`, 'requestBytes');
  }

  /** The request that was begun last is over. */
  done(): void {
    this.#busy = false;
    this.#work();
  }

  /** Forgets everything. */
  clear(): void {
    this.#waiting.length = 0;
    this.#size = 0;
    this.#later?.unsubscribe();
  }

  /** A loop, and not a call per request: thousands of them may wait, each of which is over at once. */
  #work(): void {
    if (this.#working) return;
    this.#working = true;
    while (!this.#busy && this.#waiting.length > 0 && !this.#postponed()) {
      const { request, size } = this.#waiting.shift() as { request: Frame; size: number };
      this.#size -= size;
      this.#busy = true;
      this.#carryOut(request);
    }
    this.#working = false;
  }

  #postponed(): boolean {
    if (!this.#full()) return false;
    this.#later ??= this.#scheduler.schedule(() => {
      this.#later = undefined;
      this.#work();
    }, LOOK_AGAIN);
    return true;
  }
}

function overflow(what: string, limit: keyof PeerLimits): ProtocolError {
  return new ProtocolError('overflow', `more than ${what} wait for an answer (limits.${limit})`);
}
