import { EMPTY, NEVER } from 'rxjs';
import {
  type Answer,
  NoRecipientError,
  RequestTimeoutError,
  type SettledAnswers,
  settledAnswers,
} from 'rxserf';
import { describe } from 'vitest';
import { marbles } from '../kit/index.ts';

const error = new RequestTimeoutError('late', { timeout: 5 });
const answers: Record<string, Answer<string | undefined>> = {
  a: { from: 'n1', value: 'A' },
  b: { from: 'n2', value: 'B' },
  e: { from: 'n3', error },
  u: { from: 'n1', value: undefined },
};
const settled: Record<string, SettledAnswers<string | undefined>> = {
  s: {
    values: [
      { from: 'n1', value: 'A' },
      { from: 'n2', value: 'B' },
    ],
    errors: [{ from: 'n3', error }],
  },
  n: { values: [], errors: [] },
  u: {
    values: [
      { from: 'n1', value: undefined },
      { from: 'n1', value: 'A' },
    ],
    errors: [],
  },
};

describe('settledAnswers()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a-e---b--|    ';
    const expected = '-----------(s|)';

    expectObservable(cold(source, answers).pipe(settledAnswers())).toBe(expected, settled);
  });

  marbles('several of one notifier, and no value as one', ({ cold, expectObservable }) => {
    const source = '  -(ua)-----|  ';
    const expected = '----------(u|)';

    expectObservable(cold(source, answers).pipe(settledAnswers())).toBe(expected, settled);
  });

  marbles('never, empty, and an error of the source', ({ cold, expectObservable }) => {
    const nobody = new NoRecipientError('nobody');
    const source = '  -a-#';
    const expected = '---#';

    expectObservable(NEVER.pipe(settledAnswers())).toBe('-');
    expectObservable(EMPTY.pipe(settledAnswers())).toBe('(n|)', settled);
    expectObservable(cold(source, answers, nobody).pipe(settledAnswers())).toBe(expected, {}, nobody);
  });

  marbles('early unsubscription, and again', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  -u-a-|';
    const sub = '     ^-!   ';
    const again = '   ^----!';

    const source$ = cold(source, answers);
    const answers$ = source$.pipe(settledAnswers());
    expectObservable(answers$, sub).toBe('---');
    expectObservable(answers$).toBe('-----(u|)', settled);
    expectSubscriptions(source$.subscriptions).toBe([sub, again]);
  });
});
