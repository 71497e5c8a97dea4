import { NEVER, type Observable, of, Subject } from 'rxjs';
import { AgentError, json, type Member, utf8 } from 'rxserf';
import { fakeSerf, member, memberEvent, queryEvent, userEvent } from 'rxserf/testing';
import { describe, expect, test, vi } from 'vitest';
import { observed } from './observed.ts';

// `fakeSerf` by hand: no scheduler, everything happens at the call.

const key = 'MDEyMzQ1Njc4OWFiY2RlZg==';
const report = { nodes: 1, responses: 1, errors: 0, messages: {}, keys: {} };

describe('streams', () => {
  const a = userEvent('deploy', 'v1');
  const b = userEvent('rollback', 'v0');
  const q = queryEvent('load', '');
  const j = memberEvent('member-join', 'n1');

  test.each([
    ['*', [a, b, q, j]],
    ['user', [a, b]],
    ['user:deploy', [a]],
    ['query:load', [q]],
    ['query:other', []],
    ['member-join', [j]],
    ['member-failed', []],
    ['query,user:deploy', [a, q]],
  ] as const)('%s emits the events that match', (filter, expected) => {
    const fake = fakeSerf({ codec: utf8() });
    const seen: unknown[] = [];
    fake.stream(filter as '*').subscribe((event) => seen.push(event));

    fake.emit(a, b, q, j);

    expect(seen).toEqual(expected);
    expect(seen.every((event, index) => event === expected[index])).toBe(true);
  });

  test('are cold: nothing is asked before they are subscribed to, and each subscription asks', () => {
    const fake = fakeSerf();
    const events$ = fake.stream(['user', 'user:deploy']);

    expect(fake.requests).toEqual([]);
    const subscription = events$.subscribe();
    subscription.add(events$.subscribe());
    subscription.unsubscribe();

    expect(fake.requests).toEqual([
      { command: 'stream', filter: 'user' },
      { command: 'stream', filter: 'user' },
      { command: 'stop', subject: 'user' },
      { command: 'stop', subject: 'user' },
    ]);
    fake.verify();
  });

  test('hear nothing from before and after', () => {
    const fake = fakeSerf({ codec: utf8() });
    fake.emit(a);
    const seen: unknown[] = [];
    const subscription = fake.stream('user').subscribe((event) => seen.push(event));
    subscription.unsubscribe();
    fake.emit(b);

    expect(seen).toEqual([]);
  });

  test('with a codec of their own', () => {
    const fake = fakeSerf({ codec: utf8() });
    const seen: unknown[] = [];
    fake.stream('user', { codec: json<number>() }).subscribe(({ payload, payloadError }) => {
      seen.push(payload, payloadError?.code);
    });

    fake.emit(userEvent('n', '42'), userEvent('n', 'no JSON'), userEvent('n', undefined));

    expect(seen).toEqual([42, undefined, undefined, 'payload-undecodable', undefined, undefined]);
  });

  test('a subscriber that unsubscribes another during an event', () => {
    const fake = fakeSerf();
    const heard = vi.fn();
    fake.stream('user').subscribe(() => second.unsubscribe());
    const second = fake.stream('user').subscribe(heard);

    fake.emit(userEvent('deploy'));

    expect(heard).not.toHaveBeenCalled();
  });
});

describe('monitors', () => {
  test.each([
    ['trace', ['[TRACE] a', '[DEBUG] b', '[INFO] c', '[WARN] d', '[ERR] e', 'f']],
    ['info', ['[INFO] c', '[WARN] d', '[ERR] e', 'f']],
    ['err', ['[ERR] e', 'f']],
  ] as const)('%s and above', (level, expected) => {
    const fake = fakeSerf();
    const seen: string[] = [];
    const subscription = fake.monitor(level).subscribe((line) => seen.push(line));

    fake.log('[TRACE] a', '[DEBUG] b', '[INFO] c', '[WARN] d', '[ERR] e', 'f');
    subscription.unsubscribe();

    expect(seen).toEqual(expected);
    expect(fake.requests).toEqual([
      { command: 'monitor', level },
      { command: 'stop', subject: level },
    ]);
  });
});

describe('requests', () => {
  test('all of them, as they were asked', () => {
    const fake = fakeSerf({
      codec: utf8(),
      replies: {
        members: [member('n1')],
        tags: undefined,
        event: undefined,
        respond: undefined,
        join: 2,
        leave: undefined,
        forceLeave: undefined,
        stats: { agent: { name: 'n1' } },
        coordinate: null,
        installKey: report,
        useKey: report,
        removeKey: report,
        listKeys: report,
        query: [],
      },
    });
    expect(observed(fake.members())).toEqual([[member('n1')], '|']);
    expect(observed(fake.members({ status: 'alive', tags: { role: 'web' } }))).toEqual([[member('n1')], '|']);
    expect(observed(fake.tags({ set: { role: 'db' }, delete: ['old'] }))).toEqual([undefined, '|']);
    expect(observed(fake.event('deploy', 'v1', { coalesce: true }))).toEqual([undefined, '|']);
    expect(observed(fake.respond(7, 'yes'))).toEqual([undefined, '|']);
    expect(observed(fake.join('10.0.0.2'))).toEqual([2, '|']);
    expect(observed(fake.join(['a', 'b'], { replay: true }))).toEqual([2, '|']);
    expect(observed(fake.leave())).toEqual([undefined, '|']);
    expect(observed(fake.forceLeave('n1', { prune: true }))).toEqual([undefined, '|']);
    expect(observed(fake.stats({ timeout: 5 }))).toEqual([{ agent: { name: 'n1' } }, '|']);
    expect(observed(fake.coordinate('n1'))).toEqual([null, '|']);
    expect(observed(fake.installKey(key))).toEqual([report, '|']);
    expect(observed(fake.useKey(key))).toEqual([report, '|']);
    expect(observed(fake.removeKey(key))).toEqual([report, '|']);
    expect(observed(fake.listKeys())).toEqual([report, '|']);
    expect(observed(fake.query('load', 'now', { requestAck: true, timeout: 9 }))).toEqual(['|']);

    expect(fake.requests).toEqual([
      { command: 'members' },
      { command: 'members', status: 'alive', tags: { role: 'web' } },
      { command: 'tags', set: { role: 'db' }, delete: ['old'] },
      { command: 'event', name: 'deploy', payload: 'v1', coalesce: true },
      { command: 'respond', id: 7, payload: 'yes' },
      { command: 'join', addresses: ['10.0.0.2'] },
      { command: 'join', addresses: ['a', 'b'], replay: true },
      { command: 'leave' },
      { command: 'forceLeave', node: 'n1', prune: true },
      { command: 'stats', timeout: 5 },
      { command: 'coordinate', node: 'n1' },
      { command: 'installKey', key },
      { command: 'useKey', key },
      { command: 'removeKey', key },
      { command: 'listKeys' },
      { command: 'query', name: 'load', payload: 'now', requestAck: true, timeout: 9 },
    ]);
    fake.verify();
  });

  test('tables and lists are copied at the call', () => {
    const fake = fakeSerf({ replies: { tags: undefined } });
    const set = { role: 'web' };
    const changed$ = fake.tags({ set });
    set.role = 'db';
    changed$.subscribe();

    expect(fake.requests).toEqual([{ command: 'tags', set: { role: 'web' } }]);
  });

  test('several answers: one a request, and the last for all further ones', () => {
    const fake = fakeSerf();
    fake.reply('join', new AgentError('agent-error', 'busy'), 1, 2);

    const joins = [1, 2, 3, 4].map(() => observed(fake.join('a'))[0]);

    expect(joins).toEqual([expect.objectContaining({ message: 'busy' }), 1, 2, 2]);
  });

  test('a new answer replaces those before', () => {
    const fake = fakeSerf({ replies: { join: 1 } });
    fake.reply('join', 2, 3);
    fake.reply('join', 4);

    expect(observed(fake.join('a'))).toEqual([4, '|']);
  });

  test('by what is asked', () => {
    const fake = fakeSerf();
    fake.reply('members', ({ status }) => (status === 'alive' ? [member('n1')] : []));
    fake.reply('event', ({ name }) => {
      if (name === 'bad') throw new Error('not this one');
    });

    expect(observed(fake.members({ status: 'alive' }))).toEqual([[member('n1')], '|']);
    expect(observed(fake.members())).toEqual([[], '|']);
    expect(observed(fake.event('good'))).toEqual([undefined, '|']);
    expect(observed(fake.event('bad'))).toEqual([new Error('not this one')]);
  });

  test('later, from a Subject: the first value is the answer', () => {
    const fake = fakeSerf();
    const answer = new Subject<Member[]>();
    fake.reply('members', answer);
    const seen = observed(fake.members());
    expect(seen).toEqual([]);

    answer.next([member('n1')]);
    answer.next([]);

    expect(seen).toEqual([[member('n1')], '|']);
    expect(answer.observed).toBe(false);
    fake.verify();
  });

  test('unsubscribed before the answer', () => {
    const fake = fakeSerf({ replies: { members: NEVER } });
    fake.members().subscribe().unsubscribe();

    expect(fake.requests).toEqual([{ command: 'members' }]);
    fake.verify();
  });

  test('the answer is a copy', () => {
    const members = [member('n1')];
    const fake = fakeSerf({ replies: { members } });
    fake.members().subscribe((given) => given.pop());

    expect(members).toHaveLength(1);
  });

  test('an event can come back as one', () => {
    const fake = fakeSerf({ codec: utf8() });
    fake.reply('event', ({ name, payload }) => fake.emit(userEvent(name, payload as string)));
    const seen = observed(fake.stream('user:deploy'));
    fake.event('deploy', 'v1').subscribe();

    expect(seen).toEqual([userEvent('deploy', 'v1')]);
  });
});

describe('membership', () => {
  test('as the test says', () => {
    const fake = fakeSerf();
    const members = new Subject<Member[]>();
    fake.reply('membership', members);
    const seen: string[][] = [];
    const subscription = fake.membership().subscribe((map) => seen.push([...map.keys()]));

    members.next([member('n1')]);
    members.next([member('n1'), member('n2')]);

    expect(seen).toEqual([['n1'], ['n1', 'n2']]);
    expect(() => fake.verify()).toThrow('membership()');
    subscription.unsubscribe();
    fake.verify();
    expect(fake.requests).toEqual([]);
  });

  test('else of members and events, as a client makes it', async () => {
    const fake = fakeSerf({ replies: { members: [member('n1')] } });
    const seen: string[][] = [];
    const two = new Promise<void>((resolve) => {
      const subscription = fake.membership().subscribe((map) => {
        seen.push([...map.keys()]);
        if (map.size === 1) fake.emit(memberEvent('member-join', 'n2'));
        else resolve(subscription.unsubscribe());
      });
    });
    await two;

    expect(seen).toEqual([['n1'], ['n1', 'n2']]);
    expect(fake.requests.map(({ command }) => command)).toEqual(['stream', 'members', 'stop']);
    fake.verify();
  });
});

describe('verify', () => {
  test('names what is open', () => {
    const fake = fakeSerf({ replies: { members: NEVER, query: NEVER } });
    const all = [
      fake.stream('user:deploy'),
      fake.monitor('warn'),
      fake.members({ name: 'n1' }),
      fake.query('load'),
    ];
    const subscriptions = all.map((each: Observable<unknown>) => each.subscribe());

    expect(() => fake.verify()).toThrow(/something is still open/);
    for (const what of ['stream("user:deploy") since', 'monitor("warn")', 'members("n1")', 'query("load")'])
      expect(() => fake.verify()).toThrow(what);
    for (const subscription of subscriptions) subscription.unsubscribe();
    fake.verify();
  });

  test('tells what was asked in vain, though its error was caught', () => {
    const fake = fakeSerf();
    const said = 'stats() was asked, and the test sets no answer for "stats"';
    expect(observed(fake.stats())).toEqual([
      expect.objectContaining({ name: 'SerfTestError', message: said }),
    ]);
    expect(observed(fake.query('load'))).toEqual([
      expect.objectContaining({
        message: 'query("load") was asked, and the test sets no answer for "query:load"',
      }),
    ]);

    expect(() => fake.verify()).toThrow(said);
  });

  test('tells of an answer that gives none', () => {
    const fake = fakeSerf({ replies: { stats: of() } });
    observed(fake.stats());

    expect(() => fake.verify()).toThrow('the answer to stats() completes without a value');
  });
});

test('losses, as the test says', () => {
  const fake = fakeSerf();
  const seen = observed(fake.dropped$);
  fake.drop({ cause: 'agent', count: 3 });

  expect(seen).toEqual([{ cause: 'agent', count: 3 }]);
});
