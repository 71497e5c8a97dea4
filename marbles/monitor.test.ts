import { bufferCount, retry, take, toArray } from 'rxjs';
import { describe } from 'vitest';
import {
  failure,
  line,
  marbles,
  record,
  records,
  refuse,
  reply,
  request,
  SOON,
  stop,
  together,
  userEvent,
} from './kit/index.ts';

// The agent's log. An agent has one monitor for a connection and begins it with old lines; here, each level may have any
// number of subscribers, and each of them begins with the old lines.

const monitor = (seq: number, level: string) => request('monitor', seq, { LogLevel: level });

describe('a monitor', () => {
  marbles(
    'emits lines until unsubscribed, then stops when it has been silent for 1 s',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sub = '      ^----------!          ';
      const sent = '     -m--------- 1s s      ';
      const says = '     ---m(ab)-c- 1s -t     ';
      const expected = ' ----(ab)-c-           ';

      expectObservable(client.monitor(), sub).toBe(expected);
      agent.says(says, { m: reply('monitor'), ...records('monitor', 'abc', line), t: reply('stop') });
      agent.expectSent(sent, { m: monitor(1, 'info'), s: stop });
    },
  );

  marbles('never ends by itself, though nothing is logged', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sent = '     -m       ';
    const says = '     ---m     ';
    const expected = ' ---------';

    expectObservable(client.monitor('err')).toBe(expected);
    agent.says(says, { m: reply('monitor') });
    agent.expectSent(sent, { m: monitor(1, 'err') });
  });

  marbles(
    'errors for all subscribers when it is refused, and may be tried again',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sent = '     -m--n     ';
      const says = '     ----x--na ';
      const expected1 = '----#     ';
      const expected2 = '--------a ';

      expectObservable(client.monitor('info')).toBe(
        expected1,
        undefined,
        failure('AgentError', 'agent-error', { message: 'Monitor already exists' }),
      );
      expectObservable(client.monitor('info').pipe(retry(1))).toBe(expected2);
      agent.says(says, {
        x: refuse('monitor', 'Monitor already exists'),
        n: reply('monitor'),
        ...records('monitor', 'a', line),
      });
      agent.expectSent(sent, { m: monitor(1, 'info'), n: monitor(2, 'info') });
    },
  );

  marbles('reports a record that makes no sense, and goes on', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const says = '     ---maxyb';
    const expected = ' ----a--b';
    const dropped = '  -----xy-';
    const error = failure('ProtocolError', 'unexpected-shape');

    expectObservable(client.monitor('warn')).toBe(expected);
    expectObservable(client.dropped$).toBe(dropped, {
      x: { cause: 'malformed', count: 1, subject: 'warn', error },
      y: { cause: 'malformed', count: 1, subject: 'warn', error },
    });
    agent.says(says, {
      m: reply('monitor'),
      ...records('monitor', 'ab', line),
      x: record('monitor', { Log: 5 }),
      y: record('monitor', userEvent('no line')),
    });
  });
});

describe('several subscribers of a monitor', () => {
  marbles('share it: the agent has one for a connection', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^-----!                ';
    const sub2 = '     -^------!              ';
    const sent = '     -m------ 1s s          ';
    const says = '     ---ma-b- 1s -t         ';
    const expected1 = '----a-                 ';
    const expected2 = '----a-b-               ';

    expectObservable(client.monitor(), sub1).toBe(expected1);
    expectObservable(client.monitor('info'), sub2).toBe(expected2);
    agent.says(says, { m: reply('monitor'), ...records('monitor', 'ab', line), t: reply('stop') });
    agent.expectSent(sent, { m: monitor(1, 'info'), s: stop });
  });

  marbles('all begin with the old lines, as if each had its own', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^                 ';
    const sub2 = '     ---------^        ';
    const sent = '     -m                ';
    const says = '     ---m(ab)c------d  ';
    const expected1 = '----(ab)c------d  ';
    const expected2 = '---------(abc)-d  ';

    expectObservable(client.monitor(), sub1).toBe(expected1);
    expectObservable(client.monitor(), sub2).toBe(expected2);
    agent.says(says, { m: reply('monitor'), ...records('monitor', 'abcd', line) });
    agent.expectSent(sent, { m: monitor(1, 'info') });
  });

  marbles('get up to 512 of them, the last ones', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^         ';
    const sub2 = '     ------^   ';
    const says = '     ---mx     ';
    const expected1 = '----v     ';
    const expected2 = '------(w|)';
    const old = Array.from({ length: 600 }, (_, index) => `line ${index}`);

    expectObservable(client.monitor().pipe(bufferCount(600)), sub1).toBe(expected1, { v: old });
    expectObservable(client.monitor().pipe(take(512), toArray()), sub2).toBe(expected2, {
      w: old.slice(-512),
    });
    agent.says(says, {
      m: reply('monitor'),
      x: together(...old.map((text) => record('monitor', line(text)))),
    });
  });

  marbles('may take some of the old lines only', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^-----!                 ';
    const sub2 = '     ------ 500ms ^          ';
    const sent = '     -m---- 500ms 1s s       ';
    const says = '     ---mab 500ms 1s -t      ';
    const expected1 = '----ab                  ';
    const expected2 = '------ 500ms (a|)       ';

    expectObservable(client.monitor(), sub1).toBe(expected1);
    expectObservable(client.monitor().pipe(take(1)), sub2).toBe(expected2);
    agent.says(says, { m: reply('monitor'), ...records('monitor', 'ab', line), t: reply('stop') });
    agent.expectSent(sent, { m: monitor(1, 'info'), s: stop });
  });

  marbles('may come back within the second: no line is lost', ({ agent, connect, expectObservable }) => {
    const client = connect();
    const sub1 = '     ^-----!                  ';
    const sub2 = '     ------ 500ms ^           ';
    const sent = '     -m                       ';
    const says = '     ---ma- 200ms b 300ms ---c';
    const expected1 = '----a-                   ';
    const expected2 = '------ 500ms (ab)c       ';

    expectObservable(client.monitor(), sub1).toBe(expected1);
    expectObservable(client.monitor(), sub2).toBe(expected2);
    agent.says(says, { m: reply('monitor'), ...records('monitor', 'abc', line) });
    agent.expectSent(sent, { m: monitor(1, 'info') });
  });

  marbles('do not suffer when one throws', ({ agent, acts, connect, expectObservable, expectThrown }) => {
    const client = connect();
    const sub = '      x     ';
    const says = '     ---mab';
    const expected = ' ----ab';
    const bug = new Error('in the application');

    acts(sub, {
      x: () =>
        client.monitor().subscribe({
          next: () => {
            throw bug;
          },
          error: () => {},
        }),
    });
    expectObservable(client.monitor()).toBe(expected);
    agent.says(says, { m: reply('monitor'), ...records('monitor', 'ab', line) });
    expectThrown(bug, bug);
  });
});

describe('monitors of several levels', () => {
  marbles(
    'have a connection each, the first one the main one',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '      ^             ';
      const sub2 = '      -----^        ';
      const sub3 = '      ------^       ';
      const sent1 = '     -m            ';
      const sent2 = '     ------n       ';
      const says1 = '     ---ma----b    ';
      const says2 = '     --------nc--d ';
      const connected1 = '^             ';
      const connected2 = '-----^        ';
      const expected1 = ' ----a----b    ';
      const expected2 = ' ---------c--d ';

      expectObservable(client.monitor('info'), sub1).toBe(expected1);
      expectObservable(client.monitor('debug'), sub2).toBe(expected2);
      expectObservable(client.monitor('debug'), sub3).toBe(expected2);
      agent.says(says1, { m: reply('monitor'), ...records('monitor', 'ab', line) });
      agent.expectSent(sent1, { m: monitor(1, 'info') });
      connection(1).says(says2, { n: reply('monitor'), ...records('monitor', 'cd', line) });
      connection(1).expectSent(sent2, { n: monitor(1, 'debug') });
      expectSubscriptions(agent.subscriptions).toBe(connected1);
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );

  marbles(
    'let a level change lose no line: the new one begins before the old one ends',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '      ^---------!                ';
      const sub2 = '      -----^                     ';
      const sent1 = '     -m-------- 1s s            ';
      const sent2 = '     ------n                    ';
      const says1 = '     ---ma---c- 1s -t           ';
      const says2 = '     --------na-c-d             ';
      const connected2 = '-----^                     ';
      const expected1 = ' ----a---c-                 ';
      const expected2 = ' ---------a-c-d             ';

      expectObservable(client.monitor('info'), sub1).toBe(expected1);
      expectObservable(client.monitor('debug'), sub2).toBe(expected2);
      agent.says(says1, { m: reply('monitor'), ...records('monitor', 'ac', line), t: reply('stop') });
      agent.expectSent(sent1, { m: monitor(1, 'info'), s: stop });
      connection(1).says(says2, { n: reply('monitor'), ...records('monitor', 'acd', line) });
      connection(1).expectSent(sent2, { n: monitor(1, 'debug') });
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );

  marbles(
    'give their connection back some seconds after they were stopped',
    ({ agent, connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect();
      const sub1 = '      ^                               ';
      const sub2 = '      -----^------!                   ';
      const sent2 = '     ------n----- 1s s               ';
      const says1 = '     ---m                            ';
      const says2 = '     --------na-- 1s -t              ';
      const expected1 = ' --------------------------------';
      const expected2 = ' ---------a--                    ';

      expectObservable(client.monitor('info'), sub1).toBe(expected1);
      expectObservable(client.monitor('debug'), sub2).toBe(expected2);
      agent.says(says1, { m: reply('monitor') });
      connection(1).says(says2, { n: reply('monitor'), ...records('monitor', 'a', line), t: reply('stop') });
      connection(1).expectSent(sent2, { n: monitor(1, 'debug'), s: stop });
      expectSubscriptions(connection(1).subscriptions).toBe('-----^------ 1s - 5s !');
    },
  );
});

describe('a monitor that is not accepted in time', () => {
  marbles(
    'is not asked for twice when it is tried again: an agent has one for a connection',
    ({ agent, connect, expectObservable }) => {
      const client = connect();
      const sent = '     -m                ';
      const says = '     -- 9998ms ----ma  ';
      const expected = ' -- 9998ms -----a  ';

      expectObservable(client.monitor().pipe(retry(1))).toBe(expected);
      agent.says(says, { m: reply('monitor'), ...records('monitor', 'a', line) });
      agent.expectSent(sent, { m: monitor(1, 'info') });
    },
  );
});

describe('a monitor’s record that is no line', () => {
  marbles(
    'is left out and reported, also when the agent begins anew',
    ({ agent, connection, connect, expectObservable }) => {
      const client = connect({ reconnect: SOON });
      const says1 = '   ---maxb#           ';
      const says2 = '   ---------------mxbc';
      const expected = '----a-b----------- c';
      const dropped = ' -----x---------gx   ';
      const malformed = {
        cause: 'malformed',
        count: 1,
        subject: 'info',
        error: failure('ProtocolError', 'unexpected-shape'),
      };
      const lines = {
        m: reply('monitor'),
        x: record('monitor', { Log: 5 }),
        ...records('monitor', 'abc', line),
      };

      expectObservable(client.monitor()).toBe(expected);
      expectObservable(client.dropped$).toBe(dropped, {
        x: malformed,
        g: { cause: 'reconnect', subject: 'info', away: 8 },
      });
      agent.says(says1, lines);
      connection(1).says(says2, lines);
    },
  );
});
