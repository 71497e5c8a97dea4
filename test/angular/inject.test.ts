// @vitest-environment happy-dom
import './testbed.ts';
import { signal } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { Subject, timer } from 'rxjs';
import { AgentError, binary, type LogLevel, type QueryReply, type SerfEvent, utf8 } from 'rxserf';
import {
  injectConnection,
  injectEvents,
  injectLogLines,
  injectMembers,
  injectSerf,
  injectSerfAction,
  injectSerfQuery,
  live,
  provideSerf,
} from 'rxserf/angular';
import { EmbeddedCluster } from 'rxserf/embedded';
import { ack, member, memberEvent, response, userEvent } from 'rxserf/testing';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { inContext, provide, shown } from './kit.ts';

const bytes = (text: string) => new TextEncoder().encode(text);
const names = (events: readonly (SerfEvent<unknown> | { event: 'gap' })[]) =>
  events.map((event) => ('name' in event ? event.name : event.event)).join(' ');

test.each([
  ['live', () => live({ stream: () => timer(0), initial: 0 })],
  ['injectSerf', () => injectSerf()],
  ['injectMembers', () => injectMembers()],
  ['injectEvents', () => injectEvents('user')],
  ['injectLogLines', () => injectLogLines()],
  ['injectConnection', () => injectConnection()],
  ['injectSerfQuery', () => injectSerfQuery()],
  ['injectSerfAction', () => injectSerfAction((serf) => serf.stats())],
])('%s outside of an injection context: Angular’s NG0203, by its name', (name, call) => {
  expect(call).toThrow(new RegExp(`NG0203.*${name}\\(\\)`, 's'));
});

test('without a provider: NG0201, which says what provides it', () => {
  expect(() => inContext(() => injectMembers())).toThrow(/NG0201.*provideSerf/s);
});

describe('injectMembers', () => {
  test('a map for each change, kept when the connection is lost', async () => {
    const fake = provide();
    fake.reply('members', [member('n1')]);
    const members = inContext(() => injectMembers());
    const seen = () => `${members.status()} ${[...members.value().keys()].join()}`;

    expect(seen()).toBe('loading ');
    await vi.waitFor(() => expect(seen()).toBe('live n1'));
    fake.lose();
    expect(seen()).toBe('stale n1');
    fake.reply('members', [member('n1'), member('n2')]);
    fake.reconnect();
    await vi.waitFor(() => expect(seen()).toBe('live n1,n2'));
  });

  test('the same patterns again are no change', () => {
    const fake = provide();
    fake.reply('members', []);
    const role = signal('web');
    const other = signal(0);
    inContext(() => injectMembers(() => ({ tags: { role: role() }, ...(other() < 0 && { name: 'x' }) })));
    TestBed.tick();
    const asked = () => fake.requests.filter(({ command }) => command === 'members').length;
    expect(asked()).toBe(1);
    other.set(1);
    TestBed.tick();
    expect(asked()).toBe(1);
    role.set('db');
    TestBed.tick();
    expect(asked()).toBe(2);
  });

  test('a pattern that is not RE2 is an error with its code; the last value stays, and a good one goes on', async () => {
    const cluster = new EmbeddedCluster({ nodes: ['n1', 'n2', 'n3'] });
    onTestFinished(() => cluster.close());
    TestBed.configureTestingModule({ providers: [provideSerf(() => cluster.node('n1'))] });
    const name = signal<string | undefined>('n.');
    const members = inContext(() =>
      injectMembers(() => {
        const pattern = name();
        return pattern === undefined ? undefined : { name: pattern };
      }),
    );
    const seen = () => `${members.status()} ${members.value().size} ${members.error()?.code ?? ''}`;
    const see = async (pattern: string | undefined, wanted: string) => {
      name.set(pattern);
      TestBed.tick();
      await vi.waitFor(() => expect(seen()).toBe(wanted));
    };

    await see('n.', 'live 3 ');
    await see('n1', 'live 1 ');
    await see('(', 'error 1 invalid-pattern');
    await see('n[12]', 'live 2 ');
    await see(undefined, 'idle 2 ');
    await see(`(${'a?'.repeat(3_000)}`, 'error 2 invalid-pattern');
  });

  test('what is no filter is an error', () => {
    provide();
    const members = inContext(() => injectMembers((() => 7) as never));
    TestBed.tick();
    expect(shown(members)).toMatch(/^error .*\((invalid-argument|invalid-pattern)\)$/);
  });
});

describe('injectEvents', () => {
  test('the newest first; live as soon as it listens', () => {
    const fake = provide();
    const deploys = inContext(() => injectEvents('user:deploy', { codec: utf8() }));
    TestBed.tick();
    expect([deploys.status(), deploys.value()]).toEqual(['live', []]);
    fake.emit(
      userEvent('deploy', bytes('v1')),
      userEvent('other', bytes('x')),
      userEvent('deploy', bytes('v2')),
    );

    expect(deploys.value().map(({ payload }) => payload)).toEqual(['v2', 'v1']);
    fake.lose();
    expect([deploys.status(), deploys.value().length]).toEqual(['stale', 2]);
  });

  test('keeps so many, and no more', () => {
    const fake = provide();
    const events = inContext(() => injectEvents('user', { keep: 3 }));
    TestBed.tick();
    for (let i = 0; i < 100; i++) fake.emit(userEvent(`e${i}`, bytes('')));

    expect(names(events.value())).toBe('e99 e98 e97');
  });

  test('a list is made when it is read, not for each event', () => {
    const fake = provide();
    const events = inContext(() => injectEvents('user'));
    TestBed.tick();
    const before = events.value();
    expect(events.value()).toBe(before);
    fake.emit(userEvent('a', bytes('')));
    const after = events.value();
    expect(after).not.toBe(before);
    fake.lose();
    expect(events.value()).toBe(after);
  });

  test('another filter keeps what it lets through', () => {
    const fake = provide();
    const filter = signal<'*' | 'user:a' | 'user' | 'member-join,user:b' | undefined>('*');
    const events = inContext(() => injectEvents(filter));
    TestBed.tick();
    fake.emit(userEvent('a', bytes('')), userEvent('b', bytes('')), memberEvent('member-join', 'n1'));
    const seen: string[] = [];
    for (const next of ['*', 'user', 'member-join,user:b', undefined, 'user:a'] as const) {
      filter.set(next);
      TestBed.tick();
      seen.push(`${events.status()} ${names(events.value())}`);
    }

    expect(seen).toEqual(['live member-join b a', 'live b a', 'live b', 'idle b', 'live ']);
  });

  test('gaps, in their place', () => {
    const fake = provide();
    const events = inContext(() => injectEvents('user', { gaps: true }));
    TestBed.tick();
    fake.emit(userEvent('a', bytes('')));
    fake.lose();
    fake.reconnect();
    fake.emit(userEvent('b', bytes('')));

    expect(names(events.value())).toBe('b gap a');
  });

  test('paused: what was read stays, what comes is counted and there afterwards', () => {
    const fake = provide();
    const pause = signal(false);
    const events = inContext(() => injectEvents('user', { pause }));
    TestBed.tick();
    fake.emit(userEvent('a', bytes('')));
    const read = () => `${names(events.value())} +${events.unseen()}`;
    expect(read()).toBe('a +0');
    pause.set(true);
    fake.emit(userEvent('b', bytes('')), userEvent('c', bytes('')));
    expect(read()).toBe('a +2');
    pause.set(false);
    expect(read()).toBe('c b a +0');
  });

  test('misuse throws at the call; what a function gives is an error', () => {
    provide();
    expect(() => inContext(() => injectEvents('nope' as '*'))).toThrow(/not an event filter/);
    for (const keep of [0, -1, 1.5, Number.NaN, 100_001, '7' as never])
      expect(() => inContext(() => injectEvents('user', { keep }))).toThrow(/keep should be 1 to 100000/);
    const events = inContext(() => injectEvents(() => 'nope' as '*'));
    TestBed.tick();
    expect([events.status(), events.error()?.code]).toEqual(['error', 'invalid-filter']);
  });
});

describe('injectLogLines', () => {
  const line = (level: string, text: string) => `2026/11/21 10:14:08 [${level}] agent: ${text}`;

  test('in parts and in their order', () => {
    const fake = provide();
    const lines = inContext(() => injectLogLines('info', { keep: 2 }));
    TestBed.tick();
    fake.log(line('INFO', 'a'), line('WARN', 'b'), line('INFO', 'c'));

    expect(lines.value().map(({ level, message }) => `${level} ${message}`)).toEqual(['warn b', 'info c']);
  });

  test('another level: what it has, too, stays until its own lines come', () => {
    const fake = provide();
    const level = signal<LogLevel>('info');
    const lines = inContext(() => injectLogLines(level));
    const seen = () =>
      `${lines.status()} ${lines
        .value()
        .map(({ message }) => message)
        .join('')}`;
    TestBed.tick();
    fake.log(line('INFO', 'a'), line('WARN', 'b'), line('ERR', 'c'));
    expect(seen()).toBe('live abc');
    level.set('warn');
    TestBed.tick();
    expect(seen()).toBe('live bc');
    fake.log(line('WARN', 'd'));
    expect(seen()).toBe('live d');
  });
});

describe('injectConnection', () => {
  test('the present state, and each change', () => {
    const fake = provide();
    const connection = inContext(() => injectConnection());
    fake.stream('user').subscribe();
    const states = [connection().state];
    fake.lose();
    states.push(connection().state);
    fake.reconnect();
    states.push(connection().state);

    expect(states).toEqual(['connected', 'waiting', 'connected']);
  });
});

describe('injectSerfQuery', () => {
  function asking() {
    const fake = provide();
    const replies = new Subject<QueryReply>();
    fake.reply('query:load', replies as never);
    const query = inContext(() => injectSerfQuery({ codec: binary() }));
    const seen = () =>
      `${query.status()} acks ${[...query.acks().keys()].join()} responses ${[...query.responses().keys()].join()}`;
    return { fake, replies, query, seen };
  }

  test('replies as they come, each node once', () => {
    vi.useFakeTimers({ now: 0 });
    onTestFinished(() => void vi.useRealTimers());
    const { query, replies, seen } = asking();
    expect(seen()).toBe('idle acks  responses ');
    query.ask('load');
    expect(seen()).toBe('running acks  responses ');
    vi.advanceTimersByTime(5);
    replies.next(ack('n1'));
    replies.next(response('n1', bytes('1')));
    vi.advanceTimersByTime(5);
    replies.next(response('n2', bytes('2')));
    replies.next(response('n1', bytes('3')));
    replies.next(ack('n1'));
    expect(seen()).toBe('running acks n1 responses n1,n2');
    expect(query.responses().get('n1')).toEqual({ ...response('n1', bytes('1')), after: 5 });
    expect(query.acks().get('n1')).toBe(5);
    expect(query.responses().get('n2')?.after).toBe(10);
    replies.complete();
    expect(seen()).toBe('done acks n1 responses n1,n2');
  });

  test('a map of its own for each state, and the same one when nothing came', () => {
    const { query, replies } = asking();
    query.ask('load');
    const before = query.responses();
    expect(query.responses()).toBe(before);
    replies.next(response('n1', bytes('1')));
    expect(before.size).toBe(0);
    expect(query.responses().size).toBe(1);
  });

  test('cancel, ask anew, destroy', () => {
    const { fake, query, replies, seen } = asking();
    query.ask('load');
    replies.next(response('n1', bytes('1')));
    query.cancel();
    expect(seen()).toBe('done acks  responses n1');
    expect(replies.observed).toBe(false);
    query.ask('load');
    query.ask('load');
    expect(seen()).toBe('running acks  responses ');
    TestBed.resetTestingModule();
    fake.verify();
    query.ask('load');
    fake.verify();
    expect(replies.observed).toBe(false);
  });

  test('what is wrong is the status error: refusals, arguments', () => {
    const { fake, query, replies, seen } = asking();
    query.ask('load');
    replies.next(response('n1', bytes('1')));
    replies.error(new AgentError('payload-too-large', 'too large'));
    expect(`${seen()} ${query.error()?.code}`).toBe('error acks  responses n1 payload-too-large');
    query.ask(7 as never);
    expect(`${query.status()} ${query.error()?.code}`).toBe('error invalid-argument');
    fake.reply('query:load', []);
    query.ask('load');
    expect(`${query.status()} ${query.error()?.code}`).toBe('done undefined');
  });

  test('replies of more nodes than there can be end it', () => {
    const { query, replies } = asking();
    query.ask('load');
    for (let i = 0; i <= 65_536; i++) replies.next(ack(`n${i}`));

    expect([query.status(), query.error()?.code, query.acks().size]).toEqual(['error', 'overflow', 65_536]);
    expect(replies.observed).toBe(false);
  });
});

describe('injectSerfAction', () => {
  test('pending, done, error; the result; all that is run is done', () => {
    const fake = provide();
    const answers: Subject<number>[] = [];
    fake.reply('join', () => {
      const answer = new Subject<number>();
      answers.push(answer);
      return answer;
    });
    const join = inContext(() => injectSerfAction((serf, address: string) => serf.join(address)));
    const seen = () => `${join.status()} ${join.pending()} ${join.result()} ${join.error()?.code}`;
    expect(seen()).toBe('idle false undefined undefined');
    join.run('n1');
    join.run('n2');
    expect(fake.requests.map((request) => 'addresses' in request && request.addresses)).toEqual([
      ['n1'],
      ['n2'],
    ]);
    expect(seen()).toBe('pending true undefined undefined');
    answers[1]?.next(2);
    answers[1]?.complete();
    expect(seen()).toBe('pending true 2 undefined');
    answers[0]?.error(new AgentError('agent-error', 'no'));
    expect(seen()).toBe('error false 2 agent-error');
    join.run('n3');
    expect(seen()).toBe('pending true 2 undefined');
    TestBed.resetTestingModule();
    fake.verify();
    // Nobody waits for it any more: a button that outlives its injector is not disabled for ever.
    expect(seen()).toBe('error false 2 undefined');
    join.run('n4');
    fake.verify();
    expect(seen()).toBe('error false 2 undefined');
    expect(answers).toHaveLength(3);
  });

  test('misuse and mistakes are the status error', () => {
    provide();
    const event = inContext(() => injectSerfAction((serf, name: string) => serf.event(name)));
    event.run(7 as never);
    expect([event.status(), event.error()?.code]).toEqual(['error', 'invalid-argument']);
  });
});
