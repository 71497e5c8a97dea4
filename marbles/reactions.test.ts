import {
  catchError,
  EMPTY,
  filter,
  ignoreElements,
  map,
  merge,
  mergeMap,
  NEVER,
  queueScheduler,
  skip,
  take,
  tap,
  toArray,
} from 'rxjs';
import { describe, expect } from 'vitest';
import {
  closed,
  manual,
  marbles,
  marblesWith,
  payloads,
  records,
  reply,
  request,
  SOON,
  stop,
  user,
  userEvent,
} from './kit/index.ts';

// What somebody does at once who is told of something, while the client is still at it.

const soon = { reconnect: SOON };
const events = { s: reply('stream'), ...records('stream', 'ab', userEvent) };

describe('who subscribes to a stream', () => {
  manual(
    'as the client comes to rest for want of the others, gets one',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: { ...SOON, firstConnect: 'keep-trying' } });
      const sub1 = '    ^---!       ';
      const says1 = '   -#          ';
      const says2 = '   -----h-s-a  ';
      const never = '   ----------  ';
      const expected = '---------a  ';

      const again$ = client.status$.pipe(
        skip(1),
        filter(({ state }) => state === 'idle'),
        take(1),
        mergeMap(() => payloads(client.stream('user'))),
      );
      expectObservable(again$).toBe(expected);
      expectObservable(client.stream('user'), sub1).toBe(never);
      connection(0).says(says1);
      connection(1).says(says2, { ...events, h: reply('handshake') });
    },
  );
});

describe('who closes the client', () => {
  marbles(
    'as a stream completes that is being closed, hurries nobody',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const closes = '    -------x             ';
      const sent = '      -u----- 100ms (s|)   ';
      const says = '      ---sa--              ';
      const connected = ' ^------ 100ms -!     ';
      const expected = '  ----a--|             ';
      const results: unknown[] = [];

      const stream$ = payloads(client.stream('user')).pipe(
        tap({ complete: () => results.push(client.close()) }),
      );
      expectObservable(stream$).toBe(expected);
      acts(closes, { x: () => results.push(client.close()) });
      agent.says(says, events);
      agent.expectSent(sent, { u: user, s: stop });
      expectSubscriptions(agent.subscriptions).toBe(connected);
      acts('              --------x', { x: () => expect(results[0]).toBe(results[1]) });
    },
  );

  marblesWith({ name: null })(
    'as a stream completes that is being drained, has nobody wait any longer, and the stream stopped all the same',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const drains = '    -------x             ';
      const sent = '      -(ue)-- 100ms (s|)   ';
      const says = '      ---sa--              ';
      const connected = ' ^------ 100ms -!     ';
      const expected1 = ' ----a--|             ';
      const expected2 = ' -------#             ';

      const stream$ = payloads(client.stream('user')).pipe(tap({ complete: () => void client.close() }));
      expectObservable(stream$).toBe(expected1);
      expectObservable(client.stats()).toBe(expected2, undefined, closed);
      acts(drains, { x: () => client.drain() });
      agent.says(says, events);
      agent.expectSent(sent, { u: user, e: request('stats', 2), s: request('stop', 3, { Stop: 1 }) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );
});

describe('status$', () => {
  marbles(
    'never says "idle" of a connection that goes on',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---s--#       ';
      const says2 = '   --------------';
      const expected1 = '------------s ';
      const expected2 = '--------------';

      const fleeting$ = client.event('e').pipe(
        ignoreElements(),
        catchError(() => {
          client.stats().subscribe().unsubscribe();
          return EMPTY;
        }),
      );
      const states$ = client.status$.pipe(
        map(({ state }) => state),
        take(6),
        toArray(),
      );
      expectObservable(merge(states$, NEVER)).toBe(expected1, {
        s: ['idle', 'connecting', 'connected', 'waiting', 'connecting', 'connected'],
      });
      expectObservable(merge(client.stream('user'), fleeting$)).toBe(expected2);
      agent.says(says1, events);
      connection(1).says(says2);
    },
  );

  marbles('is the present one also within an action of queueScheduler', ({ connect }) => {
    const client = connect();
    const seen: string[] = [];
    queueScheduler.schedule(() => {
      void client.close();
      client.status$.pipe(take(1)).subscribe(({ state }) => seen.push(state));
    });
    expect(seen).toEqual(['closed']);
  });
});
