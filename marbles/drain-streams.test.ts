import { delay, map, mergeMap } from 'rxjs';
import { describe } from 'vitest';
import {
  line,
  marbles,
  payloads,
  queryEvent,
  record,
  records,
  reply,
  request,
  soon,
  states,
  user,
  userEvent,
} from './kit/index.ts';

const stopped = (seq: number) => request('stop', seq, { Stop: 1 });

describe('streams, when a client drains,', () => {
  marbles(
    'complete at once, and are stopped when they have been silent for 100 ms',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sent = '     -(ul)--- 98ms (ts|)';
      const says = '     --slab--           ';
      const drains = '   ------x-           ';
      const connected = '^------- 98ms -!   ';
      const expected1 = '----a-|-           ';
      const expected2 = '-----b|-           ';

      expectObservable(payloads(client.stream('user'))).toBe(expected1);
      expectObservable(client.monitor()).toBe(expected2);
      acts(drains, { x: () => client.drain() });
      agent.says(says, {
        s: reply('stream'),
        l: reply('monitor'),
        a: record('stream', userEvent('a')),
        b: record('monitor', line('b')),
      });
      agent.expectSent(sent, {
        u: user,
        l: request('monitor', 2, { LogLevel: 'info' }),
        t: stopped(3),
        s: request('stop', 4, { Stop: 2 }),
      });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'are stopped after 1 s, however busy they are; requests have an answer meanwhile',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const drains = '   ----x                                                                     ';
      const busy = '     ---s 70ms a 90ms a 90ms a 90ms a 90ms a 90ms a 90ms a 90ms a 90ms a 90ms a';
      const sent = '     -u--- 999ms (t|)                                                          ';
      const connected = '^---- 999ms -!                                                            ';
      const expected = ' ----|                                                                     ';

      expectObservable(client.stream('user')).toBe(expected);
      acts(drains, { x: () => client.drain() });
      agent.says(busy, { s: reply('stream'), a: record('stream', userEvent('a')) });
      agent.expectSent(sent, { u: user, t: stopped(2) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'leave the answers to their queries to be given: those may take their time',
    ({ agent, acts, connect, expectObservable }) => {
      const client = connect();
      const says = '    --s-q-------r         ';
      const drains = '  ------x               ';
      const sent = '    -u------r--- 94ms (t|)';
      const expected = '------------(v|)      ';

      const answers$ = client.stream('query').pipe(
        delay(4),
        mergeMap((query) => query.respond('later')),
      );
      expectObservable(answers$).toBe(expected, { v: undefined });
      acts(drains, { x: () => client.drain() });
      agent.says(says, {
        s: reply('stream'),
        q: record('stream', queryEvent(7)),
        r: reply('respond'),
      });
      agent.expectSent(sent, {
        u: request('stream', 1, { Type: 'query' }),
        r: request('respond', 2, { ID: 7, Payload: new TextEncoder().encode('later') }),
        t: stopped(3),
      });
    },
  );

  marbles(
    'that are not accepted yet are stopped when they are, in a quiet moment like others',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sent = '     -u- 100ms (s|)';
      const says = '     ---s          ';
      const drains = '   ---x          ';
      const connected = '^--- 100ms !  ';
      const expected = ' ---|          ';

      expectObservable(client.stream('user')).toBe(expected);
      acts(drains, { x: () => client.drain() });
      agent.says(says, { s: reply('stream') });
      agent.expectSent(sent, { u: user, s: stopped(2) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'without a connection complete, and are not taken up again',
    ({ agent, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(soon);
      const says = '     --sa-#      ';
      const drains = '   -------x    ';
      const connected = '^----!      ';
      const expected = ' ---a---|    ';
      const status = '   cy---w-(id|)';

      expectObservable(payloads(client.stream('user'))).toBe(expected);
      expectObservable(client.status$.pipe(map(({ state }) => state))).toBe(status, states);
      acts(drains, { x: () => client.drain() });
      agent.says(says, { s: reply('stream'), ...records('stream', 'a', userEvent) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'do not suffer when a subscriber throws at that',
    ({ agent, acts, connect, expectObservable, expectThrown }) => {
      const client = connect();
      const sub = '     s     ';
      const says = '    --s-- ';
      const drains = '  -----x';
      const expected = '-----|';
      const bug = new Error('in the application');

      const complete = () => {
        throw bug;
      };
      acts(sub, { s: () => client.stream('user').subscribe({ complete }) });
      expectObservable(client.stream('user')).toBe(expected);
      acts(drains, { x: () => client.drain() });
      agent.says(says, { s: reply('stream') });
      expectThrown(bug);
    },
  );
});

describe('a client that is closed while it drains', () => {
  marbles('still stops its streams in a quiet moment', ({ agent, acts, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -u----- 100ms (s|)';
    const says = '     ---sa            ';
    const drains = '   -------x         ';
    const closes = '   --------x        ';
    const expected = ' ----a--|         ';

    expectObservable(payloads(client.stream('user'))).toBe(expected);
    acts(drains, { x: () => client.drain() });
    acts(closes, { x: () => client.close() });
    agent.says(says, { s: reply('stream'), ...records('stream', 'a', userEvent) });
    agent.expectSent(sent, { u: user, s: stopped(2) });
  });
});
