import { type Observable, take } from 'rxjs';
import type { Instrument, InstrumentedRequest, RequestEnd } from 'rxserf';
import { describe, expect } from 'vitest';
import {
  failure,
  manual,
  marbles,
  member,
  members,
  payloads,
  records,
  refuse,
  reply,
  soon,
  userEvent,
} from './kit/index.ts';
import { answers, replies } from './query/letters.ts';
import { cut } from './reconnect/letters.ts';

// Hooks look on: they are told when something begins and ends, and what they do themselves changes nothing.

/** Hooks that write down what they are told, in virtual time. */
function scribe(now: () => number) {
  const told: {
    at: number;
    request: InstrumentedRequest;
    values: number;
    end?: RequestEnd & { at: number };
  }[] = [];
  const states: string[] = [];
  const drops: string[] = [];
  const instrument: Instrument = {
    request: (request) => {
      const entry: (typeof told)[number] = { at: now(), request, values: 0 };
      told.push(entry);
      return {
        record: () => {
          entry.values++;
        },
        end: (end) => {
          if (entry.end) throw new Error('told of two ends');
          entry.end = { ...end, at: now() };
        },
      };
    },
    connection: ({ state }) => states.push(state),
    dropped: ({ cause }) => drops.push(cause),
  };
  return { instrument, told, states, drops };
}

/** When all is told. */
const LATER = '60s x';
const HERE = '127.0.0.1:7373';

describe('the hooks of an instrument', () => {
  marbles(
    'are told of a request, its end and how long it took',
    ({ agent, connect, scheduler, acts, expectObservable }) => {
      const { instrument, told, states } = scribe(() => scheduler.now());
      const client = connect({ instrument });
      const sub1 = '     --^          ';
      const sub2 = '     --------^    ';
      const says = '     -----a----b  ';
      const expected1 = '-----(v|)    ';
      const expected2 = '----------#  ';

      expectObservable(client.members(), sub1).toBe(expected1, { v: [member('a')] });
      expectObservable(client.event('deploy'), sub2).toBe(
        expected2,
        undefined,
        failure('AgentError', 'agent-error', { message: 'no' }),
      );
      agent.says(says, { a: reply('members', members('a')), b: refuse('event', 'no') });
      acts(LATER, {
        x: () => {
          expect(told).toMatchObject([
            {
              at: 2,
              request: { command: 'members' },
              values: 1,
              end: { at: 5, outcome: 'done', duration: 3, address: HERE },
            },
            {
              at: 8,
              request: { command: 'event', subject: 'deploy', address: HERE },
              values: 0,
              end: { at: 10, outcome: 'failed', duration: 2, error: { code: 'agent-error', message: 'no' } },
            },
          ]);
          expect(told[0]?.request).not.toHaveProperty('address');
          expect(states.slice(0, 3)).toEqual(['idle', 'connecting', 'connected']);
        },
      });
    },
  );

  marbles(
    'say that who takes the one answer has it',
    ({ agent, connect, scheduler, acts, expectObservable }) => {
      const { instrument, told } = scribe(() => scheduler.now());
      const client = connect({ instrument });
      const says = '     ---a    ';
      const expected = ' ---(v|) ';

      expectObservable(client.members().pipe(take(1))).toBe(expected, { v: [] });
      agent.says(says, { a: reply('members', members()) });
      acts(LATER, {
        x: () => {
          expect(told).toMatchObject([{ end: { outcome: 'done', duration: 3 } }]);
        },
      });
    },
  );

  marbles(
    'are told of each reply to a query, and of a query that has enough',
    ({ agent, connect, scheduler, acts, expectObservable }) => {
      const { instrument, told } = scribe(() => scheduler.now());
      const client = connect({ instrument });
      const says = '     ---q-a-(rb)-s------d';

      expectObservable(client.query('load', undefined, { requestAck: true, completeWhen: 1 })).toBe(
        ' -----a-(r|)',
        replies,
      );
      agent.says(says, answers);
      acts(LATER, {
        x: () => {
          expect(told).toMatchObject([
            {
              request: { command: 'query', subject: 'load' },
              values: 2,
              end: { outcome: 'done', duration: 7 },
            },
          ]);
        },
      });
    },
  );

  marbles(
    'are told of streams, of gaps and of the connection',
    ({ agent, connection, connect, scheduler, acts, expectObservable }) => {
      const { instrument, told, states, drops } = scribe(() => scheduler.now());
      const client = connect({ ...soon, instrument });
      const sub = '      ^-------------------------!';
      const says1 = '    ---sa----#                 ';
      const says2 = '    -----------------s-b       ';
      const expected = ' ----a--------------b       ';

      expectObservable(payloads(client.stream('user')), sub).toBe(expected);
      agent.says(says1, { s: reply('stream'), ...records('stream', 'a', userEvent) }, cut);
      connection(1).says(says2, { s: reply('stream'), ...records('stream', 'b', userEvent) });
      acts(LATER, {
        x: () => {
          expect(told).toMatchObject([
            { request: { command: 'stream', subject: 'user' }, values: 2, end: { outcome: 'unsubscribed' } },
          ]);
          expect(states.slice(1, 6)).toEqual([
            'connecting',
            'connected',
            'waiting',
            'connecting',
            'connected',
          ]);
          expect(drops).toEqual(['reconnect']);
        },
      });
    },
  );

  marbles(
    'are told of each command by its name',
    ({ connect, connection, scheduler, acts, expectObservable }) => {
      const { instrument, told } = scribe(() => scheduler.now());
      const client = connect({ instrument });
      const sub = '-^!';
      const calls = {
        stream: client.stream('user'),
        monitor: client.monitor('warn'),
        query: client.query('load'),
        members: client.members(),
        'members-filtered': client.members({ name: 'n1' }),
        stats: client.stats(),
        'get-coordinate': client.coordinate('n1'),
        event: client.event('deploy'),
        tags: client.tags({ delete: ['role'] }),
        join: client.join('10.0.0.9'),
        leave: client.leave(),
        'force-leave': client.forceLeave('n1'),
        'list-keys': client.listKeys(),
      };

      for (const call$ of Object.values<Observable<unknown>>(calls)) expectObservable(call$, sub).toBe('');
      for (const other of [1, 2, 3]) connection(other).says('');
      acts(LATER, {
        x: () => expect(told.map(({ request }) => request.command)).toEqual(Object.keys(calls)),
      });
    },
  );

  marbles('disturb nobody when they throw', ({ agent, connect, expectObservable }) => {
    const fail = () => {
      throw new Error('a hook');
    };
    const client = connect({
      instrument: {
        request: () => ({ record: fail, end: fail }),
        connection: fail,
        dropped: fail,
      },
    });
    const other = connect({ instrument: { request: fail } });
    const says = '     ---a----b  ';
    const expected1 = '---(v|)    ';
    const sub2 = '     -----^     ';
    const expected2 = '--------(v|)';

    expectObservable(client.members()).toBe(expected1, { v: [] });
    expectObservable(client.members(), sub2).toBe(expected2, { v: [] });
    agent.says(says, { a: reply('members', members()), b: reply('members', members()) });
    expect(() => other.members()).not.toThrow();
  });

  marbles(
    'are told of an end that is the client’s own',
    ({ agent, connect, scheduler, acts, expectObservable }) => {
      const { instrument, told, states } = scribe(() => scheduler.now());
      const client = connect({ ...manual, instrument });
      const says = '     ---s-----  ';
      const closes = '   -----x     ';
      const expected = ' -----|     ';

      expectObservable(client.stream('user')).toBe(expected);
      agent.says(says, { s: reply('stream') });
      acts(closes, { x: () => void client.close() });
      acts(LATER, {
        x: () => {
          expect(told).toMatchObject([{ end: { at: 5, outcome: 'done' } }]);
          expect(states.at(-1)).toBe('closed');
        },
      });
    },
  );
});
