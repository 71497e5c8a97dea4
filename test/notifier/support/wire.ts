import { Observable, type Subscriber } from 'rxjs';
import type { Socket } from 'rxserf/socket';

/** A connection between two notifiers, with what can happen to one. */
export class Wire {
  readonly from: string;
  readonly to: string;
  readonly ends: WireEnd[] = [];
  /** Bytes are taken and do not arrive: one side is frozen, or unplugged. */
  silent = false;
  /** What each side is told that it has not been read yet. */
  buffered: number | undefined;
  /** A write fails before anything is sent. */
  broken = false;

  constructor(from: string, to: string) {
    this.from = from;
    this.to = to;
  }

  get isOpen(): boolean {
    return this.ends.some(({ isOpen }) => isOpen);
  }

  /** Resets the connection. */
  cut(): void {
    for (const end of this.ends) end.reset();
  }
}

/** One end of a wire. */
export class WireEnd extends Observable<Uint8Array> implements Socket {
  readonly #wire: Wire;
  readonly #inner: Socket;
  #subscriber: Subscriber<Uint8Array> | undefined;
  readonly opened$: Observable<void>;
  isOpen = false;
  /** How many bytes it has sent. */
  sent = 0;

  constructor(wire: Wire, inner: Socket) {
    super((subscriber) => {
      this.isOpen = true;
      this.#subscriber = subscriber;
      subscriber.add(() => {
        this.isOpen = false;
      });
      return inner.subscribe(subscriber);
    });
    this.#wire = wire;
    this.#inner = inner;
    this.opened$ = inner.opened$ as Observable<void>;
    wire.ends.push(this);
  }

  get allowHalfOpen(): boolean {
    return this.#inner.allowHalfOpen ?? false;
  }

  set allowHalfOpen(allowed: boolean) {
    this.#inner.allowHalfOpen = allowed;
  }

  get bufferedAmount(): number {
    return this.#wire.buffered ?? this.#inner.bufferedAmount ?? 0;
  }

  next(data: Uint8Array): void {
    if (this.#wire.broken) throw new Error('write EPIPE');
    this.sent += data.length;
    if (!this.#wire.silent) this.#inner.next(data);
  }

  complete(): void {
    if (!this.#wire.silent) this.#inner.complete();
  }

  error(error?: unknown): void {
    this.#inner.error(error);
  }

  reset(): void {
    this.#subscriber?.error(Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' }));
  }
}
