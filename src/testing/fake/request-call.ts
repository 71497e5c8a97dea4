import { map, type Observable, Subscription, take, throwIfEmpty } from 'rxjs';
import { ClosedError } from '../../errors.ts';
import type { SerfTestError } from '../serf-test-error.ts';
import { FakeCall } from './fake-call.ts';
import { type FakeReplyKey, kindOf } from './replies.ts';
import { describe } from './requests.ts';

/** A call with a single answer, or a query with several. */
export class RequestCall<V = unknown> extends FakeCall<V> {
  /** The answer where the test sets none. */
  fallback: (() => Observable<unknown>) | undefined;
  #answer = Subscription.EMPTY;

  get #single(): boolean {
    return this.spec.records === 'none';
  }

  /** The time of a query that was sent is the agent's. */
  get isWaiting(): boolean {
    return this.#single || !this.sent;
  }

  answer(): void {
    const answer$ = this.agent.answerTo(this.request, this.fallback);
    const answers$ = this.#single
      ? answer$.pipe(
          take(1),
          throwIfEmpty(() => this.#unanswered()),
        )
      : answer$;
    this.#answer = new Subscription();
    this.subscriber.add(this.#answer);
    this.#answer.add(
      (kindOf(this.request.command as FakeReplyKey) === 'ok'
        ? answers$.pipe(map(() => undefined))
        : answers$
      ).subscribe({
        next: (value) => {
          if (this.#single) this.settle(value as V);
          else this.subscriber.next(value as V);
        },
        error: (error) => this.fail(error),
        complete: () => this.complete(),
      }),
    );
  }

  interrupted(): void {
    this.#answer.unsubscribe();
  }

  close(): void {
    this.fail(new ClosedError());
  }

  #unanswered(): SerfTestError {
    return this.agent.ledger.mistake(`the answer to ${describe(this.request)} completes without a value`);
  }
}
