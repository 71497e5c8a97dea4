import { type SchedulerLike, type Subscriber, Subscription } from 'rxjs';
import { ConnectionLostError } from '../../errors.ts';
import type { PeerEvent } from '../peer-event.ts';
import type { Outbox } from './send-buffer.ts';

/** How long a peer may take to close its half and to read what it was sent last when we have closed ours, in ms. */
const CLOSING_TIME = 1_000;
/** How often a peer that still reads is looked after, in ms: no platform tells when it has caught up. */
const LOOK_AGAIN = 10;

/** The end of a peer. A connection has two halves: it is over when both are closed and all is sent, or after a second. */
export class Ending {
  readonly #subscriber: Subscriber<PeerEvent>;
  readonly #outbox: Outbox;
  readonly #scheduler: SchedulerLike;
  readonly #stopWork: () => void;
  readonly #timers = new Subscription();
  /** Why our half is closed, once it is. */
  #ours: { readonly reason: unknown } | undefined;

  constructor(
    subscriber: Subscriber<PeerEvent>,
    outbox: Outbox,
    scheduler: SchedulerLike,
    stopWork: () => void,
  ) {
    this.#subscriber = subscriber;
    this.#outbox = outbox;
    this.#scheduler = scheduler;
    this.#stopWork = stopWork;
    subscriber.add(this.#timers);
  }

  /** Whether our half is closed. */
  get begun(): boolean {
    return this.#ours !== undefined;
  }

  /** Whether the peer's is. */
  get peerClosed(): boolean {
    return this.#outbox.peerClosed;
  }

  /** Stops the work and closes our half. */
  begin(reason: unknown): void {
    if (this.#ours) return;
    this.#ours = { reason };
    this.#ours = { reason: this.#afterWork(reason) };
    this.#outbox.close();
    this.#timers.add(this.#scheduler.schedule(() => this.#end(), CLOSING_TIME));
    if (this.peerClosed) this.#look();
  }

  /** The peer has closed its half. */
  heardAll(): void {
    this.#outbox.heardAll();
    if (this.#ours) this.#look();
  }

  /** The connection is gone. */
  broken(cause: unknown): void {
    this.#ours ??= { reason: this.#afterWork(lost(cause)) };
    this.#end();
  }

  /** A Serf that throws when it is unsubscribed from ends the peer, and not the process. Returns why the peer ends. */
  #afterWork(reason: unknown): unknown {
    try {
      this.#stopWork();
    } catch (error) {
      return reason ?? error;
    }
    return reason;
  }

  #look(): void {
    if (this.#outbox.empty) this.#end();
    else this.#timers.add(this.#scheduler.schedule(() => this.#look(), LOOK_AGAIN));
  }

  #end(): void {
    const reason = this.#ours?.reason;
    if (reason === undefined) this.#subscriber.complete();
    else this.#subscriber.error(reason);
  }
}

function lost(cause: unknown): ConnectionLostError {
  return new ConnectionLostError('lost the connection to the peer', { outcome: 'unknown', cause });
}
