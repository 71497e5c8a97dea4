import { debounceTime, delay, interval, map, retry, shareReplay, switchMap, timer } from 'rxjs';
import { AgentError, json, memberChanges, type QueryReply, type Serf, utf8 } from 'rxserf';
import {
  ack,
  failure,
  fakeSerf,
  member,
  memberEvent,
  queryEvent,
  response,
  type SerfMarbles,
  serfMarbles,
  userEvent,
} from 'rxserf/testing';
import { describe, expect, test } from 'vitest';

// The kit itself: what is told happens when it should, and what should not be is found.

type Texts = string | undefined;

const a = userEvent('deploy', 'v1');
const b = userEvent('deploy', 'v2');

function story(title: string, tell: (kit: SerfMarbles<Texts>) => void): void {
  test(title, () => serfMarbles(tell, { codec: utf8() }));
}

describe('events', () => {
  story('reach the streams whose filter matches, for as long as they are open', (kit) => {
    const { serf, events, expectObservable, expectCommands } = kit;
    const r = userEvent('rollback', 'v0');
    events('          -a-r--b----a', { a, b, r });
    const sub = '     --^-----!---';
    const expected = '------b-----';
    const sent = '    --s-----t---';

    expectObservable(serf.stream('user:deploy'), sub).toBe(expected, { b });
    expectCommands(sent, {
      s: { command: 'stream', filter: 'user:deploy' },
      t: { command: 'stop', subject: 'user:deploy' },
    });
  });

  story('in the first frame, and together', ({ serf, events, expectObservable }) => {
    events('          (ab)', { a, b });
    const expected = '(ab)';

    expectObservable(serf.stream('user')).toBe(expected, { a, b });
  });

  story('through operators with time', ({ serf, events, expectObservable }) => {
    events('          -a-a 100ms b', { a, b });
    const expected = '--- 20ms a 100ms b';

    expectObservable(serf.stream('user').pipe(debounceTime(20))).toBe(expected, { a, b });
  });

  story('fail', ({ serf, events, expectObservable, expectCommands }) => {
    const error = new AgentError('agent-error', 'no');
    events('          -a-#', { a }, error);
    const expected = '-a-#';

    expectObservable(serf.stream('user')).toBe(expected, { a }, error);
    expectObservable(serf.monitor()).toBe('   ---#', undefined, error);
    expectCommands('(sm)', { s: { command: 'stream' }, m: { command: 'monitor' } });
  });

  story('end', ({ serf, events, expectObservable }) => {
    events('          -a-|', { a });
    const expected = '-a-|';

    expectObservable(serf.stream('user')).toBe(expected, { a });
  });

  story(
    'two tables of them, and `hot` and `cold` of the test',
    ({ serf, events, hot, cold, expectObservable }) => {
      events('             -a----', { a });
      events('             ---b--', { b });
      const requests = hot('--x--x');
      const expected = '   -a-b--';

      expectObservable(serf.stream('user')).toBe(expected, { a, b });
      expectObservable(requests.pipe(switchMap(() => cold('-y')))).toBe('---y--y');
    },
  );
});

test('a codec of choice, and bytes without one', () => {
  serfMarbles(
    ({ serf, events, expectObservable }) => {
      events('-d', { d: userEvent('deploy', { version: 1 }) });
      expectObservable(serf.stream('user').pipe(map(({ payload }) => payload?.version))).toBe('-v', { v: 1 });
    },
    { codec: json<{ version: number }>() },
  );
  serfMarbles(({ serf, events, expectObservable }) => {
    events('-d', { d: userEvent('deploy') });
    expectObservable(serf.stream('user').pipe(map(({ payload }) => payload.length))).toBe('-v', { v: 0 });
  });
});

describe('logs', () => {
  story('are lines, by letter or as a table says', ({ serf, logs, expectObservable }) => {
    logs('-x--d--w', { x: 'started', d: '[DEBUG] detail', w: '[WARN] trouble' });
    logs('--y');

    expectObservable(serf.monitor()).toBe('-xy----w', { x: 'started', y: 'y', w: '[WARN] trouble' });
  });
});

describe('answers', () => {
  const m = [member('n1')];
  const n = [member('n1'), member('n2')];

  story('come in their time after the request; one is enough', ({ serf, on, expectObservable }) => {
    on('members', '   --m     ', { m });
    const early = '   ^          ';
    const first = '   --(m|)     ';
    const late = '    ----^      ';
    const second = '  ------(m|) ';

    expectObservable(serf.members(), early).toBe(first, { m });
    expectObservable(serf.members(), late).toBe(second, { m });
  });

  story('"ok" needs no table', ({ serf, on, expectObservable }) => {
    on('event', '-k');

    expectObservable(serf.event('deploy', 'v1')).toBe('-(k|)', { k: undefined });
  });

  story(
    'one diagram after the other; the last for all further requests',
    ({ serf, on, expectObservable }) => {
      const busy = new AgentError('agent-error', 'busy');
      on('members', ['  -#  ', ' --m ', 'n'], { m, n }, busy);
      const expected = '----(m|)';

      expectObservable(serf.members().pipe(retry({ delay: 1 }))).toBe(expected, { m });
      expectObservable(serf.members(), '---------^').toBe('---------(n|)', { n });
      expectObservable(serf.members(), '-----------^').toBe('-----------(n|)', { n });
    },
  );

  story('never, and then it is too late', ({ serf, on, expectObservable }) => {
    on('stats', '-');

    expectObservable(serf.stats()).toBe('10s #', undefined, failure('request-timeout', { timeout: 10_000 }));
  });

  story('to a query: as many as there are', ({ serf, on, expectObservable, expectCommands }) => {
    const values = { A: ack('n1'), r: response('n1', '1'), s: response('n2', '2') } satisfies Record<
      string,
      QueryReply<Texts>
    >;
    on('query:load', '--A-r-s---|', values);
    const expected = '--A-r-s---|';
    const enough = '  --A-(r|)';

    expectObservable(serf.query('load')).toBe(expected, values);
    expectObservable(serf.query('load', '', { completeWhen: 1 })).toBe(enough, values);
    expectCommands('(qp)', { q: { command: 'query', name: 'load' }, p: { command: 'query', payload: '' } });
  });

  story(
    'a query that is unsubscribed cannot be stopped',
    ({ serf, on, expectObservable, expectCommands }) => {
      on('query', '-----|');

      expectObservable(serf.query('load'), '^-!').toBe('---');
      expectCommands('q', { q: { command: 'query' } });
    },
  );

  story('membership: the members after each change', ({ serf, on, expectObservable, expectCommands }) => {
    on('membership', ' m--n', { m, n });
    const expected = 'a--b';

    expectObservable(serf.membership().pipe(memberChanges())).toBe(expected, {
      a: { type: 'added', name: 'n1', after: member('n1') },
      b: { type: 'added', name: 'n2', after: member('n2') },
    });
    expectCommands('');
  });

  story(
    'membership made of members and events',
    ({ serf, on, events, connection, expectObservable, expectCommands }) => {
      connection('      c---------x--c-----');
      on('members', '   -m', { m });
      events('          ----j----', { j: memberEvent('member-join', 'n2') });
      const expected = '-m--n---------m----';
      const sent = '    (sm)---------(sm)--';

      expectObservable(serf.membership().pipe(map((map) => [...map.values()]))).toBe(expected, { m, n });
      expectCommands(sent, { s: { command: 'stream' }, m: { command: 'members' } });
    },
  );

  story('functions and Subjects, as with fakeSerf', ({ serf, cold, expectObservable }) => {
    serf.reply('members', ({ name }) => cold('-m', { m: name === 'n1' ? m : n }));

    expectObservable(serf.members({ name: 'n1' })).toBe('-(m|)', { m });
    expectObservable(serf.members()).toBe('             -(n|)', { n });
  });
});

describe('a service with a start and a stop', () => {
  story('acts at its times, answers queries', ({ serf, events, acts, expectCommands }) => {
    const q = queryEvent('load', '');
    const service = serf.stream('query:load').pipe(
      delay(2),
      switchMap((query) => query.respond('0.42')),
    );
    let stop = () => {};
    events('      ----q-----', { q });
    acts('        -s------t-', {
      s: () => {
        const subscription = service.subscribe();
        stop = () => subscription.unsubscribe();
      },
      t: () => stop(),
    });
    const sent = '-l----r-u-';

    expectCommands(sent, {
      l: { command: 'stream', filter: 'query:load' },
      r: { command: 'respond', id: 1, payload: '0.42' },
      u: { command: 'stop' },
    });
  });
});

describe('flush', () => {
  story('has it happen now', ({ serf, events, expectObservable, flush }) => {
    const seen: unknown[] = [];
    const subscription = serf.stream('user').subscribe((event) => seen.push(event));
    events('-a-b', { a, b });
    expect(seen).toEqual([]);
    flush();
    expect(seen).toEqual([a, b]);
    subscription.unsubscribe();
    expectObservable(serf.stream('user')).toBe('-');
  });
});

describe('nothing is left over', () => {
  const tell = (leave: (serf: Serf<Texts>) => unknown) => () =>
    serfMarbles(({ serf, acts }) => acts('--a', { a: () => leave(serf) }), {
      codec: utf8(),
      replies: { members: timer(1e9).pipe(map(() => [])) },
    });

  test('a stream', () => {
    expect(tell((serf) => serf.stream('user:deploy').subscribe())).toThrow(
      'something is still open\n\nactual:\nstream("user:deploy") since 2 ms\n\nexpected:\nnothing',
    );
  });

  test('a request without an answer', () => {
    expect(tell((serf) => serf.members({}, { timeout: 1e9 }).subscribe())).toThrow('members() since 2 ms');
  });

  test('a request that was never sent', () => {
    expect(() =>
      serfMarbles(({ serf, connection }) => {
        connection('60m c');
        serf.stream('user', { timeout: 1e9 }).subscribe();
      }),
    ).toThrow('stream("user") since 0 ms');
    const fake = fakeSerf();
    fake.lose();
    const subscription = fake.stream('user').subscribe();
    expect(() => fake.verify()).toThrow(/stream\("user"\) since \d+ ms, not sent/);
    subscription.unsubscribe();
    fake.verify();
  });

  test('a timer', () => {
    expect(tell(() => interval(1_000).subscribe())).toThrow('1 timer is left at the end of the story');
    expect(tell(() => [timer(1e8).subscribe(), interval(1_000).subscribe()])).toThrow('2 timers are left');
  });

  test('what an operator keeps when its subscriber has gone', () => {
    expect(() =>
      serfMarbles(({ serf, expectObservable }) => {
        expectObservable(serf.stream('user').pipe(shareReplay(1)), '^--!').toBe('----');
      }),
    ).toThrow('stream("user") since 0 ms');
  });

  story('but what expectObservable subscribes to', ({ serf, expectObservable }) => {
    expectObservable(serf.stream('user').pipe(switchMap(() => interval(10)))).toBe('-');
    expectObservable(serf.membership().pipe(map(() => 1)), '^---!').toBe('-');
    serf.reply('members', timer(10).pipe(map(() => [])));
  });
});

describe('what is asked in vain', () => {
  test('is named, though its error was expected or caught', () => {
    expect(() =>
      serfMarbles(({ serf, expectObservable }) => {
        expectObservable(serf.coordinate('n1')).toBe('#', undefined, expect.anything());
      }),
    ).toThrow('coordinate("n1") was asked, and the test sets no answer for "coordinate"');
  });
});

test('what the story throws comes out, and real time is real again', () => {
  expect(() =>
    serfMarbles(() => {
      throw new Error('mine');
    }),
  ).toThrow(new Error('mine'));
  const fake = fakeSerf();
  const before = Date.now();
  fake.stream('user').subscribe().unsubscribe();
  fake.verify();
  expect(Date.now() - before).toBeLessThan(1_000);
});

test('what a subscriber or an act throws comes out', () => {
  const no = () => {
    throw new Error('no');
  };

  expect(() => serfMarbles(({ acts }) => acts('a', { a: no }))).toThrow(new Error('no'));
  expect(() =>
    serfMarbles(({ serf, events }) => {
      events('a', { a: userEvent('x') });
      serf.stream('user').subscribe(no);
    }),
  ).toThrow(new Error('no'));
});

test('an assertion of choice', () => {
  const compared: unknown[] = [];
  const assertDeepEqual = (actual: unknown, expected: unknown) => {
    compared.push(actual);
    expect(actual).toEqual(expected);
  };
  const tell = (payload: string) => () =>
    serfMarbles(
      ({ serf, events, expectObservable, expectCommands }) => {
        events('-a', { a });
        expectObservable(serf.stream('user')).toBe('-x', { x: expect.objectContaining({ payload }) });
        expectCommands('s', { s: { command: 'stream' } });
      },
      { codec: utf8(), assertDeepEqual },
    );

  tell('v1')();
  expect(compared).toEqual([
    [{ frame: 1, notification: { kind: 'N', value: a, error: undefined } }],
    [{ frame: 0, notification: { kind: 'N', value: { command: 'stream' }, error: undefined } }],
  ]);
  expect(tell('v2')).toThrow('to deeply equal');
});

test('how long time goes on after the last diagram', () => {
  const ticks: number[] = [];
  const tell = () =>
    serfMarbles(
      ({ cold }) => {
        cold('-----a----');
        interval(10).subscribe((tick) => ticks.push(tick));
      },
      { horizon: 100 },
    );
  expect(tell).toThrow('1 timer');
  expect(ticks).toHaveLength(11);
});
