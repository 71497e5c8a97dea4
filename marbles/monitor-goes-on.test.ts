import { filter } from 'rxjs';
import { describe, expect } from 'vitest';
import { line, marbles, record, records, reply, soon, together } from './kit/index.ts';

describe('a monitor that goes on', () => {
  /** The agent repeats its last lines to each new monitor: as many as it has, up to 512. */
  const log = (...lines: string[]) =>
    together(reply('monitor'), ...lines.map((text) => record('monitor', line(text))));
  const lines = { m: reply('monitor'), ...records('monitor', 'abcdexyz', line) };

  marbles(
    'repeats nothing that was seen, and has what was logged meanwhile',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---mabc--#           ';
      const says2 = '   -----------------m--e';
      const expected = '----abc----------d--e';

      expectObservable(client.monitor()).toBe(expected);
      agent.says(says1, lines);
      connection(1).says(says2, { m: log('b', 'c', 'd'), ...records('monitor', 'e', line) });
    },
  );

  marbles('knows equal lines by their order', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon);
    const says1 = '   ---maxxbx#            ';
    const says2 = '   -----------------m---x';
    const expected = '----axxbx--------(xx)x';

    expectObservable(client.monitor()).toBe(expected);
    agent.says(says1, { m: reply('monitor'), ...records('monitor', 'abx', line) });
    connection(1).says(says2, { m: log('x', 'x', 'b', 'x', 'x', 'x'), ...records('monitor', 'x', line) });
  });

  marbles(
    'does not take an equal line further back for the one that is repeated',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---mabxby--#         ';
      const says2 = '   -------------------m-';
      const expected = '----abxby----------c-';

      expectObservable(client.monitor()).toBe(expected);
      agent.says(says1, { m: reply('monitor'), ...records('monitor', 'abxy', line) });
      connection(1).says(says2, { m: log('b', 'y', 'c') });
    },
  );

  marbles(
    'has what the agent did not give it the first time, and nothing else twice',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---mabxx--#             ';
      const says2 = '   ------------------m-----';
      const expected = '----abxx----------(cxy)-';

      expectObservable(client.monitor()).toBe(expected);
      agent.says(says1, { m: reply('monitor'), ...records('monitor', 'abx', line) });
      connection(1).says(says2, { m: log('a', 'b', 'c', 'x', 'x', 'x', 'y') });
    },
  );

  marbles('has nothing more where nothing was logged', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon);
    const says1 = '   ---mabc--#          ';
    const says2 = '   -----------------m--';
    const expected = '----abc-------------';

    expectObservable(client.monitor()).toBe(expected);
    agent.says(says1, lines);
    connection(1).says(says2, { m: log('a', 'b', 'c') });
  });

  marbles('has all of it when it is another agent', ({ agent, connection, connect, expectObservable }) => {
    const client = connect(soon, 'a,b');
    const says1 = '   ---mabc--#                       ';
    const says2 = '   ---------------#                 ';
    const says3 = '   ---------------------------m----c';
    const expected = '----abc--------------------(xyz)c';

    expectObservable(client.monitor()).toBe(expected);
    agent.says(says1, lines);
    connection(1).says(says2);
    connection(2).says(says3, { m: log('x', 'y', 'z'), ...records('monitor', 'c', line) });
  });

  marbles(
    'has all of it when it is another agent, of equal lines as well',
    ({ agent, connection, acts, connect, expectObservable }) => {
      const client = connect(soon, 'a,b');
      const says1 = '   ---mabc--#             ';
      const says2 = '   -----------------m----a';
      const expected = '----abc----------(bcd)a';

      expectObservable(client.monitor()).toBe(expected);
      agent.says(says1, lines);
      connection(1).says(says2, { m: log('b', 'c', 'd'), ...records('monitor', 'a', line) });
      acts('            -----------------x', { x: () => expect(connection(1).address).toBe('b:7373') });
    },
  );

  marbles(
    'takes no line for an old one after as many as an agent begins with',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const others = new Array<string>(510).fill('u');
      const says1 = '   ---mabc--#             ';
      const says2 = '   -----------------m-b--c';
      // b is the last of 512, so it may be an old one; c comes behind them.
      const expected = '----abc---------------c';

      expectObservable(client.monitor().pipe(filter((text) => text !== 'u'))).toBe(expected);
      agent.says(says1, lines);
      connection(1).says(says2, { m: log('a', ...others), ...records('monitor', 'bc', line) });
    },
  );

  marbles(
    'has all of it when the agent has started anew',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---mabc--#           ';
      const says2 = '   -----------------m--a';
      const expected = '----abc----------x--a';

      expectObservable(client.monitor()).toBe(expected);
      agent.says(says1, lines);
      connection(1).says(says2, { m: log('x'), ...records('monitor', 'a', line) });
    },
  );

  marbles(
    'gives a new subscriber the old lines once, whatever connection they came over',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const sub2 = '     -------------------^      ';
      const says1 = '    ---mabc--#                ';
      const says2 = '    -----------------m-------e';
      const expected1 = '----abc----------d-------e';
      const expected2 = '-------------------(abcd)e';

      expectObservable(client.monitor()).toBe(expected1);
      expectObservable(client.monitor(), sub2).toBe(expected2);
      agent.says(says1, lines);
      connection(1).says(says2, { m: log('b', 'c', 'd'), ...records('monitor', 'e', line) });
    },
  );

  marbles(
    'repeats nothing when the connection is lost again in the middle of the old lines',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect(soon);
      const says1 = '   ---mabc--#                      ';
      const says2 = '   -----------------m#             ';
      const says3 = '   ------------------------------m---';
      const expected = '----abc-----------------------(cd)';

      expectObservable(client.monitor()).toBe(expected);
      agent.says(says1, lines);
      connection(1).says(says2, { m: log('a', 'b') });
      // The second c was logged meanwhile: one was delivered.
      connection(2).says(says3, { m: log('a', 'b', 'c', 'c', 'd') });
    },
  );
});
