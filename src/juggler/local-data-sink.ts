import { type Observer, Subscription, type TeardownLogic } from 'rxjs';
import { reportUnhandled } from './actions.ts';

/**
 * An Observer and a Subscription in one, which RxJS therefore takes for a Subscriber: so it can end the subscription that it is
 * given to.
 */
export class LocalDataSink extends Subscription implements Observer<unknown> {
  readonly #set: (value: unknown) => void;
  readonly #sources: Subscription;

  /** @param sources that with which it ends, too */
  constructor(set: (value: unknown) => void, sources: Subscription) {
    super();
    this.#set = set;
    this.#sources = sources;
  }

  override add(teardown: TeardownLogic): void {
    this.#sources.add(this);
    super.add(teardown);
  }

  next(value: unknown): void {
    if (this.closed) return;
    try {
      this.#set(value);
    } catch (error) {
      // Thrown from here, it would disturb whoever else listens to the source.
      this.error(error);
    }
  }

  error(error: unknown): void {
    this.unsubscribe();
    reportUnhandled(error);
  }

  complete(): void {
    this.unsubscribe();
  }
}
