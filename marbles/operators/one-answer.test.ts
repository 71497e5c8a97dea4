import { EMPTY, NEVER, take } from 'rxjs';
import { type Answer, NoRecipientError, oneAnswer, RequestTimeoutError } from 'rxserf';
import { describe } from 'vitest';
import { marbles } from '../kit/index.ts';

const late = new RequestTimeoutError('late', { timeout: 5 });
const gone = new NoRecipientError('gone');
const answers: Record<string, Answer<string | undefined>> = {
  a: { from: 'n1', value: 'A' },
  b: { from: 'n2', value: 'B' },
  e: { from: 'n3', error: late },
  g: { from: 'n4', error: gone },
  u: { from: 'n5', value: undefined },
};
const values = { v: 'A', w: 'B', u: undefined };

describe('oneAnswer()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --e-a---b--|';
    const expected = '----(v|)';

    expectObservable(cold(source, answers).pipe(oneAnswer())).toBe(expected, values);
  });

  marbles('unsubscribes from its source with it', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  -e-a-b-|';
    const taken = '   ^--!    ';
    const expected = '---(v|) ';

    const source$ = cold(source, answers);
    expectObservable(source$.pipe(oneAnswer())).toBe(expected, values);
    expectSubscriptions(source$.subscriptions).toBe(taken);
  });

  marbles('takes one of several at once, and no value as one', ({ cold, expectObservable }) => {
    const source = '  -(eba)-|';
    const expected = '-(w|)   ';
    const nothing = ' -u-a-|  ';
    const taken = '   -(u|)   ';

    expectObservable(cold(source, answers).pipe(oneAnswer())).toBe(expected, values);
    expectObservable(cold(nothing, answers).pipe(oneAnswer())).toBe(taken, values);
  });

  marbles('errors with the last error when there is no value', ({ cold, expectObservable }) => {
    const source = '  -e-g-|';
    const expected = '-----#';

    expectObservable(cold(source, answers).pipe(oneAnswer())).toBe(expected, {}, gone);
  });

  marbles('never, empty, and an error of the source', ({ cold, expectObservable }) => {
    const source = '  -e-#';
    const expected = '---#';

    expectObservable(NEVER.pipe(oneAnswer())).toBe('-');
    expectObservable(EMPTY.pipe(oneAnswer())).toBe('|');
    expectObservable(cold(source, answers, gone).pipe(oneAnswer())).toBe(expected, {}, gone);
  });

  marbles('early unsubscription, and again', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  --a-|';
    const sub = '     ^!   ';
    const again = '   ^-! ';

    const source$ = cold(source, answers);
    const answer$ = source$.pipe(oneAnswer());
    expectObservable(answer$, sub).toBe('--');
    expectObservable(answer$.pipe(take(1))).toBe('--(v|)', values);
    expectSubscriptions(source$.subscriptions).toBe([sub, again]);
  });
});
