import { filter, type Observable } from 'rxjs';
import { hasPayloadError, type Received, SerfError } from 'rxserf';
import { ack, memberEvent, queryEvent, response, userEvent } from 'rxserf/testing';
import { describe } from 'vitest';
import { marbles } from '../kit/index.ts';

const failed = {
  payloadError: new SerfError('payload-undecodable', 'no text'),
  rawPayload: Uint8Array.of(255),
};
const values = {
  a: userEvent('deploy', 'x'),
  b: { ...userEvent('deploy', undefined), ...failed },
  c: { ...queryEvent('load', undefined), ...failed },
  f: { ...response('n1', undefined), ...failed },
  m: memberEvent('member-join', 'n1'),
  // Without a payload, and nothing was wrong with it.
  n: userEvent('deploy', undefined),
  r: response('n1', 'r'),
  k: ack('n1'),
  g: { event: 'gap', cause: 'reconnect', address: '127.0.0.1:7373', away: 7 } as const,
};

describe('hasPayloadError', () => {
  marbles('as in its diagram', ({ cold, expectObservable }) => {
    const source = '  --a--m--b--c--|';
    const expected = '--------b--c--|';

    const source$: Observable<Received> = cold(source, values);
    expectObservable(source$.pipe(filter(hasPayloadError))).toBe(expected, values);
  });

  marbles(
    'nothing else has one: no ack, no gap, no payload that is not there',
    ({ cold, expectObservable }) => {
      const source = '  -a-n-m-g-r-k-f-|';
      const expected = '-------------f-|';

      const source$: Observable<Received> = cold(source, values);
      expectObservable(source$.pipe(filter(hasPayloadError))).toBe(expected, values);
    },
  );

  marbles('never, and an error', ({ cold, expectObservable }) => {
    expectObservable(cold<Received>('---').pipe(filter(hasPayloadError))).toBe('---');
    expectObservable(cold<Received>('--#').pipe(filter(hasPayloadError))).toBe('--#');
  });
});
