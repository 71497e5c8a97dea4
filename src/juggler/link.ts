import { type Observable, Subscription } from 'rxjs';
import { ProtocolError, SerfError } from '../errors.ts';
import type { Deadlines } from '../rpc/deadlines.ts';
import { fairInterval } from '../rpc/fair-timer.ts';
import type { EndReason } from '../rpc/pending-calls.ts';
import type { Socket } from '../socket/socket.ts';
import { Actions, type ActionTable } from './actions.ts';
import type { Output } from './local-data.ts';
import { type MessageReceiver, PING_FRAME, PONG_FRAME, receive } from './messages.ts';
import type { JugglerSettings } from './options.ts';

/** What a {@link Link} tells of, and where its messages go. */
export interface LinkOwner {
  readonly settings: JugglerSettings;
  readonly table: () => ActionTable;
  opened(link: Link): void;
  data(patch: unknown): void;
  message(payload: unknown, size: number): void;
  /** It is over, on its own; without an error: the peer has closed. */
  ended(link: Link, error: unknown): void;
}

/** Data waits for a slow peer when this part of `sendBytes` is on its way. */
const DATA_SHARE = 1 / 4;

/** One connection's worth of conversation: a socket, the calls on it, and its signs of life. */
export class Link implements Output, MessageReceiver {
  readonly #socket: Socket<string>;
  readonly #owner: LinkOwner;
  readonly #activity = new Subscription();
  readonly #actions: Actions;
  /** What was sent before the connection was up, and how long it is. */
  #early: string[] = [];
  #earlySize = 0;
  #state: 'opening' | 'open' | 'closing' | 'over' = 'opening';
  /** Whether nothing has come since the last PING. */
  #asked = false;
  /** Whether the connection was ever up. */
  wasOpen = false;

  constructor(socket: Socket<string>, owner: LinkOwner, deadlines: Deadlines) {
    this.#socket = socket;
    this.#owner = owner;
    this.#actions = new Actions(owner.table, this, owner.settings, deadlines);
  }

  /** Connects. */
  open(): void {
    const { opened$ } = this.#socket;
    const socket = this.#socket.subscribe({
      next: (frame) => this.#receive(frame),
      error: (error) => this.#end(error),
      complete: () => this.#end(undefined),
    });
    this.#activity.add(socket);
    if (this.#over) return;
    if (opened$) this.#activity.add(opened$.subscribe(() => this.#opened()));
    else this.#opened();
  }

  /** Whether the connection is up. */
  get isOpen(): boolean {
    return this.#state === 'open';
  }

  /** Calls an action of the peer. */
  call(action: string, args: readonly unknown[]): Observable<unknown> {
    return this.#actions.call(action, args, (frame) => this.sendOwn(frame));
  }

  /**
   * Sends what our application has to say.
   *
   * @throws `SerfError` (`overflow`) when too much waits already
   */
  sendOwn(frame: string): void {
    const { sendBytes } = this.#owner.settings.limits;
    if (this.#buffered + frame.length > sendBytes && this.#buffered > 0) {
      throw new SerfError(
        'overflow',
        `${sendBytes} bytes (limits.sendBytes) wait already for a peer that reads too slowly`,
      );
    }
    this.#write(frame);
  }

  /** Sends what the peer has brought about; one that asks and does not read is disconnected. */
  send(frame: string): void {
    this.#write(frame);
    if (this.#state === 'open' && this.#buffered > this.#owner.settings.limits.sendBytes + frame.length)
      this.#fail(new ProtocolError('overflow', 'the peer asks for more than it reads'));
  }

  full(): boolean {
    return this.#buffered > this.#owner.settings.limits.sendBytes * DATA_SHARE;
  }

  data(patch: unknown): void {
    this.#owner.data(patch);
  }

  message(payload: unknown, size: number): void {
    if (!this.#actions.take(payload, size)) this.#owner.message(payload, size);
  }

  /** Whether a message that was kept is a call, now that there are actions; if so, it has been dealt with. */
  take(payload: unknown, size: number): boolean {
    return this.#actions.take(payload, size);
  }

  ping(): void {
    this.send(PONG_FRAME);
  }

  pong(): void {
    // That it came is all there is to it.
  }

  /** Sends what was written, and closes; `closed` is called when that is done, or after so many ms. */
  close(reason: EndReason, grace: number, closed: () => void): void {
    this.#actions.end(reason);
    if (this.#over) {
      closed();
      return;
    }
    const open = this.#state === 'open';
    this.#state = 'closing';
    if (!open) for (const frame of this.#early) this.#socket.next(frame);
    this.#activity.add(this.#owner.settings.scheduler.schedule(() => this.#stop(), grace));
    this.#activity.add(closed);
    this.#socket.complete();
  }

  /** Closes at once. */
  destroy(reason: EndReason): void {
    this.#actions.end(reason);
    this.#stop();
  }

  get #over(): boolean {
    return this.#state === 'over';
  }

  get #buffered(): number {
    return (this.#socket.bufferedAmount ?? 0) + this.#earlySize;
  }

  #opened(): void {
    if (this.#state !== 'opening') return;
    this.#state = 'open';
    this.wasOpen = true;
    for (const frame of this.#early) this.#socket.next(frame);
    this.#early = [];
    this.#earlySize = 0;
    const { ping, scheduler } = this.#owner.settings;
    const askAgain = () => {
      if (this.#asked)
        this.#fail(new ProtocolError('peer-timeout', `nothing came within ${ping} ms of a PING`));
      else {
        this.#asked = true;
        this.#write(PING_FRAME);
      }
    };
    if (ping > 0) this.#activity.add(fairInterval(ping, scheduler).subscribe(askAgain));
    this.#owner.opened(this);
  }

  #write(frame: string): void {
    if (this.#state === 'open') this.#socket.next(frame);
    else if (this.#state === 'opening') {
      this.#early.push(frame);
      this.#earlySize += frame.length;
    }
  }

  #receive(frame: string): void {
    if (this.#state === 'closing' || this.#over) return;
    // A peer may speak before the socket has told that it is up.
    this.#opened();
    this.#asked = false;
    try {
      receive(frame, this, this.#owner.settings.limits);
    } catch (cause) {
      // Whatever a peer can bring about ends its own connection at most.
      this.#fail(
        cause instanceof ProtocolError
          ? cause
          : new ProtocolError('unexpected-shape', 'a message came that cannot be dealt with', { cause }),
      );
    }
  }

  #fail(error: ProtocolError): void {
    if (!this.#over) this.#end(error);
  }

  #end(error: unknown): void {
    const closing = this.#state === 'closing';
    if (this.#over) return;
    const owner = this.#owner;
    this.#stopped();
    if (!closing) owner.ended(this, error);
    this.#activity.unsubscribe();
  }

  #stop(): void {
    this.#stopped();
    this.#activity.unsubscribe();
  }

  #stopped(): void {
    this.#state = 'over';
    this.#early = [];
    this.#earlySize = 0;
  }
}
