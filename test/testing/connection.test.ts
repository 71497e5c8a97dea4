import { map, type Observable } from 'rxjs';
import { type ConnectionStatus, type Serf, utf8 } from 'rxserf';
import { failure, member, queryEvent, type SerfMarbles, serfMarbles, userEvent } from 'rxserf/testing';
import { describe, test } from 'vitest';

// What a connection that comes and goes does to what is under way: as docs/reliability.md promises it of a client.

const a = userEvent('deploy', 'v1');
const b = userEvent('deploy', 'v2');
const key = 'MDEyMzQ1Njc4OWFiY2RlZg==';
const report = { nodes: 1, responses: 1, errors: 0, messages: {}, keys: {} };
const address = '127.0.0.1:7373';

type Texts = string | undefined;

function story(title: string, tell: (kit: SerfMarbles<Texts>) => void): void {
  test(title, () => serfMarbles(tell, { codec: utf8() }));
}

function states(status$: Observable<ConnectionStatus>): Observable<string> {
  return status$.pipe(map(({ state }) => state));
}

describe('status$', () => {
  const letters = { i: 'idle', t: 'connecting', c: 'connected', w: 'waiting', z: 'closed' };

  story('idle until something is asked; then connected, for good', ({ serf, expectObservable }) => {
    const expected = 'i--(tc)----';

    expectObservable(states(serf.status$)).toBe(expected, letters);
    expectObservable(serf.stream('user'), '  ---^---!').toBe('-');
    expectObservable(serf.stream('query'), '-----^-!').toBe('-');
  });

  story('lost while somebody listens: it waits, tries, and is there again', (kit) => {
    const { serf, connection, expectObservable } = kit;
    connection('      -----c----x----c-----x--c');
    const expected = '(it)-c----w----(tc)--w--(tc)';

    expectObservable(states(serf.status$)).toBe(expected, letters);
    expectObservable(serf.stream('user')).toBe('-');
  });

  story('lost while nobody listens: idle', ({ serf, connection, on, expectObservable }) => {
    on('event', '     k');
    connection('      c------x---c------');
    const expected = 'i--(tc)i-------(tc)';

    expectObservable(states(serf.status$)).toBe(expected, letters);
    expectObservable(serf.event('deploy'), '---^').toBe('           ---(k|)', { k: undefined });
    expectObservable(serf.event('deploy'), '---------------^').toBe('---------------(k|)', { k: undefined });
  });

  story('whoever waits unsubscribes: idle', ({ serf, connection, expectObservable }) => {
    connection('      c----x-------c');
    const expected = '(itc)w---i----';

    expectObservable(states(serf.status$)).toBe(expected, letters);
    expectObservable(serf.stream('user'), '^--------!').toBe('-');
  });

  story('says where, why, how often and when again', ({ serf, connection, expectObservable }) => {
    connection('c-------x---c');
    const error = failure('connection-lost');

    expectObservable(serf.status$).toBe('(itc)---w---(uc)', {
      i: { state: 'idle' },
      t: { state: 'connecting', address, attempt: 1 },
      c: { state: 'connected', address },
      w: { state: 'waiting', address, attempt: 1, retryAt: 12, error },
      u: { state: 'connecting', address, attempt: 2 },
    });
    expectObservable(serf.stream('user')).toBe('-');
  });

  story('given up, and then asked again', ({ serf, connection, acts, on, expectObservable }) => {
    connection('      c----#');
    acts('            ----------c', { c: () => serf.reconnect() });
    on('event', 'k');
    const expected = '(itc)i----------(tc)';

    expectObservable(states(serf.status$)).toBe(expected, letters);
    expectObservable(serf.stream('user')).toBe('-----#', undefined, failure('connect-failed'));
    expectObservable(serf.event('deploy'), '----------------^').toBe('----------------(k|)', {
      k: undefined,
    });
  });

  story('closed', ({ serf, connection, on, expectObservable }) => {
    connection('      c----|');
    on('stats', '-');
    const expected = '(itc)(z|)';

    expectObservable(states(serf.status$)).toBe(expected, letters);
    expectObservable(serf.stream('user')).toBe('-----|');
    expectObservable(serf.monitor()).toBe('     -----|');
    expectObservable(serf.dropped$).toBe('      -----|');
    expectObservable(serf.stats()).toBe('       -----#', undefined, failure('closed'));
    expectObservable(serf.event('late'), '-------^').toBe('-------#', undefined, failure('closed'));
  });
});

describe('streams', () => {
  story('pause, and miss what happens meanwhile', ({ serf, connection, events, expectObservable }) => {
    connection('      ---x-----c----');
    events('          -a---a-----b--', { a, b });
    const expected = '-a---------b--';

    expectObservable(serf.stream('user')).toBe(expected, { a, b });
  });

  story('emit a gap when asked for', ({ serf, connection, events, expectObservable }) => {
    connection('      ---x-----c----');
    events('          -a---------b--', { a, b });
    const expected = '-a-------g-b--';
    const g = { event: 'gap', cause: 'reconnect', address, away: 6 };

    expectObservable(serf.stream('user', { gaps: true })).toBe(expected, { a, b, g });
  });

  story('tell of the gap; what onGap throws ends the stream', ({ serf, connection, expectObservable }) => {
    connection('      ---x-----c----');
    const expected = '---------#----';
    const onGap = () => {
      throw new Error('a hole of 6 ms');
    };

    expectObservable(serf.stream('user', { onGap })).toBe(expected, undefined, new Error('a hole of 6 ms'));
  });

  story('dropped$ tells of each filter once', ({ serf, connection, expectObservable }) => {
    connection('      ---x---c----x---');
    const expected = '-------(um)-----';
    const u = { cause: 'reconnect', subject: 'user', away: 4 };
    const m = { cause: 'reconnect', subject: 'info', away: 4 };

    expectObservable(serf.stream('user')).toBe('-');
    expectObservable(serf.stream('user')).toBe('-');
    expectObservable(serf.monitor()).toBe('-');
    expectObservable(serf.dropped$).toBe(expected, { u, m });
  });

  story('are sent again, in order, and not stopped while there is no connection', (kit) => {
    const { serf, connection, expectObservable, expectCommands } = kit;
    connection('   ---x---c--------');
    const user = '  ^------------!--';
    const gone = '  ^----!----------';
    const sent = '  (ug)---u-----t--';

    expectObservable(serf.stream('user'), user).toBe('-');
    expectObservable(serf.stream('query'), gone).toBe('-');
    expectCommands(sent, {
      u: { command: 'stream', filter: 'user' },
      g: { command: 'stream', filter: 'query' },
      t: { command: 'stop', subject: 'user' },
    });
  });

  story('wait for the first connection, but not for ever', ({ serf, connection, expectObservable }) => {
    connection('11s c');
    const error = failure('request-timeout', { timeout: 10_000 });

    expectObservable(serf.stream('user')).toBe('10s #', undefined, error);
    expectObservable(serf.stream('user', { timeout: 5 })).toBe(
      '5ms #',
      undefined,
      failure('request-timeout'),
    );
    expectObservable(serf.stream('user', { timeout: 20_000 })).toBe('-');
  });

  story('wait for the next connection for ever', ({ serf, connection, events, expectObservable }) => {
    connection('      --x 20m c-');
    events('          --- 20m -a', { a });
    const expected = '--- 20m -a';

    expectObservable(serf.stream('user')).toBe(expected, { a });
  });
});

describe('requests under way', () => {
  const reads: Record<string, (serf: Serf<Texts>) => Observable<unknown>> = {
    members: (serf) => serf.members(),
    stats: (serf) => serf.stats(),
    coordinate: (serf) => serf.coordinate('n1'),
    listKeys: (serf) => serf.listKeys(),
  };
  const answers = { members: [member('n1')], stats: {}, coordinate: null, listKeys: report };

  for (const [name, ask] of Object.entries(reads)) {
    story(`${name} is asked again`, ({ serf, connection, on, expectObservable, expectCommands }) => {
      const command = name as keyof typeof answers;
      connection('        --x---c------');
      on(command, [' ---m    ', '     ---n'], { m: answers[command], n: answers[command] } as never);
      const expected = '  ---------(m|)';
      const sent = '      m-----m------';

      expectObservable(ask(serf)).toBe(expected, { m: answers[command] });
      expectCommands(sent, { m: { command } });
    });
  }

  const writes: Record<string, (serf: Serf<Texts>) => Observable<unknown>> = {
    event: (serf) => serf.event('deploy'),
    respond: (serf) => serf.respond(1),
    tags: (serf) => serf.tags({ delete: ['role'] }),
    join: (serf) => serf.join('a'),
    forceLeave: (serf) => serf.forceLeave('n1'),
    installKey: (serf) => serf.installKey(key),
    useKey: (serf) => serf.useKey(key),
    removeKey: (serf) => serf.removeKey(key),
    query: (serf) => serf.query('load'),
  };

  for (const [name, ask] of Object.entries(writes)) {
    story(
      `${name} ends with "nobody knows"`,
      ({ serf, connection, on, expectObservable, expectCommands }) => {
        const command = name as 'event';
        connection('      --x---c------');
        on(command, '     ------');
        const expected = '--#';
        const sent = '    m------------';

        expectObservable(ask(serf)).toBe(
          expected,
          undefined,
          failure('connection-lost', { outcome: 'unknown', address }),
        );
        expectCommands(sent, { m: { command } });
      },
    );
  }

  story('leave is done', ({ serf, connection, on, expectObservable }) => {
    on('leave', '     ----');
    connection('      --x');
    const expected = '--(k|)';

    expectObservable(serf.leave()).toBe(expected, { k: undefined });
  });

  story('what was not sent waits, within its timeout', ({ serf, connection, on, expectObservable }) => {
    on('event', '     -k');
    connection('      --x----c');
    const sub = '      ---^';
    const expected = ' --------(k|)';
    const tooLate = '  ------#';
    const error = failure('request-timeout', { timeout: 3 });

    expectObservable(serf.stream('user')).toBe('-');
    expectObservable(serf.event('deploy'), sub).toBe(expected, { k: undefined });
    expectObservable(serf.event('deploy', '', { timeout: 3 }), sub).toBe(tooLate, undefined, error);
  });

  story(
    'a read that is asked again still has its one timeout',
    ({ serf, connection, on, expectObservable }) => {
      on('stats', '       -');
      connection('        6s x 1s c');
      const expected = '  10s #';

      expectObservable(serf.stats()).toBe(
        expected,
        undefined,
        failure('request-timeout', { timeout: 10_000 }),
      );
    },
  );

  story("a query's answer belongs to its connection", ({ serf, connection, events, expectObservable }) => {
    const q = queryEvent('load', '');
    events('     -q', { q });
    connection(' --x--c');
    const late = '   ------^';
    const expected = '------#';

    expectObservable(serf.stream('query')).toBe('-q', { q });
    expectObservable(serf.respond(1), late).toBe(expected, undefined, failure('unknown-query'));
  });
});
