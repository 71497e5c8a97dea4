import type { Subscriber } from 'rxjs';
import { RequestTimeoutError, SerfError } from '../../errors.ts';
import type { Deadlines, Expiring } from '../../rpc/deadlines.ts';

/** How long something may wait, and what it is called when that was too long. */
export interface Patience {
  readonly name: string;
  /** In ms. */
  readonly timeout: number;
  /** By the clock of the deadlines; `Infinity`: for ever. */
  readonly deadline: number;
}

/** Holds back what is to be sent until the others are known, in its order. */
export class ReadyQueue {
  readonly #limit: number;
  readonly #deadlines: Deadlines;
  #waiting: Waiting[] = [];
  #ready = false;
  #end: SerfError | undefined;

  /** @param limit how many may wait; one more errors with `overflow` */
  constructor(limit: number, deadlines: Deadlines) {
    this.#limit = limit;
    this.#deadlines = deadlines;
  }

  /** Whether the others are known, and nothing has to wait. */
  get isReady(): boolean {
    return this.#ready && !this.#end;
  }

  /**
   * Acts when it is time, unless the subscriber has gone; after the end, the subscriber errors.
   *
   * @param patience when the subscriber errors with `RequestTimeoutError` @defaultValue never
   */
  run(subscriber: Subscriber<unknown>, act: () => void, patience?: Patience): void {
    if (this.#end) subscriber.error(this.#end);
    else if (this.#ready) act();
    else {
      if (this.#waiting.length >= this.#limit)
        this.#waiting = this.#waiting.filter((each) => !each.subscriber.closed);
      if (this.#waiting.length < this.#limit) this.#wait(subscriber, act, patience);
      else
        subscriber.error(new SerfError('overflow', `${this.#limit} wait already until the others are known`));
    }
  }

  release(): void {
    if (this.#ready || this.#end) return;
    this.#ready = true;
    for (const { subscriber, act } of this.#take()) if (!subscriber.closed) act();
  }

  end(error: SerfError): void {
    this.#end ??= error;
    for (const { subscriber } of this.#take()) subscriber.error(error);
  }

  #wait(subscriber: Subscriber<unknown>, act: () => void, patience: Patience | undefined): void {
    const waiting = new Waiting(subscriber, act, patience);
    this.#waiting.push(waiting);
    if (waiting.deadline === Number.POSITIVE_INFINITY) return;
    this.#deadlines.add(waiting);
    subscriber.add(() => this.#deadlines.delete(waiting));
  }

  #take(): readonly Waiting[] {
    const waiting = this.#waiting;
    this.#waiting = [];
    // From now on, whoever acts has deadlines of its own.
    for (const each of waiting) this.#deadlines.delete(each);
    return waiting;
  }
}

class Waiting implements Expiring {
  readonly subscriber: Subscriber<unknown>;
  readonly act: () => void;
  readonly #patience: Patience | undefined;
  sooner: Expiring | undefined;
  later: Expiring | undefined;

  constructor(subscriber: Subscriber<unknown>, act: () => void, patience: Patience | undefined) {
    this.subscriber = subscriber;
    this.act = act;
    this.#patience = patience;
  }

  get deadline(): number {
    return this.#patience?.deadline ?? Number.POSITIVE_INFINITY;
  }

  expire(): void {
    if (!this.#patience) return;
    const { name, timeout } = this.#patience;
    const message = `${name}: within ${timeout} ms it was not known who could answer`;
    this.subscriber.error(new RequestTimeoutError(message, { command: name, timeout }));
  }
}
