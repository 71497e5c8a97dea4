import { retry } from 'rxjs';
import { describe } from 'vitest';
import { lost, manual, marbles, members, payloads, records, reply, userEvent } from '../kit/index.ts';
import { connected, connecting, event, HERE, tried, unreachable } from './letters.ts';

describe('reconnect: false', () => {
  marbles(
    'ends everything with the connection, streams and reads as well',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({ reconnect: false });
      const says = '      ---s--#';
      const connected1 = '^-----!';
      const expected = '  ------#';
      const status = '    cy----i';

      expectObservable(client.stream('user')).toBe(expected, undefined, lost);
      expectObservable(client.monitor()).toBe(expected, undefined, lost);
      expectObservable(client.members()).toBe(expected, undefined, lost);
      expectObservable(client.event('e')).toBe(expected, undefined, lost);
      expectObservable(client.status$).toBe(status, {
        c: connecting(HERE),
        y: connected(HERE),
        i: { state: 'idle', error: lost },
      });
      agent.says(says, { s: reply('stream') });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
    },
  );

  marbles(
    'leaves it to the application: who subscribes again connects again',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect({ reconnect: false });
      const says1 = '   ---sa-#    ';
      const says2 = '   --------sb-';
      const expected = '----a----b-';

      expectObservable(payloads(client.stream('user')).pipe(retry(1))).toBe(expected);
      const all = { s: reply('stream'), ...records('stream', 'ab', userEvent) };
      agent.says(says1, all);
      connection(1).says(says2, all);
    },
  );

  manual(
    'tries each address once to connect, the one that worked last first',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: false }, 'a,b');
      const says = ['-#', '--hm- 5s |', '-- 5s ------#', '-- 5s --------#'];
      const sub1 = '     ^          ';
      const sub2 = '     -- 5s -----^   ';
      const expected1 = '---(m|)        ';
      const expected2 = '-- 5s --------#';
      const status = '   ab 5s -----ba';

      expectObservable(client.members(), sub1).toBe(expected1, { m: [] });
      expectObservable(client.members(), sub2).toBe(expected2, undefined, unreachable);
      expectObservable(tried(client.status$)).toBe(status);
      says.forEach((each, index) => {
        connection(index).says(each, { h: reply('handshake'), m: reply('members', members()) });
      });
    },
  );
});

describe('a request that is made again as it fails, with reconnect: false,', () => {
  marbles('has a connection of its own', ({ agent, connection, connect, expectObservable }) => {
    const client = connect({ reconnect: false });
    const sent1 = '   -e         ';
    const says1 = '   ---#       ';
    const sent2 = '   ----e      ';
    const says2 = '   ------a    ';
    const expected = '------(v|) ';

    expectObservable(client.event('e').pipe(retry(1))).toBe(expected, { v: undefined });
    agent.says(says1);
    agent.expectSent(sent1, { e: event(1, 'e') });
    connection(1).says(says2, { a: reply('event') });
    connection(1).expectSent(sent2, { e: event(1, 'e') });
  });
});
