import { type SchedulerLike, type Subscriber, Subscription } from 'rxjs';
import { ConnectionLostError } from '../../errors.ts';
import { afterReads } from '../../rpc/fair-timer.ts';
import type { PeerEvent } from '../events.ts';
import type { SendBuffer } from './send-buffer.ts';

/** How long a peer may take to close its half and to read what it was sent last when we have closed ours, in ms. */
const CLOSE_TIMEOUT = 1_000;
/** How often the send buffer is checked, in ms: no platform emits when it is empty. */
const POLL_INTERVAL = 10;

/**
 * Closes a connection: our half with what is left to send, then waits for the peer's. It is over when both halves are closed
 * and all is sent, or after a second.
 */
export class GracefulClose {
  readonly #subscriber: Subscriber<PeerEvent>;
  readonly #sendBuffer: SendBuffer;
  readonly #scheduler: SchedulerLike;
  readonly #stopWork: () => void;
  readonly #timers = new Subscription();
  /** Why our half is closed, once it is. */
  #ours: { readonly reason: unknown } | undefined;

  constructor(
    subscriber: Subscriber<PeerEvent>,
    sendBuffer: SendBuffer,
    scheduler: SchedulerLike,
    stopWork: () => void,
  ) {
    this.#subscriber = subscriber;
    this.#sendBuffer = sendBuffer;
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
    return this.#sendBuffer.peerClosed;
  }

  /** Stops the work and closes our half. */
  begin(reason: unknown): void {
    if (this.#ours) return;
    this.#ours = { reason };
    this.#ours = { reason: this.#afterWork(reason) };
    this.#sendBuffer.close(this.#ours.reason);
    this.#timers.add(afterReads(this.#scheduler, CLOSE_TIMEOUT, () => this.#end()));
    if (this.peerClosed) this.#endWhenSent();
  }

  /** Called when the peer has closed its half. */
  peerEnded(): void {
    this.#sendBuffer.peerEnded();
    if (this.#ours) this.#endWhenSent();
  }

  /** Called when the connection is lost. */
  lost(cause: unknown): void {
    this.#ours ??= { reason: this.#afterWork(connectionLost(cause)) };
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

  #endWhenSent(): void {
    if (this.#sendBuffer.empty) this.#end();
    else this.#timers.add(this.#scheduler.schedule(() => this.#endWhenSent(), POLL_INTERVAL));
  }

  #end(): void {
    const reason = this.#ours?.reason;
    if (reason === undefined) this.#subscriber.complete();
    else this.#subscriber.error(reason);
  }
}

function connectionLost(cause: unknown): ConnectionLostError {
  return new ConnectionLostError('lost the connection to the peer', { outcome: 'unknown', cause });
}
