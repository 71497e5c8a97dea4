import { EMPTY, NEVER, type Observable, Subject } from 'rxjs';
import { InvalidArgumentError, payloads, type Received, SerfError } from 'rxserf';
import { ack, memberEvent, queryEvent, response, userEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { bug, marbles } from '../kit/index.ts';

const gap = { event: 'gap', cause: 'reconnect', address: '127.0.0.1:7373', away: 7 } as const;
const payloadError = new SerfError('payload-undecodable', 'no text');

const received = {
  a: userEvent('deploy', 'x'),
  b: userEvent('deploy', 'y'),
  c: { ...userEvent('deploy', undefined), payloadError, rawPayload: Uint8Array.of(255) },
  n: userEvent('deploy', undefined),
  q: queryEvent('load', 'q'),
  r: response('n1', 'r'),
  k: ack('n1'),
  m: memberEvent('member-join', 'n1'),
  g: gap,
};
const values = { x: 'x', y: 'y', u: undefined, q: 'q', r: 'r' };

describe('payloads()', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a--m--b--c--|';
    const expected = '--x-----y--u--|';

    expectObservable(cold(source, received).pipe(payloads())).toBe(expected, values);
  });

  marbles('of queries and responses too, and of nothing else', ({ cold, expectObservable }) => {
    const source = '  -q-r-k-m-g-n-|';
    const expected = '-q-r-------u-|';

    const source$: Observable<Received> = cold(source, received);
    expectObservable(source$.pipe(payloads())).toBe(expected, values);
  });

  marbles('gives what failed to onError instead, as it came', ({ cold, expectObservable }) => {
    const source = '  -a-c-n-|';
    const failing = ' ---c----';
    const expected = '-x---u-|';

    const failures = new Subject<unknown>();
    const onError = (error: SerfError, value: unknown) => failures.next({ error, value });
    expectObservable(failures).toBe(failing, { c: { error: payloadError, value: received.c } });
    expectObservable(cold(source, received).pipe(payloads({ onError }))).toBe(expected, values);
  });

  marbles('ends with what onError throws', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  -a-c-b-|';
    const taken = '   ^--!    ';
    const expected = '-x-#    ';

    const source$ = cold(source, received);
    const onError = () => {
      throw bug;
    };
    expectObservable(source$.pipe(payloads({ onError }))).toBe(expected, values, bug);
    expectSubscriptions(source$.subscriptions).toBe(taken);
  });

  marbles('never, and empty', ({ expectObservable }) => {
    expectObservable(NEVER.pipe(payloads())).toBe('-');
    expectObservable(EMPTY.pipe(payloads())).toBe('|');
  });

  marbles('errors with its source', ({ cold, expectObservable }) => {
    const source = '  -a-#';
    const expected = '-x-#';

    expectObservable(cold(source, { a: received.a }, bug).pipe(payloads())).toBe(expected, values, bug);
  });

  marbles('unsubscribes from its source', ({ cold, expectObservable, expectSubscriptions }) => {
    const source = '  -a---b---';
    const sub = '     ^--!     ';
    const expected = '-x--     ';

    const source$ = cold(source, received);
    expectObservable(source$.pipe(payloads()), sub).toBe(expected, values);
    expectSubscriptions(source$.subscriptions).toBe(sub);
  });

  marbles('is the same for each subscription', ({ hot, expectObservable }) => {
    const source = '   -a-b---a----';
    const sub1 = '     ^---!       ';
    const sub2 = '     --^         ';
    const expected1 = '-x-y-       ';
    const expected2 = '---y---x----';

    const payloads$ = hot(source, received).pipe(payloads());
    expectObservable(payloads$, sub1).toBe(expected1, values);
    expectObservable(payloads$, sub2).toBe(expected2, values);
  });

  it('refuses a handler that is none at the call', () => {
    expect(() => payloads({ onError: null as unknown as () => void })).toThrow(InvalidArgumentError);
    expect(() => payloads({ onError: null as unknown as () => void })).toThrow(
      'payloads: onError should be a function, not null',
    );
  });
});
