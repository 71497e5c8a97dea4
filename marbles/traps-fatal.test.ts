import { describe, expect } from 'vitest';
import {
  bytes,
  failure,
  line,
  marbles,
  marblesWith,
  members,
  payloads,
  piece,
  record,
  records,
  reply,
  request,
  type Saying,
  SOON,
  takesNo,
  together,
  user,
  userEvent,
} from './kit/index.ts';

// The traps that cost the connection: it ends, or has to be ended, while a request waits. One that may have been obeyed is
// not sent again by itself.

const lost = (cause: unknown = expect.anything()) =>
  failure('ConnectionLostError', 'connection-lost', { command: 'event', outcome: 'unknown', cause });

describe('cut-in-header', () => {
  marbles(
    'the end of the connection within a header',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const says = '     ---c--|';
      const connected = '^-----!';
      const expected = ' ------#';

      expectObservable(client.event('e')).toBe(expected, undefined, lost());
      agent.says(says, { c: piece(reply('event'), 0, 6) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );
});

describe('cut-in-body', () => {
  marbles(
    'the end of the connection within a body',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const says = '     ---c--#';
      const connected = '^-----!';
      const expected1 = '------#';
      const expected2 = '------#';

      expectObservable(client.join('10.0.0.9')).toBe(
        expected1,
        undefined,
        failure('ConnectionLostError', 'connection-lost', { command: 'join', outcome: 'unknown' }),
      );
      expectObservable(client.forceLeave('n2')).toBe(
        expected2,
        undefined,
        failure('ConnectionLostError', 'connection-lost', { command: 'force-leave', outcome: 'unknown' }),
      );
      agent.says(says, { c: piece(reply('join', { Num: 1 }), 0, -1) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );
});

/** The client hangs up, and says why. */
function hangsUp(title: string, code: string, saying: Saying, limits = {}): void {
  marbles(title, ({ agent, connect, expectObservable, expectSubscriptions }) => {
    const client = connect({ limits });
    const says = '     ---x   ';
    const connected = '^--!   ';
    const expected = ' ---#   ';

    expectObservable(client.event('e')).toBe(expected, undefined, lost(failure('ProtocolError', code)));
    agent.says(says, { x: saying });
    expectSubscriptions(agent.subscriptions).toBe(connected);
  });
}

describe('garbage', () => {
  hangsUp('a byte that begins nothing', 'not-msgpack', bytes(0xc1));
  hangsUp('the same behind a good frame', 'not-msgpack', together(record(99, line('')), bytes(0xc1)));
  hangsUp(
    'another protocol',
    'unexpected-shape',
    bytes(...new TextEncoder().encode('HTTP/1.1 400 Bad Request')),
  );
  hangsUp('a header that is none', 'unexpected-shape', bytes(0x80));
  hangsUp('an extension type', 'unexpected-shape', bytes(0xd4, 0x01, 0x00));
});

describe('oversized-frame', () => {
  const limits = { frameBytes: 1_000 };
  hangsUp('bytes that come', 'frame-too-large', record(99, line('x'.repeat(2_000))), limits);
  hangsUp('bytes that are only announced', 'frame-too-large', bytes(0xc6, 0xff, 0xff, 0xff, 0xff));
  hangsUp('items that are only announced', 'frame-too-large', bytes(0xdd, 0xff, 0xff, 0xff, 0xff));
});

describe('too-deep', () => {
  hangsUp('lists in lists in lists', 'too-deep', bytes(...Array.from({ length: 100 }, () => 0x91)));
});

describe('reply-beyond-limits', () => {
  // Asked again, it would be answered like that again: for as long as the request has time, all else with it.
  const small = { limits: { frameBytes: 200 }, reconnect: SOON };
  const tooLarge = (command: string) => failure('ProtocolError', 'frame-too-large', { command });

  marblesWith({ name: null })(
    'fails its own request; streams and other reads go on',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(small);
      const says1 = '    ---sx             ';
      const says2 = '    -----------sab    ';
      const expected1 = '------------a     ';
      const expected2 = '----#             ';
      const expected3 = '-------------(v|) ';

      expectObservable(payloads(client.stream('user'))).toBe(expected1);
      expectObservable(client.members()).toBe(expected2, undefined, tooLarge('members'));
      expectObservable(client.stats()).toBe(expected3, { v: {} });
      agent.says(says1, { s: reply('stream'), x: reply('members', members('n1', 'n2', 'n3')) });
      connection(1).says(says2, {
        s: reply('stream'),
        b: reply('stats', {}),
        ...records('stream', 'a', userEvent),
      });
    },
  );

  marbles('is not taken for a pattern that the agent hangs up on', ({ agent, connect, expectObservable }) => {
    const client = connect(small);
    const says = '     ---x';
    const expected = ' ---#';

    expectObservable(client.members({ status: 'alive' })).toBe(
      expected,
      undefined,
      tooLarge('members-filtered'),
    );
    agent.says(says, { x: reply('members-filtered', members('n1', 'n2', 'n3')) });
  });
});

describe('socket-throws', () => {
  marbles(
    'is the end of the connection, not of the caller',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect({
        reconnect: SOON,
        socket: (address) => {
          const socket = connection(0).socket(address.toString());
          return Object.assign(socket, {
            next: () => {
              throw new Error('InvalidStateError');
            },
          });
        },
      });
      const error = failure('ConnectError', 'connect-failed', {
        message: expect.stringContaining('InvalidStateError'),
      });
      expectObservable(client.members()).toBe('#', undefined, error);
      agent.says('');
    },
  );

  marbles(
    'also at a request: what only reads is asked again, and all is well with the next connection',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ reconnect: SOON, socket: takesNo(connection, 2) });
      const sub2 = '    ----------------^   ';
      const sent = '    -------s--------m   ';
      const says = '    ---------sa-------m ';
      const expected1 = '-#                  ';
      const expected2 = '----------a         ';
      const expected3 = '------------------(v|)';

      expectObservable(client.event('e')).toBe(expected1, undefined, lost());
      expectObservable(payloads(client.stream('user'))).toBe(expected2);
      expectObservable(client.members(), sub2).toBe(expected3, { v: [] });
      connection(0).says('');
      connection(1).says(says, {
        s: reply('stream'),
        ...records('stream', 'a', userEvent),
        m: reply('members', members()),
      });
      connection(1).expectSent(sent, { s: user, m: request('members', 2) });
    },
  );
});

describe('unreadable-reply', () => {
  marbles('names the command and the agent', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---x';
    const expected = ' ---#';

    expectObservable(client.members()).toBe(
      expected,
      undefined,
      failure('ProtocolError', 'unexpected-shape', { command: 'members', address: '127.0.0.1:7373' }),
    );
    agent.says(says, { x: reply('members', { Members: 5 }) });
  });
});
