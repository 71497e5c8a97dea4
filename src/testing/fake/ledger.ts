import { defer, finalize, type Observable, Subject } from 'rxjs';
import { SerfTestError } from '../serf-test-error.ts';
import type { FakeRequest } from './requests.ts';

/** What a test can ask about afterwards: what was sent, what went wrong, what is open. */
export class Ledger {
  readonly requests: FakeRequest[] = [];
  /** What was asked, when it is sent. */
  readonly sent$ = new Subject<FakeRequest>();
  /** What the test forgot or got wrong. */
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

  /** Is open as `what` while it is subscribed to. */
  watch<V>(what: () => string, values$: Observable<V>): Observable<V> {
    return defer(() => {
      const key = {};
      this.#open.set(key, what());
      return values$.pipe(finalize(() => this.#open.delete(key)));
    });
  }
}
