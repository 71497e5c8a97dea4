import { merge, Observable } from 'rxjs';
import type { Channel } from './call.ts';
import { SharedStream, type SharedStreamOptions } from './shared-stream.ts';
import type { SubscriberOptions } from './stream-subscriber.ts';

/** While closing, a stream is stopped at the first look, so many ms apart, at which it has been silent… */
const CLOSING_WINDOW = 100;
/** …or at the latest after so many looks. */
const CLOSING_LOOKS = 10;

/** The shared streams of one kind, by subject: opens one for the first subscriber, and closes them all. */
export class StreamRegistry<R, V> {
  readonly #options: SharedStreamOptions<R, V>;
  readonly #streams = new Map<string, SharedStream<R, V>>();

  constructor(options: SharedStreamOptions<R, V>) {
    this.#options = options;
  }

  get size(): number {
    return this.#streams.size;
  }

  /**
   * A subscriber of a subject's stream, which is opened where there is none.
   *
   * @param channel where it is opened
   * @param timeout how long the agent may take to accept it, in ms
   */
  subscribe(
    subject: string,
    options: SubscriberOptions<R, V>,
    channel: () => Channel,
    timeout: number,
  ): Observable<V> {
    return new Observable((subscriber) => {
      const stream = this.#streams.get(subject) ?? this.#open(subject, channel());
      stream.add(subscriber, options, timeout);
    });
  }

  #open(subject: string, channel: Channel): SharedStream<R, V> {
    const stream = new SharedStream(this.#options, subject, channel, this.#over);
    this.#streams.set(subject, stream);
    return stream;
  }

  readonly #over = (stream: SharedStream<R, V>): void => {
    if (this.#streams.get(stream.subject) === stream) this.#streams.delete(stream.subject);
  };

  /** Completes all subscribers, and completes when every stream has been stopped, in a quiet moment. */
  close(): Observable<never> {
    return merge(...[...this.#streams.values()].map((stream) => stream.close(CLOSING_WINDOW, CLOSING_LOOKS)));
  }
}
