import type { Observable } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type AssertDeepEqual, assertEqual } from '../equality/assert-equal.ts';
import type { FakeCommand, FakeRequest } from '../fake/requests.ts';
import { SerfTestError } from '../serf-test-error.ts';
import type { Names, TimedNotification } from './diagram.ts';
import { requireLetters } from './diagram-letters.ts';

/** A request as a test expects it: what is not named here may be anything. */
export type ExpectedRequest = {
  [C in FakeCommand]: { readonly command: C } & Partial<FakeRequest<C>>;
}[FakeCommand];

/** The requests that were sent, with their times. */
export class ExpectedCommands {
  readonly #log: TimedNotification[] = [];
  #names: Names = [];
  #expected: readonly TimedNotification<ExpectedRequest>[] | undefined;
  #ending = false;

  constructor(sent$: Observable<FakeRequest>, now: () => number) {
    sent$.subscribe((value) => {
      if (this.#ending && value.command === 'stop') return;
      this.#log.push({ frame: now(), notification: { kind: 'N', value, error: undefined } as never });
    });
  }

  expect(marbles: string, requests: Readonly<Record<string, ExpectedRequest>>): void {
    requireLetters('expectCommands', marbles, requests);
    if (this.#expected)
      throw new SerfTestError('expectCommands was called twice: one diagram has all commands');
    this.#names = Object.entries(requests);
    const parsed = TestScheduler.parseMarbles(marbles, requests, undefined, false, true);
    if (parsed.some(({ notification }) => notification.kind !== 'N'))
      throw new SerfTestError(`expectCommands: commands have no end (${JSON.stringify(marbles)})`);
    this.#expected = parsed as TimedNotification<ExpectedRequest>[];
  }

  /** The story is at its end, and so are streams that no `!` ends: a diagram has no place for their stops. */
  ending(): void {
    this.#ending = true;
  }

  verify(assertDeepEqual: AssertDeepEqual | undefined): void {
    if (!this.#expected) return;
    const expected = this.#expected;
    const sent = this.#log.map((each, index) => named(each, expected[index]));
    if (assertDeepEqual) assertDeepEqual(sent, expected);
    else assertEqual(sent, expected, 'what was sent', this.#names);
  }
}

/** Of a request, what the expected one names; all of it where the two are not the same command. */
function named(sent: TimedNotification, expected: TimedNotification | undefined): TimedNotification {
  if (expected?.notification.kind !== 'N' || sent.notification.kind !== 'N') return sent;
  const wanted = expected.notification.value as FakeRequest;
  const request = sent.notification.value as FakeRequest;
  if (request.command !== wanted.command) return sent;
  const fields = Object.entries(request).filter(([key]) => Object.hasOwn(wanted, key));
  return { ...sent, notification: { ...sent.notification, value: Object.fromEntries(fields) } };
}
