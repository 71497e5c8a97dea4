import { ignoreElements, map, merge, mergeMap } from 'rxjs';
import { describe } from 'vitest';
import {
  failure,
  line,
  lost,
  marbles,
  members,
  payloads,
  queryEvent,
  record,
  records,
  refuse,
  reply,
  request,
  soon,
  userEvent,
} from '../kit/index.ts';
import { connected, connecting, event, HERE, user } from './letters.ts';

const answerTo = (ID: number) => ({ ID, Payload: new Uint8Array(0) });

describe('a stream whose connection is lost', () => {
  marbles(
    'is asked for again with a new number, once for all its subscribers',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sub1 = '     ^                 ';
      const sub2 = '     -----^            ';
      const sub3 = '     ------------^     ';
      const sent1 = '    -m---u            ';
      const says1 = '    ---m---sa#        ';
      const sent2 = '    ---------------u  ';
      const says2 = '    ----------------sb';
      const expected1 = '---(v|)           ';
      const expected2 = '--------a--------b';
      const expected3 = '-----------------b';

      expectObservable(client.members(), sub1).toBe(expected1, { v: [] });
      expectObservable(payloads(client.stream('user')), sub2).toBe(expected2);
      expectObservable(payloads(client.stream('user')), sub3).toBe(expected3);
      agent.says(says1, {
        m: reply('members', members()),
        s: reply('stream'),
        ...records('stream', 'a', userEvent),
      });
      agent.expectSent(sent1, { m: request('members', 1), u: user(2) });
      connection(1).says(says2, { s: reply('stream'), ...records('stream', 'b', userEvent) });
      connection(1).expectSent(sent2, { u: user(1) });
    },
  );

  marbles(
    'goes on through any number of losses, however they come',
    ({ connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---sa#                                                ';
      const says2 = '   -------------sb|                                      ';
      const says3 = '   ----------------------------#                         ';
      const says4 = '   ----------------------------------------------- 5ms sc';
      const expected = '----a---------b-------------------------------- 5ms -c';

      expectObservable(payloads(client.stream('user'))).toBe(expected);
      const all = { s: reply('stream'), ...records('stream', 'abc', userEvent) };
      [says1, says2, says3, says4].forEach((says, index) => {
        connection(index).says(says, all);
      });
    },
  );

  marbles(
    'has its queries answered where they came from',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const answered$ = client.stream('query').pipe(mergeMap((query) => query.respond()));
      const sent1 = '-s--r               ';
      const says1 = '---sqa--#           ';
      const sent2 = '--------------s---r-';
      const says2 = '----------------s-qa';
      const never = '--------------------';

      expectObservable(answered$.pipe(ignoreElements())).toBe(never);
      const stream = request('stream', 1, { Type: 'query' });
      agent.says(says1, {
        s: reply('stream'),
        q: record('stream', queryEvent(7)),
        a: reply('respond'),
      });
      agent.expectSent(sent1, { s: stream, r: request('respond', 2, answerTo(7)) });
      connection(1).says(says2, {
        s: reply('stream'),
        q: record('stream', queryEvent(8)),
        a: reply('respond'),
      });
      connection(1).expectSent(sent2, { s: stream, r: request('respond', 2, answerTo(8)) });
    },
  );

  marbles(
    'may be unsubscribed before there is another one: it is not asked for again',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sub1 = ' ^               ';
      const sub2 = ' ^-----------!   ';
      const sent1 = '-(uv)           ';
      const says1 = '---(st)--#      ';
      const sent2 = '---------------u';
      const never = '----------------';

      expectObservable(client.stream('user'), sub1).toBe(never);
      expectObservable(client.stream('query'), sub2).toBe(never);
      agent.says(says1, { s: reply(1), t: reply(2) });
      agent.expectSent(sent1, { u: user(1), v: request('stream', 2, { Type: 'query' }) });
      connection(1).expectSent(sent2, { u: user(1) });
    },
  );

  marbles(
    'ends with the request that it was merged with: it is not asked for again',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(soon);
      const sent = '      -(ue)    ';
      const says = '      ----sa--#';
      const connected1 = '^-------!';
      const expected = '  -----a--#';

      const all$ = merge(payloads(client.stream('user')), client.event('e'));
      expectObservable(all$).toBe(expected, undefined, lost);
      agent.says(says, { s: reply('stream'), ...records('stream', 'a', userEvent) });
      agent.expectSent(sent, { u: user(1), e: event(2, 'e') });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
    },
  );

  marbles(
    'and that nobody has listened to for a while, is not asked for again',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect(soon);
      const sub = '       ^----!    ';
      const says = '      ---sa----|';
      const connected1 = '^--------!';
      const expected = '  ----a     ';
      const status = '    cy-------i';

      expectObservable(payloads(client.stream('user')), sub).toBe(expected);
      expectObservable(client.status$).toBe(status, {
        c: connecting(HERE),
        y: connected(HERE),
        i: { state: 'idle', error: failure('ConnectionLostError', 'connection-lost') },
      });
      agent.says(says, { s: reply('stream'), ...records('stream', 'a', userEvent) });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
    },
  );

  marbles(
    'while nobody listened, can be subscribed to again within the second',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sub1 = '     ^ 20s !              ';
      const sub2 = '     - 20s -----^         ';
      const says1 = '    ---s 19997ms --#     ';
      const says2 = '    - 20s -------------sa';
      const expected1 = '- 20s -              ';
      const expected2 = '- 20s --------------a';

      expectObservable(payloads(client.stream('user')), sub1).toBe(expected1);
      expectObservable(payloads(client.stream('user')), sub2).toBe(expected2);
      agent.says(says1, { s: reply('stream') });
      connection(1).says(says2, { s: reply('stream'), ...records('stream', 'a', userEvent) });
    },
  );

  marbles('ends when the next agent refuses it', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon);
    const says1 = '   ---sa----#       ';
    const says2 = '   ----------------x';
    const expected = '----a-----------#';

    expectObservable(payloads(client.stream('user'))).toBe(
      expected,
      undefined,
      failure('AgentError', 'agent-error', { message: 'no more streams' }),
    );
    agent.says(says1, { s: reply('stream'), ...records('stream', 'a', userEvent) });
    connection(1).says(says2, { x: refuse('stream', 'no more streams') });
  });

  marbles('may be a monitor as well', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon);
    const says1 = '   ---ma----#        ';
    const sent2 = '   ---------------m  ';
    const says2 = '   ----------------mb';
    const expected = '----a------------b';

    expectObservable(client.monitor()).toBe(expected);
    agent.says(says1, { m: reply('monitor'), ...records('monitor', 'a', line) });
    connection(1).says(says2, { m: reply('monitor'), ...records('monitor', 'b', line) });
    connection(1).expectSent(sent2, { m: request('monitor', 1, { LogLevel: 'info' }) });
  });
});

describe('a stream that was never accepted', () => {
  marbles('has no gap when its connection is lost', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon);
    const says1 = '   ---#          ';
    const says2 = '   ------------sa';
    const expected = '-------------a';
    const dropped = ' --------------';

    expectObservable(client.stream('user', { gaps: true }).pipe(map((event) => event.event))).toBe(expected, {
      a: 'user',
    });
    expectObservable(client.dropped$).toBe(dropped);
    agent.says(says1);
    connection(1).says(says2, { s: reply('stream'), ...records('stream', 'a', userEvent) });
  });
});
