import { EMPTY, NEVER } from 'rxjs';
import { acks } from 'rxserf';
import { ack, response } from 'rxserf/testing';
import { describe } from 'vitest';
import { bug, marbles } from '../kit/index.ts';

const replies = { a: ack('n1'), b: ack('n2'), c: ack('n3'), r: response('n1'), s: response('n2') };

describe('acks()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '--a-b-r-c-s--|';
    const expected = '--a-b---c----|';

    expectObservable(cold(source, replies).pipe(acks())).toBe(expected, replies);
  });

  marbles('never, and empty', ({ cold, expectObservable }) => {
    const none = '    -r-|';
    const expected = '---|';

    expectObservable(NEVER.pipe(acks())).toBe('-');
    expectObservable(EMPTY.pipe(acks())).toBe('|');
    expectObservable(cold(none, replies).pipe(acks())).toBe(expected);
  });

  marbles('errors with its source', ({ cold, expectObservable }) => {
    const source = '  -a-#';
    const expected = '-a-#';

    expectObservable(cold(source, replies, bug).pipe(acks())).toBe(expected, replies, bug);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  -a---b---';
    const sub = '     ^--!     ';
    const expected = '-a--     ';

    const source$ = cold(source, replies);
    expectObservable(source$.pipe(acks()), sub).toBe(expected, replies);
    expectSubscriptions(source$.subscriptions).toBe(sub);
  });

  marbles('is the same for each subscription', ({ hot, expectObservable }) => {
    const source = '   -a-b-r-a----';
    const sub1 = '     ^---!       ';
    const sub2 = '     --^         ';
    const expected1 = '-a-b-       ';
    const expected2 = '---b---a----';

    const acks$ = hot(source, replies).pipe(acks());
    expectObservable(acks$, sub1).toBe(expected1, replies);
    expectObservable(acks$, sub2).toBe(expected2, replies);
  });
});
