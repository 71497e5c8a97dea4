import { Observable, type Subscriber } from 'rxjs';
import { SerfError } from '../errors.ts';

/** Bounds on what is kept. */
export interface MessageQueueOptions {
  /** How many messages. */
  readonly count: number;
  /** And how long their frames may be altogether, in characters. */
  readonly size: number;
}

interface Kept {
  readonly message: unknown;
  readonly size: number;
}

/**
 * Messages, to whoever is subscribed; while nobody is, they are kept, and go to the next subscriber, in order. So a reader that
 * takes one at a time misses none. What is more than there is room for ends it with `overflow` for whoever comes next.
 */
export class MessageQueue {
  readonly #options: MessageQueueOptions;
  readonly #subscribers = new Set<Subscriber<unknown>>();
  #kept: Kept[] = [];
  #size = 0;
  #end: { readonly error?: unknown } | undefined;

  readonly messages$ = new Observable<unknown>((subscriber) => {
    this.#subscribers.add(subscriber);
    // Not returned: one that takes a single message leaves before this ends.
    subscriber.add(() => this.#subscribers.delete(subscriber));
    this.#drain();
    if (this.#end && this.#kept.length === 0) this.#finish(subscriber, this.#end);
  });

  constructor(options: MessageQueueOptions) {
    this.#options = options;
  }

  next(message: unknown, size: number): void {
    if (this.#end) return;
    if (this.#subscribers.size > 0 && this.#kept.length === 0) {
      this.#tell(message);
      return;
    }
    const { count, size: room } = this.#options;
    if (count === 0) return;
    this.#kept.push({ message, size });
    this.#size += size;
    if (this.#kept.length <= count && this.#size <= room) return;
    this.#kept = [];
    this.end({
      error: new SerfError(
        'overflow',
        `more than ${count} messages, or ${room} characters, came while nobody was subscribed to messages$: subscribe sooner, or set buffer to 0 to do without them`,
      ),
    });
  }

  /** Takes out of what is kept all for which `take` returns true. */
  sift(take: (message: unknown, size: number) => boolean): void {
    const kept = this.#kept;
    this.#kept = [];
    this.#size = 0;
    for (const each of kept) {
      if (take(each.message, each.size)) continue;
      this.#kept.push(each);
      this.#size += each.size;
    }
  }

  /** No more messages; what is kept can still be taken. */
  end(end: { readonly error?: unknown } = {}): void {
    if (this.#end) return;
    this.#end = end;
    for (const subscriber of [...this.#subscribers]) this.#finish(subscriber, end);
  }

  #drain(): void {
    // One that takes what it wants and leaves, leaves the rest.
    while (this.#kept.length > 0 && this.#subscribers.size > 0) {
      const { message, size } = this.#kept.shift() as Kept;
      this.#size -= size;
      this.#tell(message);
    }
  }

  #tell(message: unknown): void {
    for (const subscriber of [...this.#subscribers]) subscriber.next(message);
  }

  #finish(subscriber: Subscriber<unknown>, end: { readonly error?: unknown }): void {
    if ('error' in end) subscriber.error(end.error);
    else subscriber.complete();
  }
}
