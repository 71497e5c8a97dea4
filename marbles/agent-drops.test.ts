import { NEVER, Observable, type SchedulerLike } from 'rxjs';
import type { SocketFactory } from 'rxserf';
import { describe } from 'vitest';
import { agentDrops } from '../src/client/agent/agent-drops.ts';
import type { AgentConnection } from './kit/agent.ts';
import {
  line,
  marbles,
  payloads,
  record,
  records,
  refuse,
  reply,
  request,
  SOON,
  together,
  userEvent,
} from './kit/index.ts';

const OURS = '10.0.0.1:50001';
const drop = (whose: string) =>
  `2026/10/17 12:00:00 [WARN] agent.ipc: Dropping event to ipc.client: ${whose}`;

/** What the agent logs: an event that we lose, one that somebody else loses, and something else. */
const lines = {
  d: drop(OURS),
  e: drop('10.0.0.1:50002'),
  f: drop(`${OURS}0`),
  x: '2026/10/17 12:00:00 [INFO] agent.ipc: Accepted client: 10.0.0.1:50001',
};
const counts = { 1: 1, 2: 2, 3: 3 };
const ours = () => OURS;

/** What is reported, as emissions. */
function reports(lines$: Observable<string>, whose: () => string | undefined, scheduler: SchedulerLike) {
  return new Observable<number>((subscriber) =>
    agentDrops(lines$, whose, scheduler, (count) => subscriber.next(count)).subscribe(subscriber),
  );
}

describe('agentDrops()', () => {
  marbles(
    'counts the lines that are about us, and tells 100 ms after the first of them',
    ({ cold, expectObservable, scheduler }) => {
      const logged = '  --d-dd 96ms ---d 99ms --';
      const expected = '------ 96ms 3--- 99ms 1-';

      expectObservable(reports(cold(logged, lines), ours, scheduler)).toBe(expected, counts);
    },
  );

  marbles('knows them from those about others', ({ cold, expectObservable, scheduler }) => {
    const logged = '  --e-xf-d 99ms --';
    const expected = '-------- 99ms 1-';

    expectObservable(reports(cold(logged, lines), ours, scheduler)).toBe(expected, counts);
  });

  marbles('has nothing to tell where nothing is lost', ({ cold, expectObservable, scheduler }) => {
    const logged = '  --e-x-f- 200ms -';
    const expected = '-------- 200ms -';

    expectObservable(reports(cold(logged, lines), ours, scheduler)).toBe(expected, counts);
    expectObservable(reports(NEVER, ours, scheduler)).toBe(expected, counts);
  });

  marbles('has nothing to tell while nobody knows who we are', ({ cold, expectObservable, scheduler }) => {
    const logged = '  --x-d-e- 200ms -';
    const expected = '-------- 200ms -';

    expectObservable(reports(cold(logged, lines), () => undefined, scheduler)).toBe(expected, counts);
  });

  marbles('asks who we are each time: that may change', ({ cold, expectObservable, scheduler }) => {
    const logged = '  --d---e---d---';
    const expected = '------ 100ms 1';
    const ends = [undefined, '10.0.0.1:50002', '10.0.0.1:50002'];

    expectObservable(reports(cold(logged, lines), () => ends.shift(), scheduler)).toBe(expected, counts);
  });

  marbles('ends with the lines, and tells the last count before', ({ cold, expectObservable, scheduler }) => {
    const logged1 = '  --x-|        ';
    const expected1 = '----|        ';
    const logged2 = '  --dd|        ';
    const expected2 = '-- 100ms (2|)';

    expectObservable(reports(cold(logged1, lines), ours, scheduler)).toBe(expected1, counts);
    expectObservable(reports(cold(logged2, lines), ours, scheduler)).toBe(expected2, counts);
  });

  marbles('errors with the lines', ({ cold, expectObservable, scheduler }) => {
    const logged = '  -- 300ms x-#';
    const expected = '-- 300ms --#';

    expectObservable(reports(cold(logged, lines), ours, scheduler)).toBe(expected, counts);
  });

  marbles('errors when we do not know who we are', ({ cold, expectObservable, scheduler }) => {
    const logged = '  --d---|';
    const expected = '--#    ';
    const bug = new Error('no socket');

    const throws = () => {
      throw bug;
    };
    expectObservable(reports(cold(logged, lines), throws, scheduler)).toBe(expected, counts, bug);
  });

  marbles(
    'unsubscribes from the lines, and counts anew when it is subscribed to again',
    ({ hot, expectObservable, expectSubscriptions, scheduler }) => {
      const logged = '   --dd-d-- 300ms --';
      const sub1 = '     ^---!            ';
      const sub2 = '     ----^--- 300ms -!';
      const expected1 = '----             ';
      const expected2 = '----- 100ms 1    ';

      const lines$ = hot(logged, lines);
      const drops$ = reports(lines$, ours, scheduler);
      expectObservable(drops$, sub1).toBe(expected1, counts);
      expectObservable(drops$, sub2).toBe(expected2, counts);
      expectSubscriptions(lines$.subscriptions).toBe([sub1, sub2]);
    },
  );
});

describe('a client that accounts for drops', () => {
  /** The client's n-th connection comes from port 50000 + n. */
  function sockets(connection: (index: number) => AgentConnection): { socket: SocketFactory } {
    let opened = 0;
    return {
      socket: (address) =>
        Object.assign(connection(opened).socket(address.toString()), {
          localAddress: `10.0.0.1:${50_001 + opened++}`,
        }),
    };
  }
  const accounting = { accountForDrops: true, reconnect: SOON };
  const user = request('stream', 1, { Type: 'user' });
  const warnings = request('monitor', 1, { LogLevel: 'warn' });
  const logs = {
    m: reply('monitor'),
    ...Object.fromEntries(Object.entries(lines).map(([key, text]) => [key, record('monitor', line(text))])),
  };
  const lost = (count: number) => ({ cause: 'agent', count });
  const events = { s: reply('stream'), ...records('stream', 'ab', userEvent) };

  marbles('does so over another connection', ({ connection, connect, expectObservable }) => {
    const client = connect({ ...accounting, ...sockets(connection) });
    const sent1 = '   -s                ';
    const says1 = '   ---sa------ 99ms b';
    const sent2 = '   -m                ';
    const says2 = '   ---m-d-edfx       ';
    const expected = '----a------ 99ms b';
    const dropped = ' ----- 100ms 2     ';

    expectObservable(payloads(client.stream('user'))).toBe(expected);
    expectObservable(client.dropped$).toBe(dropped, { 2: lost(2) });
    connection(0).says(says1, events);
    connection(0).expectSent(sent1, { s: user });
    connection(1).says(says2, logs);
    connection(1).expectSent(sent2, { m: warnings });
  });

  marbles('does so only where it is told to', ({ agent, connect, expectObservable, expectSubscriptions }) => {
    const client = connect();
    const says = '      ---s----';
    const connected1 = '^-------';
    const never = '     --------';

    expectObservable(client.stream('user')).toBe(never);
    expectObservable(client.dropped$).toBe(never);
    agent.says(says, events);
    expectSubscriptions(agent.subscriptions).toBe(connected1);
  });

  marbles(
    'does so while there are streams, once for all of them',
    ({ connection, connect, expectObservable, expectSubscriptions }) => {
      const client = connect({ ...accounting, ...sockets(connection) });
      const sub1 = '      ^----!              ';
      const sub2 = '      ---^------!         ';
      const says1 = '     ---s-t              ';
      const sent2 = '     -m-------- 1s t     ';
      const says2 = '     ---m------ 1s -t    ';
      const connected2 = '^--------- 1s - 5s !';
      const never = '     -----------         ';

      expectObservable(client.stream('user'), sub1).toBe(never);
      expectObservable(client.stream('query'), sub2).toBe(never);
      connection(0).says(says1, { s: reply(1), t: reply(2) });
      connection(1).says(says2, { ...logs, t: reply('stop') });
      connection(1).expectSent(sent2, { m: warnings, t: request('stop', 2, { Stop: 1 }) });
      expectSubscriptions(connection(1).subscriptions).toBe(connected2);
    },
  );

  marbles('takes no harm when the agent will not have it', ({ connection, connect, expectObservable }) => {
    const client = connect({ ...accounting, ...sockets(connection) });
    const says1 = '   ---sa--b';
    const says2 = '   ----x   ';
    const expected = '----a--b';

    expectObservable(payloads(client.stream('user'))).toBe(expected);
    connection(0).says(says1, events);
    connection(1).says(says2, { x: refuse('monitor', 'no') });
  });

  marbles(
    'counts nothing twice when the connection for it is lost',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ ...accounting, ...sockets(connection) });
      const says1 = '  ---s                   ';
      const says2 = '  ---mdd-#               ';
      const says3 = '  ---------------m----   ';
      const never = '  --------------------   ';
      const dropped = '---------------g 88ms 2';

      expectObservable(client.stream('user')).toBe(never);
      expectObservable(client.dropped$).toBe(dropped, {
        2: lost(2),
        g: { cause: 'reconnect', subject: 'warn', away: 8 },
      });
      connection(0).says(says1, events);
      connection(1).says(says2, logs);
      connection(2).says(says3, {
        m: together(reply('monitor'), ...['d', 'd'].map(() => record('monitor', line(lines.d)))),
      });
    },
  );

  marbles('knows its new end after a reconnect', ({ connection, connect, expectObservable }) => {
    const client = connect({ ...accounting, ...sockets(connection) });
    const says1 = '  ---s---#                ';
    const says2 = '  ---m-----------dy       ';
    const says3 = '  ---------------s        ';
    const never = '  ---------------         ';
    const dropped = '---------------g 100ms 1';

    expectObservable(client.stream('user')).toBe(never);
    expectObservable(client.dropped$).toBe(dropped, {
      1: lost(1),
      g: { cause: 'reconnect', subject: 'user', away: 8 },
    });
    connection(0).says(says1, events);
    connection(1).says(says2, { ...logs, y: record('monitor', line(drop('10.0.0.1:50003'))) });
    connection(2).says(says3, events);
  });

  marbles(
    'completes its streams at once when it is closed, and tells what it has counted until then',
    ({ connection, acts, connect, expectObservable }) => {
      const client = connect({ ...accounting, ...sockets(connection) });
      const says1 = '   ---s   ';
      const says2 = '   ---md  ';
      const closes = '  ------x';
      const expected = '------|';
      const dropped = ' ------(1|)';

      expectObservable(client.stream('user')).toBe(expected);
      expectObservable(client.dropped$).toBe(dropped, { 1: lost(1) });
      acts(closes, { x: () => client.close() });
      connection(0).says(says1, events);
      connection(1).says(says2, logs);
    },
  );

  marbles('counts nothing twice when streams come and go', ({ connection, connect, expectObservable }) => {
    const client = connect({ ...accounting, ...sockets(connection) });
    const sub1 = '    ^----- 150ms !              ';
    const sub2 = '    ------- 200ms ^------ 3s !  ';
    const sub3 = '    ------- 20s ^               ';
    const says1 = '   ---s--- 20s --s             ';
    const says2 = '   ---mdd- 5s t                ';
    const says3 = '   ------- 20s --n             ';
    const dropped = ' ----- 99ms 2                ';
    const never = '   -------                     ';
    const dropping = record('monitor', line(lines.d));

    expectObservable(client.stream('user'), sub1).toBe(never);
    expectObservable(client.stream('user'), sub2).toBe(never);
    expectObservable(client.stream('user'), sub3).toBe(never);
    expectObservable(client.dropped$).toBe(dropped, { 2: lost(2) });
    connection(0).says(says1, events);
    connection(1).says(says2, { ...logs, t: reply('stop') });
    // The agent begins with its old lines.
    connection(2).says(says3, { n: together(reply('monitor'), dropping, dropping) });
  });

  marbles(
    'tells what it has counted as its last stream ends',
    ({ connection, connect, expectObservable }) => {
      const client = connect({ ...accounting, ...sockets(connection) });
      const sub = '    ^-----!';
      const says1 = '  ---s   ';
      const says2 = '  ---mdd ';
      const dropped = '------2';
      const never = '  -------';

      expectObservable(client.dropped$).toBe(dropped, { 2: lost(2) });
      expectObservable(client.stream('user'), sub).toBe(never);
      connection(0).says(says1, events);
      connection(1).says(says2, logs);
    },
  );

  marbles('counts also where the agent is reached late', ({ connection, connect, expectObservable }) => {
    const keepTrying = { ...SOON, firstConnect: 'keep-trying' } as const;
    const client = connect({
      ...accounting,
      reconnect: keepTrying,
      connectTimeout: 15_000,
      ...sockets(connection),
    });
    const says1 = '  -- 12s s---- 100ms -';
    const says2 = '  -- 12s -m-d- 100ms -';
    const dropped = '-- 12s ---- 99ms 1';
    const never = '  -- 12s ---- 100ms -';

    expectObservable(client.dropped$).toBe(dropped, { 1: lost(1) });
    expectObservable(client.stream('user', { timeout: 60_000 })).toBe(never);
    connection(0).says(says1, events);
    connection(1).says(says2, logs);
  });
});
