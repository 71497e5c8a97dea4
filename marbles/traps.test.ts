import { describe, expect } from 'vitest';
import {
  done,
  failure,
  line,
  marbles,
  member,
  memberEvent,
  members,
  payloads,
  phantom,
  piece,
  record,
  records,
  refuse,
  reply,
  request,
  response,
  together,
  userEvent,
} from './kit/index.ts';

// What a real agent does, or a broken one, that a client could stumble over: the traps of the protocol, by name.

const event = (seq: number) =>
  request('event', seq, { Name: 'e', Payload: new Uint8Array(0), Coalesce: false });
const UNAUTHORIZED = 'Authentication required';

describe('double-answer', () => {
  // A request with a body that is refused for want of a key leaves its body unread; the agent reads it as a second
  // header, and answers the same Seq again.
  marbles('the second answer is swallowed', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^            ';
    const sub2 = '     --^          ';
    const sent = '     -em          ';
    const says = '     ----xx-m     ';
    const expected1 = '----#        ';
    const expected2 = '-------(v|)  ';

    expectObservable(client.event('e'), sub1).toBe(
      expected1,
      undefined,
      failure('AuthenticationError', 'auth-required', { message: expect.stringContaining(UNAUTHORIZED) }),
    );
    expectObservable(client.members(), sub2).toBe(expected2, { v: [member('n1')] });
    agent.says(says, { x: refuse(1, UNAUTHORIZED), m: reply('members', members('n1')) });
    agent.expectSent(sent, { e: event(1), m: request('members', 2) });
  });

  marbles(
    'even in one piece with the first and with what follows',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const says = '     ----x     ';
      const expected1 = '----#     ';
      const expected2 = '----(v|)  ';

      expectObservable(client.join('10.0.0.9')).toBe(
        expected1,
        undefined,
        failure('AuthenticationError', 'auth-required'),
      );
      expectObservable(client.listKeys()).toBe(expected2, {
        v: { nodes: 1, responses: 1, errors: 0, messages: {}, keys: {} },
      });
      agent.says(says, {
        x: together(
          refuse(1, UNAUTHORIZED),
          refuse(1, UNAUTHORIZED),
          reply('list-keys', { Messages: null, Keys: null, NumNodes: 1, NumErr: 0, NumResp: 1 }),
        ),
      });
    },
  );
});

describe('late-record-after-stop', () => {
  // Up to 512 records are queued in the agent when it is told to stop: they come after its answer.
  marbles('hundreds of them are swallowed, with their bodies', ({ agent, connect, expectObservable }) => {
    const client = connect({ linger: 5 });
    const sub1 = '     ^---!              ';
    const sub2 = '     -----------^       ';
    const sent = '     -u-------s-m       ';
    const says = '     ---s--------t-l--m ';
    const expected1 = '----               ';
    const expected2 = '-----------------(v|)';

    expectObservable(client.stream('*'), sub1).toBe(expected1);
    expectObservable(client.members(), sub2).toBe(expected2, { v: [member('n1')] });
    const late = Array.from({ length: 512 }, (_, index) =>
      record(1, memberEvent('member-join', `n${index}`)),
    );
    agent.says(says, {
      s: reply('stream'),
      t: reply('stop'),
      l: together(...late),
      m: reply('members', members('n1')),
    });
    agent.expectSent(sent, {
      u: request('stream', 1, { Type: '*' }),
      s: request('stop', 2, { Stop: 1 }),
      m: request('members', 3),
    });
  });

  marbles('not even one that looks like a header deceives it', ({ agent, connect, expectObservable }) => {
    const client = connect({ linger: 5 });
    const sub1 = '     ^---!            ';
    const sub2 = '     -----------^     ';
    const says = '     ---s--------(lm) ';
    const expected1 = '----             ';
    const expected2 = '------------(v|) ';

    expectObservable(client.stream('*'), sub1).toBe(expected1);
    expectObservable(client.members(), sub2).toBe(expected2, { v: [] });
    agent.says(says, {
      s: reply('stream'),
      l: together(reply('stop'), record(1, { Error: 'no', Seq: 3 })),
      m: reply('members', members()),
    });
  });
});

describe('body-with-error', () => {
  marbles(
    'join and the key commands have a body with an error, too',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sub1 = '     ^            ';
      const sub2 = '     -^           ';
      const says = '     ----xy-k     ';
      const expected1 = '----#        ';
      const expected2 = '-----#       ';
      const expected3 = '-------(k|)  ';
      const failed = { Messages: { n1: 'no such key' }, Keys: {}, NumNodes: 1, NumErr: 1, NumResp: 1 };
      const report = { nodes: 1, responses: 1, errors: 1, messages: { n1: 'no such key' }, keys: {} };

      expectObservable(client.join('10.0.0.9'), sub1).toBe(
        expected1,
        undefined,
        failure('AgentError', 'agent-error', { message: 'dial tcp: connection refused' }),
      );
      expectObservable(client.removeKey('AAAAAAAAAAAAAAAAAAAAAA=='), sub2).toBe(
        expected2,
        undefined,
        failure('AgentError', 'nodes-failed', { report }),
      );
      expectObservable(client.listKeys(), sub2).toBe(expected3, {
        k: { nodes: 1, responses: 1, errors: 0, messages: {}, keys: { 'key=': 1 } },
      });
      agent.says(says, {
        x: refuse('join', 'dial tcp: connection refused', { Num: 0 }),
        y: refuse('remove-key', '1/1 nodes reported failure', failed),
        k: reply('list-keys', { Messages: {}, Keys: { 'key=': 1 }, NumNodes: 1, NumErr: 0, NumResp: 1 }),
      });
    },
  );
});

describe('no-body-with-refusal', () => {
  for (const [text, code] of [
    [UNAUTHORIZED, 'auth-required'],
    ['Handshake required', 'agent-error'],
    ['Unsupported command', 'unsupported-command'],
  ] as const)
    marbles(`"${text}" has none, whatever the command`, ({ agent, connect, expectObservable }) => {
      const client = connect();
      const says = '     ----xyj    ';
      const expected1 = '----#      ';
      const expected2 = '-----#     ';
      const expected3 = '------(n|) ';
      const refused = expect.objectContaining({ code });

      expectObservable(client.join('10.0.0.1')).toBe(expected1, undefined, refused);
      expectObservable(client.installKey('AAAAAAAAAAAAAAAAAAAAAA==')).toBe(expected2, undefined, refused);
      expectObservable(client.join('10.0.0.2')).toBe(expected3, { n: 1 });
      agent.says(says, { x: refuse(1, text), y: refuse(2, text), j: reply(3, { Num: 1 }) });
    });

  marbles('a refused members has none either', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ----xm     ';
    const expected1 = '----#      ';
    const expected2 = '-----(v|)  ';

    expectObservable(client.members()).toBe(
      expected1,
      undefined,
      failure('AuthenticationError', 'auth-required'),
    );
    expectObservable(client.members()).toBe(expected2, { v: [member('n1')] });
    agent.says(says, { x: refuse(1, UNAUTHORIZED), m: reply(2, members('n1')) });
  });
});

describe('phantom-query-records', () => {
  marbles('records from nobody, around the end, mean nothing', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---q-r-p-d-p-m ';
    const expected1 = '-----r---|     ';
    const expected2 = '-------------(v|)';
    const dropped = '  -------------- ';

    expectObservable(client.query('load')).toBe(expected1, {
      r: { type: 'response', from: 'n1', payload: 'n1' },
    });
    expectObservable(client.members()).toBe(expected2, { v: [] });
    expectObservable(client.dropped$).toBe(dropped);
    agent.says(says, {
      q: reply('query'),
      r: record('query', response('n1')),
      p: together(record('query', phantom('ack')), record('query', phantom('response'))),
      d: record('query', done),
      m: reply('members', members()),
    });
  });
});

describe('leave-cut-off', () => {
  marbles(
    'the end of the connection after a sent leave is its success',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sent = '     -l      ';
      const says = '     -----|  ';
      const connected = '^----!  ';
      const expected = ' -----(v|)';

      expectObservable(client.leave()).toBe(expected, { v: undefined });
      agent.says(says);
      agent.expectSent(sent, { l: request('leave', 1) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles('even within its answer, or with a reset', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---c--#  ';
    const expected = ' ------(v|)';

    expectObservable(client.leave()).toBe(expected, { v: undefined });
    agent.says(says, { c: piece(reply('leave'), 0, 4) }, new Error('ECONNRESET'));
  });

  marbles('but an answer is one, and a refusal is one', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---lx--|';
    const expected1 = '---(v|) ';
    const expected2 = '----#   ';

    expectObservable(client.leave()).toBe(expected1, { v: undefined });
    expectObservable(client.leave()).toBe(expected2, undefined, failure('AgentError', 'agent-error'));
    agent.says(says, { l: reply(1), x: refuse(2, 'leave timeout') });
  });
});

describe('unknown-seq', () => {
  marbles(
    'a header of nobody knows what is a record: its body is swallowed with it',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const says = '     ---x-y-m   ';
      const expected = ' -------(v|)';
      const dropped = '  -------    ';

      expectObservable(client.members()).toBe(expected, { v: [] });
      expectObservable(client.dropped$).toBe(dropped);
      agent.says(says, {
        x: record(99, line('?')),
        y: record(0, [1, 2, { a: 'b' }]),
        m: reply('members', members()),
      });
    },
  );
});

describe('a message in pieces', () => {
  const whole = record('stream', userEvent('a'));

  for (const cut of [1, 8, 14, 15, 40, 60])
    marbles(`is put together again: cut behind byte ${cut}`, ({ agent, connect, expectObservable }) => {
      const client = connect();
      const says = '     ---s-x--yb';
      const expected = ' --------ab';

      expectObservable(payloads(client.stream('user'))).toBe(expected);
      agent.says(says, {
        s: reply('stream'),
        x: piece(whole, 0, cut),
        y: piece(whole, cut),
        ...records('stream', 'b', userEvent),
      });
    });
});
