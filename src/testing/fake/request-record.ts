import { defer, finalize, type Observable, Subject } from 'rxjs';
import { SerfTestError } from '../serf-test-error.ts';
import type { FakeRequest } from './requests.ts';

/** The record of a fake: the requests that were sent, the test's mistakes, and what is open. */
export class RequestRecord {
  readonly requests: FakeRequest[] = [];
  /** Emits each request when it is sent. */
  readonly sent$ = new Subject<FakeRequest>();
  /** The test's mistakes, such as an answer that was not set. */
  readonly mistakes: string[] = [];
  readonly #open = new Map<object, string>();

  sent(asked: FakeRequest): void {
    this.requests.push(asked);
    this.sent$.next(asked);
  }

  mistake(message: string): SerfTestError {
    this.mistakes.push(message);
    return new SerfTestError(message);
  }

  /** What is open besides requests. */
  get open(): readonly string[] {
    return [...this.#open.values()];
  }

  /** Lists `what` as open while the Observable is subscribed to. */
  watch<V>(what: () => string, values$: Observable<V>): Observable<V> {
    return defer(() => {
      const key = {};
      this.#open.set(key, what());
      return values$.pipe(finalize(() => this.#open.delete(key)));
    });
  }
}
