import { Observable, Subscription } from 'rxjs';
import { type RunHelpers, TestScheduler } from 'rxjs/testing';
import { type AssertDeepEqual, assertEqual } from '../equality/assert-equal.ts';
import { isTable, lengthOf, requireLetters } from './diagram-letters.ts';
import { Expectations } from './expectations.ts';

/** A story's virtual time: as long as its diagrams and a while more, so that it ends though a timer may go on for ever. */
export class StoryTime {
  readonly scheduler: TestScheduler;
  readonly #horizon: number;
  /** What letters stand for in what is expected, and then in what happens. */
  readonly #names: [string, unknown][] = [];
  readonly #expectations = new Expectations();
  /** What `expectObservable` has subscribed to. */
  readonly #observed = new Subscription();
  /** Where the longest diagram ends, in ms. */
  #end = 0;
  /** When the last is expected to be sent, in ms. */
  #lastSent = 0;

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
      expectObservable: (observable, marbles) => this.#expectObservable(helpers, observable, marbles),
      expectSubscriptions: (log) =>
        this.#expectations.add('expectSubscriptions', helpers.expectSubscriptions(log)),
      flush: () => {
        this.scheduler.maxFrames = Math.max(this.#end, this.#lastSent) + this.#horizon;
        helpers.flush();
      },
    };
  }

  /** Something is expected to be sent then. It is waited for; but when it is sent is not for this to say. */
  expectSent(frame: number): void {
    this.#lastSent = frame;
  }

  /**
   * Whatever the test itself has subscribed to ends, where the longest diagram does or later if something went on; and what
   * that leads to happens.
   */
  end(): void {
    const { scheduler } = this;
    scheduler.frame = Math.max(scheduler.frame, this.#end);
    this.#observed.unsubscribe();
    scheduler.flush();
  }

  /** @throws {@link SerfTestError} where an expectation was never told what to be */
  verify(): void {
    this.#expectations.verify();
  }

  #expectObservable<T>(helpers: RunHelpers, observable: Observable<T>, marbles: string | null = null) {
    const { subscribedFrame, unsubscribedFrame } = TestScheduler.parseMarblesAsSubscriptions(marbles, true);
    this.#reach(subscribedFrame);
    this.#reach(unsubscribedFrame);
    const expectation = helpers.expectObservable(this.#ending(observable), marbles);
    return this.#expectations.add('expectObservable', {
      toBe: (expected: string, values?: unknown, error?: unknown) => {
        // The expectation's own names are the first choice for what is drawn.
        if (isTable(values)) this.#names.unshift(...Object.entries(values));
        expectation.toBe(this.#until('toBe', expected, values), values, error);
      },
      toEqual: (other: Observable<T>) => expectation.toEqual(this.#ending(other)),
    });
  }

  #named(what: string, marbles: string, values: unknown): string {
    if (isTable(values)) this.#names.push(...Object.entries(values));
    return this.#until(what, marbles, values);
  }

  #until(what: string, marbles: string, values: unknown): string {
    if (isTable(values)) requireLetters(what, marbles, values);
    this.#reach(lengthOf(marbles));
    return marbles;
  }

  #reach(frame: number): void {
    if (Number.isFinite(frame)) this.#end = Math.max(this.#end, frame);
  }

  #ending<T>(observable: Observable<T>): Observable<T> {
    return new Observable((subscriber) => {
      this.#observed.add(subscriber);
      return observable.subscribe(subscriber);
    });
  }
}
