import type { SchedulerLike, Subscription } from 'rxjs';
import { ProtocolError } from '../../errors.ts';
import type { Frame } from '../../protocol/frames.ts';
import type { WireValue } from '../../protocol/wire.ts';
import type { PeerLimits } from '../options.ts';
import type { Turn, Turns } from './turns.ts';

/** How often a peer that reads too slowly is checked, in ms: no platform emits when it has caught up. */
const POLL_INTERVAL = 10;
/** What a value takes in memory beyond its bytes, in bytes, about: an empty map is one byte on the wire. */
const PER_VALUE = 48;

/** What the queue needs of the peer that it is for. */
export interface RequestSource {
  /** Takes bytes that have come. */
  push(bytes: Uint8Array): void;
  /** The next request that has come whole. */
  next(): Frame | undefined;
  /** Whether there are bytes behind the last request that was read. */
  hasUnread(): boolean;
  /** Begins a request; `done` is called when it is over, within the call or later. */
  begin(request: Frame): void;
  /** How many requests may be under way at a time. */
  concurrency(): number;
  /** Whether requests are read that have to wait: not those of a peer that is not accepted. */
  readsAhead(): boolean;
  /** Whether no request may be begun for now, as its answer would find no room. */
  full(): boolean;
  /** How many bytes may wait unread. */
  unreadBytes(): number;
  /** Stops the socket from reading, where it can, or has it go on. */
  pause(paused: boolean): void;
  /** Called when there is nothing left to do for now. */
  idle(): void;
  /** Called with what `next` or a limit throws. */
  error(error: unknown): void;
}

/**
 * The requests of a peer: begun in their order, one at a time, as an agent does (with `concurrency` so many), in turns.
 * Those that are read wait here: `limits.requests` and `limits.requestBytes` bound them. Those that are not read yet
 * wait as bytes, in the decoder, and when the socket can be paused, with the peer.
 */
export class RequestQueue {
  readonly #source: RequestSource;
  readonly #limits: PeerLimits;
  readonly #scheduler: SchedulerLike;
  readonly #turn: Turn;
  readonly #waiting: { readonly request: Frame; readonly size: number }[] = [];
  /** Where the first of them is: what is before it has been begun. */
  #first = 0;
  /** The sizes of those that wait, in bytes. */
  #size = 0;
  /** The bytes that have come since the last request, which is whole with them. */
  #fresh = 0;
  #active = 0;
  #working = false;
  #paused = false;
  #stopped = false;
  #isNew = true;
  /** The next turn, or the next look at a peer that reads too slowly. */
  #later: Subscription | undefined;
  #yields = false;

  constructor(source: RequestSource, limits: PeerLimits, scheduler: SchedulerLike, turns: Turns) {
    this.#source = source;
    this.#limits = limits;
    this.#scheduler = scheduler;
    this.#turn = turns.join();
  }

  /** Whether a request is under way. */
  get busy(): boolean {
    return this.#active > 0;
  }

  /** Whether there is nothing to do. */
  get idle(): boolean {
    return this.#active === 0 && this.#count === 0 && !this.#yields;
  }

  /** Whether what was read last is not begun next. */
  get #hasToWait(): boolean {
    return this.#active > 0 || this.#count > 1;
  }

  /** Whether there is more than what is under way. */
  get #presses(): boolean {
    return this.#count > 0 || this.#source.hasUnread();
  }

  get #count(): number {
    return this.#waiting.length - this.#first;
  }

  /** Called when bytes have come. */
  received(bytes: Uint8Array): void {
    if (this.#stopped) return;
    if (!this.#working) this.#turn.start();
    try {
      this.#source.push(bytes);
    } catch (error) {
      this.#source.error(error);
      return;
    }
    this.#fresh += bytes.length;
    if (this.#isNew) this.#await(this.#turn.begin(() => this.#resume()));
    this.#isNew = false;
    const reads = !this.#yields && this.#readsOn();
    if (!reads && this.#fresh > this.#source.unreadBytes()) {
      this.#source.error(overflow(`${this.#limits.requestBytes} bytes of requests`, 'requestBytes'));
      return;
    }
    this.#work();
  }

  /** Called when a request that was begun is over. */
  done(): void {
    this.#active--;
    if (!this.#working) this.#turn.chargeLater();
    this.#work();
  }

  /** Begins no request any more, and forgets those that wait. */
  stop(): void {
    this.#stopped = true;
    this.#yields = false;
    this.#size = 0;
    this.#later?.unsubscribe();
    if (this.#working) this.#turn.charge();
    this.#turn.leave(this.#presses);
    this.#waiting.length = 0;
    this.#first = 0;
    // The peer's end is to be read.
    this.#pause(false);
  }

  /** A loop, and not a call per request: thousands of them may wait, each of which is over at once. */
  #work(): void {
    if (this.#working || this.#yields || this.#stopped) return;
    this.#working = true;
    let charged = false;
    try {
      while (!this.#stopped) {
        if (this.#turn.over && this.#presses) {
          this.#await(this.#turn.yield(() => this.#resume()));
          break;
        }
        if (!this.#begin()) {
          if (!this.#read()) break;
          // What is begun next is charged with that.
          if (!this.#hasToWait) continue;
        }
        this.#turn.charge();
        charged = true;
      }
    } catch (error) {
      this.#source.error(error);
    } finally {
      this.#working = false;
    }
    if (this.#stopped) return;
    if (!charged) this.#turn.charge();
    this.#pause(this.#yields || !this.#readsOn());
    if (!this.idle) return;
    if (!this.#presses) this.#turn.pause();
    this.#source.idle();
  }

  /** Begins the next request, if it may be. */
  #begin(): boolean {
    if (this.#count === 0 || this.#active >= this.#source.concurrency() || this.#waitsForRoom()) return false;
    const { request, size } = this.#waiting[this.#first++] as { request: Frame; size: number };
    // Not by `shift` each time, which takes as long as the queue is.
    if (this.#first === this.#waiting.length || this.#first === 1_024) {
      this.#waiting.splice(0, this.#first);
      this.#first = 0;
    }
    this.#size -= size;
    this.#active++;
    this.#turn.begun();
    this.#source.begin(request);
    return true;
  }

  /** Reads the next request, if it has come. */
  #read(): boolean {
    if (!this.#readsOn()) return false;
    const request = this.#source.next();
    if (!request) return false;
    const waits = this.#count > 0 || this.#active >= this.#source.concurrency() || this.#source.full();
    const size = this.#fresh + (waits ? PER_VALUE * valuesIn(request.body) : 0);
    this.#waiting.push({ request, size });
    this.#size += size;
    this.#fresh = 0;
    if (!waits) return true;
    const { requests, requestBytes } = this.#limits;
    if (this.#count > requests) throw overflow(`${requests} requests`, 'requests');
    if (this.#size > requestBytes) throw overflow(`${requestBytes} bytes of requests`, 'requestBytes');
    return true;
  }

  #readsOn(): boolean {
    return this.#active === 0 || this.#source.readsAhead();
  }

  #pause(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    this.#source.pause(paused);
  }

  /** Does nothing until a turn begins, if one is waited for. */
  #await(turn: Subscription | undefined): void {
    if (!turn) return;
    this.#yields = true;
    this.#later?.unsubscribe();
    this.#later = turn;
    this.#pause(true);
  }

  #resume(): void {
    this.#later = undefined;
    this.#yields = false;
    this.#turn.start();
    this.#work();
  }

  #waitsForRoom(): boolean {
    if (!this.#source.full()) return false;
    this.#later ??= this.#scheduler.schedule(() => this.#resume(), POLL_INTERVAL);
    return true;
  }
}

function overflow(what: string, limit: keyof PeerLimits): ProtocolError {
  return new ProtocolError('overflow', `more than ${what} wait for an answer (limits.${limit})`);
}

/** How many MessagePack values a value is: itself and, of a map or a list, all that is in it, keys too. */
function valuesIn(value: WireValue | undefined): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1;
  let count = 1;
  if (Array.isArray(value)) for (const item of value) count += valuesIn(item);
  else for (const key in value) count += 1 + valuesIn(value[key]);
  return count;
}
