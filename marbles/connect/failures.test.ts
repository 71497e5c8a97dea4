import { describe, expect } from 'vitest';
import { bytes, failure, manual, marbles, members, refuse, reply, request } from '../kit/index.ts';
import { auth, handshake, KEYED } from './letters.ts';

describe('an agent that does not answer', () => {
  manual('has 5 s for the handshake', ({ agent, connect, expectObservable, expectSubscriptions }) => {
    const client = connect();
    const sent = '     h             ';
    const connected = '^ 4999ms !    ';
    const expected = ' - 4999ms #    ';

    const message = 'no agent answered at 127.0.0.1:7373 in 5000 ms';
    expectObservable(client.members()).toBe(
      expected,
      undefined,
      failure('ConnectError', 'connect-timeout', { message, address: '127.0.0.1:7373' }),
    );
    agent.expectSent(sent, { h: handshake });
    expectSubscriptions(agent.subscriptions).toBe(connected);
  });

  manual(
    'has no more for handshake and key together',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({ connectTimeout: 8 }, KEYED);
      const sent = '     h----a        ';
      const says = '     -----h        ';
      const connected = '^-------!     ';
      const expected = ' --------#     ';

      expectObservable(client.members()).toBe(
        expected,
        undefined,
        failure('ConnectError', 'connect-timeout'),
      );
      agent.says(says, { h: reply('handshake') });
      agent.expectSent(sent, { h: handshake, a: auth });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  manual('is waited for no longer than a request has time', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub = '      ^----------';
    const sent = '     h------s   ';
    const says = '     -------h--s';
    const expected1 = '----#      ';
    const expected2 = '----------(s|)';

    expectObservable(client.members({}, { timeout: 4 }), sub).toBe(
      expected1,
      undefined,
      failure('RequestTimeoutError', 'request-timeout', { command: 'members', timeout: 4 }),
    );
    expectObservable(client.stats(), sub).toBe(expected2, { s: {} });
    agent.says(says, { h: reply('handshake'), s: reply('stats', {}) });
    agent.expectSent(sent, { h: handshake, s: request('stats', 1) });
  });
});

describe('a connection that does not come about', () => {
  manual(
    'fails all that wait for it, when the socket breaks',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '     ^     ';
      const sub2 = '     -^    ';
      const says = '     --#   ';
      const connected = '^-!   ';
      const expected = ' --#   ';
      const cause = new Error('connect ECONNREFUSED');
      const failed = failure('ConnectError', 'connect-failed', { address: '127.0.0.1:7373', cause });

      expectObservable(client.members(), sub1).toBe(expected, undefined, failed);
      expectObservable(client.stream('user'), sub2).toBe(expected, undefined, failed);
      agent.says(says, {}, cause);
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  manual(
    'fails when the agent closes it at the handshake',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const says = '     --|   ';
      const connected = '^-!   ';
      const expected = ' --#   ';

      expectObservable(client.members()).toBe(expected, undefined, failure('ConnectError', 'connect-failed'));
      agent.says(says);
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  manual('fails when the agent closes it at the key', ({ agent, connect, expectObservable }) => {
    const client = connect({}, KEYED);
    const says = '     --h-| ';
    const sent = '     h-a   ';
    const expected = ' ----# ';

    expectObservable(client.members()).toBe(expected, undefined, failure('ConnectError', 'connect-failed'));
    agent.says(says, { h: reply('handshake') });
    agent.expectSent(sent, { h: handshake, a: auth });
  });

  marbles('fails when there is no socket to be had', ({ connect, expectObservable }) => {
    const cause = new Error('too many open files');
    const socket = () => {
      throw cause;
    };
    const client = connect({ socket });
    expectObservable(client.members()).toBe(
      '#',
      undefined,
      failure('ConnectError', 'connect-failed', { cause }),
    );
  });

  manual(
    'fails when the handshake is refused',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sent = '     h     ';
      const says = '     --x   ';
      const connected = '^-!   ';
      const expected = ' --#   ';

      expectObservable(client.members()).toBe(
        expected,
        undefined,
        failure('ProtocolError', 'handshake-refused', {
          message: 'Unsupported IPC version',
          command: 'handshake',
        }),
      );
      agent.says(says, { x: refuse('handshake', 'Unsupported IPC version') });
      agent.expectSent(sent, { h: handshake });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  manual(
    'fails when the key is refused, without a word of the key',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({}, KEYED);
      const sent = '     h-a     ';
      const says = '     --h-x   ';
      const connected = '^---!   ';
      const expected = ' ----#   ';
      const refused = {
        message: expect.stringMatching(/^Invalid authentication token(?!.*s3cret)/),
        command: 'auth',
        address: '127.0.0.1:7373',
      };

      expectObservable(client.members()).toBe(
        expected,
        undefined,
        failure('AuthenticationError', 'auth-invalid', refused),
      );
      agent.says(says, { h: reply('handshake'), x: refuse('auth', 'Invalid authentication token') });
      agent.expectSent(sent, { h: handshake, a: auth });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  manual(
    'is tried anew by who subscribes again',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '      ^           ';
      const sub2 = '      ----^       ';
      const says1 = '     --#         ';
      const says2 = '     ------h--m  ';
      const connected1 = '^-!         ';
      const connected2 = '----^       ';
      const expected1 = ' --#         ';
      const expected2 = ' ---------(v|)';

      const members$ = client.members();
      expectObservable(members$, sub1).toBe(expected1, undefined, failure('ConnectError', 'connect-failed'));
      expectObservable(members$, sub2).toBe(expected2, { v: [] });
      agent.says(says1);
      connection(1).says(says2, { h: reply('handshake'), m: reply('members', members()) });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );
});

describe('a peer that begins to answer and hangs up', () => {
  manual('is not taken for one that is no agent', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const message = 'could not connect to 127.0.0.1:7373: the agent closed the connection';
    const expected = '---#';

    expectObservable(client.members()).toBe(
      expected,
      undefined,
      failure('ConnectError', 'connect-failed', { message }),
    );
    agent.says('-x-|', { x: bytes(0x82) });
  });
});
