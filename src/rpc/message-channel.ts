import { type SchedulerLike, Subscription } from 'rxjs';
import { ProtocolError, type RequestOutcome } from '../errors.ts';
import type { Socket, SocketData } from '../socket/socket.ts';

/** How long a peer may take to read what it was sent last and to close its half when we have closed ours, in ms. */
const CLOSING_TIME = 1_000;
/** How long what a peer asked for before it closed its half may take, in ms: it may be gone, which nobody can tell. */
const DRAINING_TIME = 10_000;
/** How often a peer that still reads is looked after, in ms: no platform tells when it has caught up. */
const LOOK_AGAIN = 10;

/** How messages travel on a socket of `T`: `In` is read, `Out` is sent. */
export interface MessageFramer<T, In, Out> {
  /** A message as it is sent. */
  encode(message: Out): T;
  /** Begins to read a connection. Returns what takes its data; what that throws ends the connection. */
  decoder(output: MessageOutput<In>): (data: T) => void;
}

/** Where a {@link MessageFramer} puts what it has read. */
export interface MessageOutput<In> {
  message(message: In): void;
  /** A message was left out, and reading goes on. */
  skipped(reason: Error): void;
}

/** What a {@link MessageChannel} tells. */
export interface ChannelListener<In> extends MessageOutput<In> {
  /** It begins to connect. */
  opening(): void;
  /** The connection is up. */
  opened(): void;
  /** The peer has closed its half: it can be sent to, and is to be closed once that is done. */
  peerClosed(): void;
  /** The connection is over, and why if it broke; once. */
  ended(cause: unknown): void;
}

/**
 * A socket of messages. `idle` until it is opened; `draining` when the peer has closed its half, `closing` when we have ours:
 * then what comes is ignored.
 */
export class MessageChannel<T extends SocketData, In, Out> {
  readonly #socket: Socket<T>;
  readonly #framer: MessageFramer<T, In, Out>;
  readonly #limit: number;
  readonly #scheduler: SchedulerLike;
  readonly #listener: ChannelListener<In>;
  readonly #subscription = new Subscription();
  #state: 'idle' | 'open' | 'draining' | 'closing' | 'ended' = 'idle';
  #peerClosed = false;
  #opened = false;
  /** The length of the last message for which there was room: it may be longer than the limit, and says nothing about how the peer reads. */
  #lastFit = 0;

  /** @param limit the most bytes that should wait for the peer to read them; twice as many, and one message, end the connection */
  constructor(
    socket: Socket<T>,
    framer: MessageFramer<T, In, Out>,
    limit: number,
    scheduler: SchedulerLike,
    listener: ChannelListener<In>,
  ) {
    this.#socket = socket;
    this.#framer = framer;
    this.#limit = limit;
    this.#scheduler = scheduler;
    this.#listener = listener;
  }

  /** Whether more waits for the peer to read it than should. */
  get full(): boolean {
    return (this.#socket.bufferedAmount ?? 0) > this.#limit;
  }

  /** What is known of what was sent, should the connection end now. */
  get outcome(): RequestOutcome {
    return this.#opened ? 'unknown' : 'not-sent';
  }

  /** Connects, unless that was done. */
  open(): void {
    if (this.#state !== 'idle') return;
    this.#state = 'open';
    this.#listener.opening();
    // What the peer asked for before it closed its half is still answered.
    if (this.#socket.allowHalfOpen === false) this.#socket.allowHalfOpen = true;
    const decode = this.#framer.decoder({
      message: (message) => {
        if (this.#state === 'open') this.#listener.message(message);
      },
      skipped: (reason) => {
        if (this.#state === 'open') this.#listener.skipped(reason);
      },
    });
    const { opened$ } = this.#socket;
    if (opened$) this.#subscription.add(opened$.subscribe(() => this.#up()));
    this.#subscription.add(
      this.#socket.subscribe({
        next: (data) => {
          if (this.#state !== 'open') return;
          try {
            decode(data);
          } catch (error) {
            this.fail(error);
          }
        },
        error: (error) => this.#broken(error),
        complete: () => this.#heardAll(),
      }),
    );
    if (!opened$) this.#up();
  }

  /** Sends a message while the connection is open. @throws what the framer throws */
  send(message: Out): void {
    if (this.#state !== 'open' && this.#state !== 'draining') return;
    const data = this.#framer.encode(message);
    const waiting = this.#socket.bufferedAmount ?? 0;
    if (waiting > 2 * this.#limit + this.#lastFit) {
      const problem = `the peer does not read: more than ${2 * this.#limit} bytes wait for it (limits.outbound)`;
      this.fail(new ProtocolError('overflow', problem));
      return;
    }
    if (waiting <= this.#limit) this.#lastFit = data.length;
    try {
      this.#socket.next(data);
    } catch (error) {
      this.fail(error);
    }
  }

  /** Sends what is left and closes. */
  close(): void {
    if (this.#state === 'closing' || this.#state === 'ended') return;
    const connected = this.#state !== 'idle';
    this.#state = 'closing';
    if (!connected) {
      this.#end(undefined);
      return;
    }
    this.#subscription.add(this.#scheduler.schedule(() => this.#end(undefined), CLOSING_TIME));
    this.#socket.complete();
    if (this.#peerClosed) this.#look();
  }

  /** Closes at once. */
  fail(cause: unknown): void {
    this.#end(cause);
  }

  #up(): void {
    if (this.#opened || this.#state === 'ended') return;
    this.#opened = true;
    this.#listener.opened();
  }

  #broken(error: unknown): void {
    // We have closed it, and the peer did not wait.
    this.#end(this.#state === 'closing' ? undefined : error);
  }

  #heardAll(): void {
    this.#peerClosed = true;
    if (this.#state === 'closing') this.#look();
    else if (this.#state === 'open') {
      if (!this.#socket.allowHalfOpen) this.#end(undefined);
      else {
        this.#state = 'draining';
        this.#subscription.add(this.#scheduler.schedule(() => this.close(), DRAINING_TIME));
        this.#listener.peerClosed();
      }
    }
  }

  /** Ends once all is sent. */
  #look(): void {
    if (this.#state === 'ended') return;
    if (!this.#socket.allowHalfOpen || (this.#socket.bufferedAmount ?? 0) === 0) this.#end(undefined);
    else this.#subscription.add(this.#scheduler.schedule(() => this.#look(), LOOK_AGAIN));
  }

  #end(cause: unknown): void {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    this.#subscription.unsubscribe();
    // One of which only our half is left is not closed by that.
    if (this.#peerClosed && this.#socket.allowHalfOpen) this.#socket.error(undefined);
    this.#listener.ended(cause);
  }
}
