import { EMPTY, NEVER } from 'rxjs';
import { firstResponse, SerfError, utf8 } from 'rxserf';
import { ack, fakeSerf, response } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { bug, marbles } from '../kit/index.ts';

const payloadError = new SerfError('payload-undecodable', 'no text');
const replies = {
  a: ack('n1'),
  b: ack('n2'),
  c: ack('n3'),
  r: response('n1', '0.1'),
  s: response('n2', '0.2'),
  u: { ...response('n3', undefined), payloadError },
};

describe('firstResponse()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '--a-b-r-c-s--|';
    const expected = '------(r|)';

    expectObservable(cold(source, replies).pipe(firstResponse())).toBe(expected, replies);
  });

  marbles('unsubscribes from its source with it', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  -a-r-s-|';
    const taken = '   ^--!    ';
    const expected = '---(r|) ';

    const source$ = cold(source, replies);
    expectObservable(source$.pipe(firstResponse())).toBe(expected, replies);
    expectSubscriptions(source$.subscriptions).toBe(taken);
  });

  marbles('takes one of several at once', ({ cold, expectObservable }) => {
    const source = '  -(asr)-|';
    const expected = '-(s|)   ';

    expectObservable(cold(source, replies).pipe(firstResponse())).toBe(expected, replies);
  });

  marbles('takes one whose payload has failed', ({ cold, expectObservable }) => {
    const source = '  -u-r-|';
    const expected = '-(u|) ';

    expectObservable(cold(source, replies).pipe(firstResponse())).toBe(expected, replies);
  });

  marbles('never, and empty', ({ cold, expectObservable }) => {
    const none = '    -a-|';
    const expected = '---|';

    expectObservable(NEVER.pipe(firstResponse())).toBe('-');
    expectObservable(EMPTY.pipe(firstResponse())).toBe('|');
    expectObservable(cold(none, replies).pipe(firstResponse())).toBe(expected);
  });

  marbles('errors with its source', ({ cold, expectObservable }) => {
    const source = '  -a-#';
    const expected = '---#';

    expectObservable(cold(source, replies, bug).pipe(firstResponse())).toBe(expected, replies, bug);
  });

  marbles('unsubscribes early', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  -a---r---';
    const sub = '     ^--!     ';
    const expected = '----     ';

    const source$ = cold(source, replies);
    expectObservable(source$.pipe(firstResponse()), sub).toBe(expected, replies);
    expectSubscriptions(source$.subscriptions).toBe(sub);
  });

  marbles('begins anew for each subscription', ({ hot, expectObservable }) => {
    const source = '   -r-s-a-r----';
    const sub2 = '     --^         ';
    const expected1 = '-(r|)       ';
    const expected2 = '---(s|)     ';

    const first$ = hot(source, replies).pipe(firstResponse());
    expectObservable(first$).toBe(expected1, replies);
    expectObservable(first$, sub2).toBe(expected2, replies);
  });

  it('has the client listen no longer', () => {
    const fake = fakeSerf({ codec: utf8(), replies: { query: [replies.r, replies.s] } });
    const given: unknown[] = [];
    fake
      .query('load')
      .pipe(firstResponse())
      .subscribe((reply) => given.push(reply));

    expect(given).toEqual([replies.r]);
    fake.verify();
  });
});
