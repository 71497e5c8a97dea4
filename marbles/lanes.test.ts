import { map } from 'rxjs';
import { describe, expect } from 'vitest';
import { failure, marbles, member, members, records, reply, request, userEvent } from './kit/index.ts';

// An agent takes the commands of one connection one at a time, and hangs up at a pattern that is not RE2. So requests
// that may block, and requests with patterns, have connections of their own.

const filtered = (seq: number, name: string) =>
  request('members-filtered', seq, { Tags: {}, Status: '', Name: name });
const join = (seq: number) => request('join', seq, { Existing: ['10.0.0.9'], Replay: false });

describe('a request that may block the agent', () => {
  marbles('delays no other', ({ agent, connection, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^                ';
    const sub2 = '     -----^           ';
    const sent1 = '    -j               ';
    const sent2 = '    ------m          ';
    const says1 = '    -- 10s j         ';
    const says2 = '    --------m        ';
    const expected1 = '-- 10s (n|)      ';
    const expected2 = '--------(v|)     ';

    expectObservable(client.join('10.0.0.9'), sub1).toBe(expected1, { n: 1 });
    expectObservable(client.members(), sub2).toBe(expected2, { v: [] });
    agent.says(says1, { j: reply('join', { Num: 1 }) });
    agent.expectSent(sent1, { j: join(1) });
    connection(1).says(says2, { m: reply('members', members()) });
    connection(1).expectSent(sent2, { m: request('members', 1) });
  });

  marbles('shares a connection with the others of its kind', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^               ';
    const sub2 = '     ---^            ';
    const sent = '     -j-k            ';
    const says = '     -------j--k     ';
    const expected1 = '-------(n|)     ';
    const expected2 = '----------(v|)  ';

    expectObservable(client.join('10.0.0.9'), sub1).toBe(expected1, { n: 2 });
    expectObservable(client.forceLeave('n3'), sub2).toBe(expected2, { v: undefined });
    agent.says(says, { j: reply('join', { Num: 2 }), k: reply('force-leave') });
    agent.expectSent(sent, { j: join(1), k: request('force-leave', 2, { Node: 'n3', Prune: false }) });
  });

  marbles(
    'leaves its connection to be closed after 5 s without work',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '     ^                       ';
      const sub2 = '     -- 3s ^                 ';
      const says = '     ---n- 3s m              ';
      const connected = '^- 3s --- 5s !          ';
      const expected1 = '---(n|)                 ';
      const expected2 = '----- 3s (n|)           ';

      expectObservable(client.join('10.0.0.9'), sub1).toBe(expected1, { n: 1 });
      expectObservable(client.join('10.0.0.9'), sub2).toBe(expected2, { n: 1 });
      agent.says(says, { n: reply('join', { Num: 1 }), m: reply('join', { Num: 1 }) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );

  marbles(
    'keeps its connection while it waits, and opens another after that',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '      ^                ';
      const sub2 = '      - 20s ^          ';
      const says1 = '     - 9s n           ';
      const says2 = '     - 20s --n        ';
      const connected2 = '- 20s ^- 5s !    ';
      const expected1 = ' - 9s (n|)        ';
      const expected2 = ' - 20s --(n|)     ';

      expectObservable(client.join('10.0.0.9'), sub1).toBe(expected1, { n: 1 });
      expectObservable(client.join('10.0.0.9'), sub2).toBe(expected2, { n: 1 });
      agent.says(says1, { n: reply('join', { Num: 1 }) });
      connection(1).says(says2, { n: reply('join', { Num: 1 }) });
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );
});

describe('the main connection', () => {
  marbles(
    'is kept for good, with or without work',
    ({ agent, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const says = '     ---m   ';
      const connected = '^ 9m   ';
      const expected = ' ---(v|)';

      expectObservable(client.members()).toBe(expected, { v: [] });
      agent.says(says, { m: reply('members', members()) });
      expectSubscriptions(agent.subscriptions).toBe(connected);
    },
  );
});

describe('members that match patterns', () => {
  marbles(
    'are asked for on a connection of their own',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '      ^            ';
      const sub2 = '      -^           ';
      const says1 = '     ---m         ';
      const says2 = '     ----f        ';
      const connected1 = '^            ';
      const connected2 = '-^-- 5s !    ';
      const expected1 = ' ---(v|)      ';
      const expected2 = ' ----(w|)     ';

      expectObservable(client.members(), sub1).toBe(expected1, { v: [member('n1'), member('n2')] });
      expectObservable(client.members({ name: 'n2' }), sub2).toBe(expected2, { w: [member('n2')] });
      agent.says(says1, { m: reply('members', members('n1', 'n2')) });
      connection(1).says(says2, { f: reply('members-filtered', members('n2')) });
      connection(1).expectSent('--f', { f: filtered(1, 'n2') });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );

  marbles(
    'fail with an error that says so, when a pattern makes the agent hang up, twice',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '      ^              ';
      const sub2 = '      -^             ';
      const sent2 = '     --f            ';
      const sent3 = '     ------g        ';
      const says1 = '     ---sa--b---c   ';
      const says2 = '     -----|         ';
      const says3 = '     ---------|     ';
      const connected1 = '^              ';
      const connected2 = '-^---!         ';
      const connected3 = '-----^---!     ';
      const expected1 = ' ----a--b---c   ';
      const expected2 = ' ---------#     ';

      expectObservable(client.stream('user').pipe(map(({ payload }) => payload)), sub1).toBe(expected1);
      expectObservable(client.members({ name: '(?=x)' }), sub2).toBe(
        expected2,
        undefined,
        failure('InvalidArgumentError', 'invalid-pattern', { command: 'members-filtered' }),
      );
      agent.says(says1, { s: reply('stream'), ...records('stream', 'abc', userEvent) });
      connection(1).says(says2);
      connection(1).expectSent(sent2, { f: filtered(1, '(?=x)') });
      connection(2).says(says3);
      connection(2).expectSent(sent3, { g: filtered(1, '(?=x)') });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
      expectSubscriptions(connection(2).subscriptions).toBe(connected3);
    },
  );

  marbles('are named in that error, all of them', ({ agent, connection, connect, expectObservable }) => {
    const client = connect();
    const says1 = '   -----|   ';
    const says2 = '   -------| ';
    const expected = '-------# ';

    const filter = { name: 'web-(?=1)', status: 'alive', tags: { role: 'db', dc: '(?!eu)' } } as const;
    expectObservable(client.members(filter)).toBe(
      expected,
      undefined,
      failure('InvalidArgumentError', 'invalid-pattern', {
        message: expect.stringMatching(
          /: name "web-\(\?=1\)", status "alive", tag "role" "db", tag "dc" "\(\?!eu\)"$/,
        ),
      }),
    );
    agent.says(says1);
    connection(1).says(says2);
  });

  marbles(
    'come at the second try, when it was the pattern of another request',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '      ^               ';
      const sub2 = '      -^              ';
      const sent1 = '     -(fg)           ';
      const says1 = '     ----|           ';
      const says2 = '     -------|        ';
      const says3 = '     ---------g      ';
      const connected1 = '^---!           ';
      const connected2 = '----^--!        ';
      const connected3 = '----^----!      ';
      const expected1 = ' -------#        ';
      const expected2 = ' ---------(v|)   ';

      expectObservable(client.members({ name: '(' }), sub1).toBe(
        expected1,
        undefined,
        failure('InvalidArgumentError', 'invalid-pattern'),
      );
      expectObservable(client.members({ name: 'n1' }), sub2).toBe(expected2, { v: [member('n1')] });
      agent.says(says1);
      agent.expectSent(sent1, { f: filtered(1, '('), g: filtered(2, 'n1') });
      connection(1).says(says2);
      connection(2).says(says3, { g: reply('members-filtered', members('n1')) });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
      expectSubscriptions(connection(2).subscriptions).toBe(connected3);
    },
  );

  marbles(
    'are lost, and their patterns not to blame, when it is the network that fails both times',
    ({ connection, agent, connect, expectObservable }) => {
      const client = connect();
      const says1 = '   ----#    ';
      const says2 = '   ------#  ';
      const expected = '------#';

      expectObservable(client.members({ name: 'n1' })).toBe(
        expected,
        undefined,
        failure('ConnectionLostError', 'connection-lost', {
          command: 'members-filtered',
          outcome: 'unknown',
        }),
      );
      const unreachable = Object.assign(new Error('read ETIMEDOUT'), { code: 'ETIMEDOUT' });
      agent.says(says1, {}, unreachable);
      connection(1).says(says2, {}, unreachable);
    },
  );

  marbles('have one time for both tries', ({ agent, connection, connect, expectObservable }) => {
    const client = connect();
    const says1 = '   ----|   ';
    const expected = '--------#';

    expectObservable(client.members({ name: '(' }, { timeout: 8 })).toBe(
      expected,
      undefined,
      failure('RequestTimeoutError', 'request-timeout', { command: 'members-filtered', timeout: 8 }),
    );
    agent.says(says1);
    connection(1).expectSent('-----f', { f: filtered(1, '(') });
  });

  marbles(
    'are not asked for again once nobody wants them',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '      ^--!       ';
      const sub2 = '      -----^     ';
      const says1 = '     ----|      ';
      const says2 = '     --------f  ';
      const connected2 = '-----^-- 5s !';
      const never = '     -----------';
      const expected2 = ' --------(v|)';

      expectObservable(client.members({ name: '(' }), sub1).toBe(never);
      expectObservable(client.members({ name: 'n1' }), sub2).toBe(expected2, { v: [] });
      agent.says(says1);
      connection(1).says(says2, { f: reply('members-filtered', members()) });
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );
});
