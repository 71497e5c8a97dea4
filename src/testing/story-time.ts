import { Observable, Subscription } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { type AssertDeepEqual, assertEqual } from './assert-equal.ts';
import { isTable, parseLetters, requireLetters } from './diagram-letters.ts';

/** A story's virtual time: as long as its diagrams and a while more, so that it ends though a timer may go on for ever. */
export class StoryTime {
  readonly scheduler: TestScheduler;
  readonly #horizon: number;
  /** What letters stand for in what is expected, and then in what happens. */
  readonly #names: [string, unknown][] = [];
  /** What `expectObservable` has subscribed to. */
  readonly #expectations = new Subscription();
  /** The last that a diagram says, in ms. */
  #last = 0;

  constructor(assertDeepEqual: AssertDeepEqual | undefined, horizon: number) {
    const show: AssertDeepEqual = (actual, expected) =>
      assertEqual(actual, expected, 'what was observed', this.#names);
    this.scheduler = new TestScheduler(assertDeepEqual ?? show);
    this.#horizon = horizon;
  }

  /** RxJS's helpers, that tell what their diagrams say. */
  watch(helpers: RunHelpers): RunHelpers {
    return {
      ...helpers,
      hot: (marbles, values, error) => helpers.hot(this.#named('hot', marbles, values), values, error),
      cold: (marbles, values, error) => helpers.cold(this.#named('cold', marbles, values), values, error),
      expectObservable: (observable, marbles) => {
        const { unsubscribedFrame: end } = TestScheduler.parseMarblesAsSubscriptions(marbles ?? null, true);
        if (Number.isFinite(end)) this.#last = Math.max(this.#last, end);
        const expectation = helpers.expectObservable(this.#ending(observable), marbles);
        return {
          ...expectation,
          toBe: (expected, values, error) => {
            // The expectation's own names are the first choice for what is drawn.
            if (isTable(values)) this.#names.unshift(...Object.entries(values));
            expectation.toBe(this.#until('toBe', expected, values), values, error);
          },
        };
      },
      flush: () => {
        this.scheduler.maxFrames = this.#last + this.#horizon;
        helpers.flush();
      },
    };
  }

  /** Whatever the test itself has subscribed to ends, and what that leads to happens. */
  end(helpers: RunHelpers): void {
    this.#expectations.unsubscribe();
    this.#last += this.#horizon;
    helpers.flush();
  }

  #named(what: string, marbles: string, values: unknown): string {
    if (isTable(values)) this.#names.push(...Object.entries(values));
    return this.#until(what, marbles, values);
  }

  #until(what: string, marbles: string, values: unknown): string {
    if (isTable(values)) requireLetters(what, marbles, values);
    const last = parseLetters(marbles).at(-1)?.frame ?? 0;
    this.#last = Math.max(this.#last, last);
    return marbles;
  }

  #ending<T>(observable: Observable<T>): Observable<T> {
    return new Observable((subscriber) => {
      this.#expectations.add(subscriber);
      return observable.subscribe(subscriber);
    });
  }
}
