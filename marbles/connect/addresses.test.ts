import { ConnectError } from 'rxserf';
import { describe, expect } from 'vitest';
import { failure, manual, marbles, members, refuse, reply, request } from '../kit/index.ts';
import { auth, handshake, NOBODY } from './letters.ts';

describe('a client with several addresses', () => {
  marbles('takes the first one where it can', ({ agent, acts, connect, expectObservable }) => {
    const client = connect({}, NOBODY);
    const says = '    ---m   ';
    const expected = '---(v|)';

    expectObservable(client.members()).toBe(expected, { v: [] });
    agent.says(says, { m: reply('members', members()) });
    acts('            -x     ', { x: () => expect(agent.address).toBe('127.0.0.1:7371') });
  });

  manual(
    'tries the next one at once when one fails, or is silent, or refuses the key',
    ({ agent, connection, acts, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({ connectTimeout: 5 }, `a?AuthKey=s3cret,b,c,d`);
      const says1 = '     --#                ';
      const says3 = '     --------h-x        ';
      const sent3 = '     -------hi          ';
      const says4 = '     -----------hi-m    ';
      const sent4 = '     ----------him      ';
      const connected1 = '^-!                ';
      const connected2 = '--^----!           ';
      const connected3 = '-------^--!        ';
      const connected4 = '----------^        ';
      const expected = '  --------------(v|) ';

      expectObservable(client.members()).toBe(expected, { v: [] });
      agent.says(says1);
      connection(2).says(says3, { h: reply('handshake'), x: refuse('auth', 'Invalid authentication token') });
      connection(2).expectSent(sent3, { h: handshake, i: auth });
      connection(3).says(says4, { h: reply('handshake'), i: reply('auth'), m: reply('members', members()) });
      connection(3).expectSent(sent4, { h: handshake, i: auth, m: request('members', 2) });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
      expectSubscriptions(connection(2).subscriptions).toBe(connected3);
      expectSubscriptions(connection(3).subscriptions).toBe(connected4);
      acts('              -----------x', {
        x: () =>
          expect([0, 1, 2, 3].map((index) => connection(index).address)).toEqual([
            'a:7373',
            'b:7373',
            'c:7373',
            'd:7373',
          ]),
      });
    },
  );

  manual(
    'fails after one round, and says what was wrong with each',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect({}, NOBODY);
      const says1 = '   --#    ';
      const says2 = '   ---|   ';
      const expected = '---#   ';
      const both = /127.0.0.1:7371: no route.*127.0.0.2:7372: the agent closed/;
      const failed = { message: expect.stringMatching(both), cause: expect.any(ConnectError) };

      expectObservable(client.members()).toBe(
        expected,
        undefined,
        failure('ConnectError', 'connect-failed', failed),
      );
      agent.says(says1, {}, new Error('no route'));
      connection(1).says(says2);
    },
  );

  manual('names a refused key first when it fails', ({ agent, connection, connect, expectObservable }) => {
    const client = connect({}, 'a?AuthKey=s3cret,b');
    const says1 = '   -h-x   ';
    const says2 = '   -----# ';
    const expected = '-----# ';

    expectObservable(client.members()).toBe(
      expected,
      undefined,
      failure('AuthenticationError', 'auth-invalid', { address: 'a:7373' }),
    );
    agent.says(says1, { h: reply('handshake'), x: refuse('auth', 'Invalid authentication token') });
    connection(1).says(says2);
  });

  manual(
    'has all its connections lead to the agent that was reached first',
    ({ agent, connection, acts, connect, expectObservable }) => {
      const client = connect({}, NOBODY);
      const sub1 = '     ^               ';
      const sub2 = '     ------^         ';
      const says1 = '    -#              ';
      const says2 = '    --h-m           ';
      const says3 = '    -------h--j     ';
      const expected1 = '----(v|)        ';
      const expected2 = '----------(n|)  ';

      expectObservable(client.members(), sub1).toBe(expected1, { v: [] });
      expectObservable(client.join('10.0.0.9'), sub2).toBe(expected2, { n: 1 });
      agent.says(says1);
      connection(1).says(says2, { h: reply('handshake'), m: reply('members', members()) });
      connection(2).says(says3, { h: reply('handshake'), j: reply('join', { Num: 1 }) });
      acts('             -------x', {
        x: () =>
          expect([1, 2].map((index) => connection(index).address)).toEqual([
            '127.0.0.2:7372',
            '127.0.0.2:7372',
          ]),
      });
    },
  );
});
