import type { Subscriber } from 'rxjs';
import { SerfError } from '../../errors.ts';

/** Holds back what is to be sent until the others are known, in its order. */
export class ReadyQueue {
  readonly #limit: number;
  #waiting: { readonly subscriber: Subscriber<unknown>; readonly act: () => void }[] = [];
  #ready = false;
  #end: SerfError | undefined;

  /** @param limit how many may wait; one more errors with `overflow` */
  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Acts when it is time, unless the subscriber has gone; after the end, the subscriber errors. */
  run(subscriber: Subscriber<unknown>, act: () => void): void {
    if (this.#end) subscriber.error(this.#end);
    else if (this.#ready) act();
    else {
      if (this.#waiting.length >= this.#limit)
        this.#waiting = this.#waiting.filter((each) => !each.subscriber.closed);
      if (this.#waiting.length < this.#limit) this.#waiting.push({ subscriber, act });
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

  #take() {
    const waiting = this.#waiting;
    this.#waiting = [];
    return waiting;
  }
}
