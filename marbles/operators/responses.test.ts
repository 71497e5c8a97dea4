import { EMPTY, NEVER } from 'rxjs';
import { responses } from 'rxserf';
import { ack, response } from 'rxserf/testing';
import { describe } from 'vitest';
import { bug, marbles } from '../kit/index.ts';

const replies = {
  a: ack('n1'),
  b: ack('n2'),
  c: ack('n3'),
  r: response('n1', '0.1'),
  s: response('n2', '0.2'),
};

describe('responses()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '--a-b-r-c-s--|';
    const expected = '------r---s--|';

    expectObservable(cold(source, replies).pipe(responses())).toBe(expected, replies);
  });

  marbles('never, and empty', ({ cold, expectObservable }) => {
    const none = '    -a-|';
    const expected = '---|';

    expectObservable(NEVER.pipe(responses())).toBe('-');
    expectObservable(EMPTY.pipe(responses())).toBe('|');
    expectObservable(cold(none, replies).pipe(responses())).toBe(expected);
  });

  marbles('errors with its source', ({ cold, expectObservable }) => {
    const source = '  -r-#';
    const expected = '-r-#';

    expectObservable(cold(source, replies, bug).pipe(responses())).toBe(expected, replies, bug);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  -r---s---';
    const sub = '     ^--!     ';
    const expected = '-r--     ';

    const source$ = cold(source, replies);
    expectObservable(source$.pipe(responses()), sub).toBe(expected, replies);
    expectSubscriptions(source$.subscriptions).toBe(sub);
  });

  marbles('is the same for each subscription', ({ hot, expectObservable }) => {
    const source = '   -r-s-a-r----';
    const sub1 = '     ^---!       ';
    const sub2 = '     --^         ';
    const expected1 = '-r-s-       ';
    const expected2 = '---s---r----';

    const responses$ = hot(source, replies).pipe(responses());
    expectObservable(responses$, sub1).toBe(expected1, replies);
    expectObservable(responses$, sub2).toBe(expected2, replies);
  });
});
