import { concat, delay, map, mergeMap, take } from 'rxjs';
import { describe } from 'vitest';
import {
  closed as closedError,
  line,
  marbles,
  queryEvent,
  record,
  records,
  reply,
  request,
  stop,
  user,
  userEvent,
} from './kit/index.ts';

describe('a stream of a client that is closed', () => {
  marbles(
    'completes, and is stopped when it has been silent for 100 ms',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const closes = '    -------x             ';
      const sent = '      -u----- 100ms (s|)   ';
      const says = '      ---sa--              ';
      const connected = ' ^------ 100ms -!     ';
      const expected = '  ----a--|             ';

      expectObservable(client.stream('user').pipe(map(({ payload }) => payload))).toBe(expected);
      acts(closes, { x: () => client.close() });
      agent.says(says, { s: reply('stream'), ...records('stream', 'a', userEvent) });
      agent.expectSent(sent, { u: user, s: stop });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'is stopped after 1 s at the latest',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const closes = '    ---------x                ';
      const sent = '      -u------- 1s (s|)         ';
      const connected = ' ^-------- 1s -!           ';
      const expected = '  ---------|                ';
      const busy = Array.from({ length: 10 }, () => 'a').join(' 99ms ');

      expectObservable(client.stream('user').pipe(map(({ payload }) => payload))).toBe(expected);
      acts(closes, { x: () => client.close() });
      agent.says(`        ---s------------- ${busy}`, {
        s: reply('stream'),
        ...records('stream', 'a', userEvent),
      });
      agent.expectSent(sent, { u: user, s: stop });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'is stopped likewise when it was lingering',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub = '       ^----!              ';
      const closes = '    ------- 500ms x     ';
      const sent = '      -u----- 600ms (s|)  ';
      const says = '      ---s                ';
      const connected = ' ^------ 600ms -!    ';
      const expected = '  --------            ';

      expectObservable(client.stream('user'), sub).toBe(expected);
      acts(closes, { x: () => client.close() });
      agent.says(says, { s: reply('stream') });
      agent.expectSent(sent, { u: user, s: stop });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'is one of several: each is stopped in its own quiet moment',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const closes = '    -------x                   ';
      const sent = '      -(um)-- 100ms s 99ms (t|)  ';
      const says = '      ---sm-- 50ms a             ';
      const connected = ' ^------ 200ms -!           ';
      const expected = '  -------|                   ';

      expectObservable(client.stream('user')).toBe(expected);
      expectObservable(client.monitor()).toBe(expected);
      acts(closes, { x: () => client.close() });
      agent.says(says, { s: reply('stream'), m: reply('monitor'), ...records('monitor', 'a', line) });
      agent.expectSent(sent, {
        u: user,
        m: request('monitor', 2, { LogLevel: 'info' }),
        s: request('stop', 3, { Stop: 1 }),
        t: request('stop', 4, { Stop: 2 }),
      });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'that was not accepted yet completes; the answer is waited for, so that it can be stopped, for a second',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const closes = '    -----x        ';
      const sent = '      -u--- 1s |    ';
      const connected = ' ^----- 1s !   ';
      const expected = '  -----|        ';

      expectObservable(client.stream('user')).toBe(expected);
      acts(closes, { x: () => client.close() });
      agent.expectSent(sent, { u: user });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles('may be followed by no other request', ({ agent, acts, connect, expectObservable }) => {
    const client = connect();
    const closes = '   -----x            ';
    const sent = '     -u--- 100ms (s|)  ';
    const says = '     ---s              ';
    const expected = ' -----#            ';
    const user$ = client.stream('user');

    expectObservable(concat(user$, client.members())).toBe(expected, undefined, closedError);
    expectObservable(concat(user$, client.stream('query'))).toBe(expected, undefined, closedError);
    expectObservable(concat(user$, user$)).toBe(expected, undefined, closedError);
    acts(closes, { x: () => client.close() });
    agent.says(says, { s: reply('stream') });
    agent.expectSent(sent, { u: user, s: stop });
  });

  marbles(
    'may have a query in hand: there is no answering it any more',
    ({ agent, acts, connect, expectObservable }) => {
      const client = connect();
      const closes = '   -----x            ';
      const sent = '     -q--- 100ms (s|)  ';
      const says = '     ---sq             ';
      const expected = ' -------#          ';

      const query$ = client.stream('query').pipe(delay(3), take(1));
      expectObservable(query$.pipe(mergeMap((query) => query.respond('too late')))).toBe(
        expected,
        undefined,
        closedError,
      );
      acts(closes, { x: () => client.close() });
      agent.says(says, { s: reply('stream'), q: record('stream', queryEvent(7)) });
      agent.expectSent(sent, { q: request('stream', 1, { Type: 'query' }), s: stop });
    },
  );
});
