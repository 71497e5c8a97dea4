import { firstValueFrom, NEVER, type Observable, of, Subject, throwError } from 'rxjs';
import { AgentError, InvalidArgumentError, json, type Serf, type SerfEvent } from 'rxserf';
import { ADMIN, OPERATOR, type Policy, PolicyUsage, policy as policyOf, VIEWER } from 'rxserf/server';
import { describe, expect, test, vi } from 'vitest';
import { COMMANDS, type Command } from '../../../src/protocol/commands.ts';
import { allowedCommands, decide, PERMISSIONS } from '../../../src/server/policy/permissions.ts';
import { rulesOf } from '../../../src/server/policy/policy-rules.ts';
import { failureOf } from '../../agent/harness/observing.ts';
import { Clock } from '../support/clock.ts';
import { bytes, FakeSerf, member, queryEvent, report, userEvent } from '../support/fake-serf.ts';
import { ok, refused, WirePeer } from '../support/wire-peer.ts';
import { ROLES_BY_COMMAND } from './roles-by-command.ts';

const KEY = 'enjTwAFRe4IE71bOFhirzQ==';
/** The fake takes anything: of that no type of payloads can be inferred. */
const policy = policyOf<Uint8Array>;
const commands = Object.keys(COMMANDS) as Command[];
const roles: Readonly<Record<'viewer' | 'operator' | 'admin', Policy>> = {
  viewer: VIEWER,
  operator: { ...OPERATOR, events: ['deploy'], queries: ['load'], setTags: ['role'] },
  admin: ADMIN,
};
const roleNames = Object.keys(roles) as (keyof typeof roles)[];

/** Each command as a call; those that are not a Serf's have none. */
const CALLS: Readonly<Record<Command, ((serf: Serf) => Observable<unknown>) | undefined>> = {
  handshake: undefined,
  auth: undefined,
  stop: undefined,
  members: (serf) => serf.members(),
  'members-filtered': (serf) => serf.members({ name: 'n.*' }),
  stats: (serf) => serf.stats(),
  'get-coordinate': (serf) => serf.coordinate('n1'),
  stream: (serf) => serf.stream('*'),
  monitor: (serf) => serf.monitor('info'),
  query: (serf) => serf.query('load', bytes('x')),
  respond: (serf) => serf.respond(99),
  event: (serf) => serf.event('deploy'),
  tags: (serf) => serf.tags({ set: { role: 'web' } }),
  'force-leave': (serf) => serf.forceLeave('n3'),
  join: (serf) => serf.join('10.0.0.9'),
  'list-keys': (serf) => serf.listKeys(),
  'install-key': (serf) => serf.installKey(KEY),
  'use-key': (serf) => serf.useKey(KEY),
  'remove-key': (serf) => serf.removeKey(KEY),
  leave: (serf) => serf.leave(),
};

/** The same as they are on the wire; `stop` and those before it are no Serf's. */
const BODIES: Readonly<Partial<Record<Command, object>>> = {
  auth: { AuthKey: '' },
  stop: { Stop: 7 },
  'members-filtered': { Name: 'n.*' },
  'get-coordinate': { Node: 'n1' },
  stream: { Type: '*' },
  monitor: { LogLevel: 'INFO' },
  query: { Name: 'load', Payload: bytes('x') },
  respond: { ID: 1 },
  event: { Name: 'deploy' },
  tags: { Tags: { role: 'web' } },
  'force-leave': { Node: 'n3' },
  join: { Existing: ['10.0.0.9'] },
  'install-key': { Key: KEY },
  'use-key': { Key: KEY },
  'remove-key': { Key: KEY },
};

/** What a call throws; nothing else may throw. */
function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  return undefined;
}

describe('every command × every role', () => {
  test('each command has a row, in the table and in the fixture', () => {
    expect(Object.keys(PERMISSIONS).sort()).toEqual([...commands].sort());
    expect(Object.keys(ROLES_BY_COMMAND).sort()).toEqual([...commands].sort());
  });

  test('a command that nobody has decided on is refused to all', () => {
    const command = 'shutdown' as Command;
    expect(decide(rulesOf({ ...ADMIN, commands: '*' }), { command }).allowed).toBe(false);
    expect(decide(rulesOf(ADMIN), { command: 'constructor' as Command }).allowed).toBe(false);
  });

  test.each(roleNames)('in process: %s', (role) => {
    const serf = new FakeSerf();
    const guarded = policy(serf, roles[role]);
    guarded.stream('query').subscribe();
    serf.events$.next(queryEvent('q'));
    serf.calls.length = 0;
    const column = roleNames.indexOf(role);
    const seen = commands.map((command) => {
      const error = thrownBy(() => CALLS[command]?.(guarded));
      if (error) {
        expect(error).toBeInstanceOf(AgentError);
        expect(error).toMatchObject({
          code: 'permission-denied',
          command,
          message: `Permission denied: ${command} (role ${role})`,
          cause: expect.any(Error),
        });
      }
      return [command, error ? '○' : '●'];
    });
    expect(seen).toEqual(commands.map((command) => [command, ROLES_BY_COMMAND[command][column]]));
    expect(serf.calls).toEqual([]);
  });

  test.each(roleNames)('over the wire, and the connection lives on: %s', async (role) => {
    const serf = new FakeSerf();
    const column = roleNames.indexOf(role);
    const peer = new WirePeer(policy(serf, roles[role])).greet();
    peer.ask(1, 'stream', { Type: 'query' });
    serf.events$.next(queryEvent('q'));
    peer.take();
    const seen: [Command, string][] = [['handshake', '●']];
    for (const [at, command] of commands.filter((each) => each !== 'handshake').entries()) {
      const seq = 100 + at;
      peer.ask(seq, command, ...(COMMANDS[command].request ? [BODIES[command]] : []));
      const answers: unknown[] = [];
      // Of a key, fingerprints are made in a turn of their own.
      await expect.poll(() => answers.push(...peer.take()), { interval: 1 }).toBeGreaterThan(0);
      const { Error: text } = answers[0] as { Error: string };
      expect(answers[0]).toEqual(refused(seq, text && `Permission denied: ${command} (role ${role})`));
      seen.push([command, text ? '○' : '●']);
    }
    expect(seen).toEqual(commands.map((command) => [command, ROLES_BY_COMMAND[command][column]]));
    expect(peer.hungUp()).toBe(false);
    expect(peer.ask(1_000, 'stop', { Stop: 7 }).take()).toContainEqual(ok(1_000));
  });

  test('roles are cumulative: an operator is a viewer and exactly this, an admin an operator and exactly that', () => {
    const of = (rules: Policy) => allowedCommands(rulesOf(rules));
    const more = (rules: Policy, than: Policy) => of(rules).filter((command) => !of(than).includes(command));
    expect(more(VIEWER, OPERATOR)).toEqual([]);
    expect(more(OPERATOR, ADMIN)).toEqual([]);
    expect(more(OPERATOR, VIEWER)).toEqual(['query', 'respond', 'event', 'tags', 'force-leave']);
    expect(more(ADMIN, OPERATOR)).toEqual(['join', 'list-keys']);
    const everything: Policy = { ...ADMIN, keys: 'manage', commands: commands };
    expect(more(everything, ADMIN)).toEqual(['install-key', 'use-key', 'remove-key', 'leave']);
  });
});

/** So many tags with a pattern each; name and status are two more. */
function tagPatterns(count: number): Record<string, string> {
  return Object.fromEntries(Array.from({ length: count }, (_, i) => [`t${i}`, 'a']));
}

describe('names', () => {
  test.each<[Policy, (serf: Serf) => Observable<unknown>, boolean]>([
    [{ ...OPERATOR, events: ['deploy:*'] }, (serf) => serf.event('deploy:web'), true],
    [{ ...OPERATOR, events: ['deploy:*'] }, (serf) => serf.event('deploy'), false],
    [{ ...OPERATOR, events: ['deploy'] }, (serf) => serf.event('deploy2'), false],
    [{ ...OPERATOR, events: ['*'] }, (serf) => serf.event('_serf_x'), false],
    [OPERATOR, (serf) => serf.event('deploy'), false],
    [OPERATOR, (serf) => serf.query('load'), false],
    [ADMIN, (serf) => serf.query('_serf_list-keys'), false],
    [ADMIN, (serf) => serf.query('_serf_ping'), true],
    [ADMIN, (serf) => serf.query('_serf_ping', new Uint8Array(0)), true],
    [ADMIN, (serf) => serf.query('_serf_ping', bytes('x')), false],
    [OPERATOR, (serf) => serf.query('_serf_ping'), false],
    [ADMIN, (serf) => serf.query('load', undefined, { timeout: 60_000 }), true],
    [ADMIN, (serf) => serf.query('load', undefined, { timeout: 60_001 }), false],
    [ADMIN, (serf) => serf.query('load', undefined, { relayFactor: 3 }), true],
    [ADMIN, (serf) => serf.query('load', undefined, { relayFactor: 4 }), false],
    [
      { ...OPERATOR, setTags: ['ui:*'] },
      (serf) => serf.tags({ set: { 'ui:a': '1' }, delete: ['ui:b'] }),
      true,
    ],
    [
      { ...OPERATOR, setTags: ['ui:*'] },
      (serf) => serf.tags({ set: { 'ui:a': '1' }, delete: ['role'] }),
      false,
    ],
    [OPERATOR, (serf) => serf.forceLeave('n3', { prune: true }), false],
    [ADMIN, (serf) => serf.forceLeave('n3', { prune: true }), true],
    [VIEWER, (serf) => serf.monitor('debug'), false],
    [VIEWER, (serf) => serf.monitor('err'), true],
    [VIEWER, (serf) => serf.monitor(), true],
    [{ ...VIEWER, logLevel: 'err' }, (serf) => serf.monitor(), false],
    [{ ...VIEWER, streams: ['member-*'] }, (serf) => serf.stream('member-join,member-leave'), true],
    [{ ...VIEWER, streams: ['member-*'] }, (serf) => serf.stream('member-join,user'), false],
    [{ ...VIEWER, streams: ['member-*'] }, (serf) => serf.stream('*'), false],
    [{ ...VIEWER, streams: ['user:deploy'] }, (serf) => serf.stream('user'), false],
    [{ ...VIEWER, streams: ['user:deploy'] }, (serf) => serf.stream('user:deploy'), true],
    [{ ...VIEWER, streams: ['user:*'] }, (serf) => serf.stream('user'), true],
    [{ ...VIEWER, streams: ['user'] }, (serf) => serf.stream('user:deploy'), true],
    [{ ...VIEWER, streams: ['user'] }, (serf) => serf.stream('query:user'), false],
    [VIEWER, (serf) => serf.members({ name: 'x'.repeat(256) }), true],
    [VIEWER, (serf) => serf.members({ name: 'x'.repeat(257) }), false],
    [OPERATOR, (serf) => serf.members({ name: 'x'.repeat(257) }), true],
    [VIEWER, (serf) => serf.members({ tags: tagPatterns(30) }), true],
    [VIEWER, (serf) => serf.members({ tags: tagPatterns(31) }), false],
    [OPERATOR, (serf) => serf.members({ tags: tagPatterns(31) }), true],
    [{ ...VIEWER, hideTags: ['secret'] }, (serf) => serf.members({ tags: { secret: 'a.*' } }), false],
    [{ ...VIEWER, hideTags: ['secret'] }, (serf) => serf.members({ tags: { role: 'a.*' } }), true],
    [
      { ...ADMIN, hideTags: ['secret'] },
      (serf) => serf.query('q', undefined, { filterTags: { secret: 'a' } }),
      false,
    ],
  ])('case %#', (rules, call, allowed) => {
    const error = thrownBy(() => call(policy(new FakeSerf(), rules)));
    if (allowed) expect(error).toBeUndefined();
    else expect(error).toMatchObject({ code: 'permission-denied' });
  });

  test('a name of Object’s is a name like any other', () => {
    for (const name of ['__proto__', 'constructor', 'toString']) {
      expect(thrownBy(() => policy(new FakeSerf(), OPERATOR).event(name))).toMatchObject({
        code: 'permission-denied',
      });
    }
  });

  test('misuse is misuse, whoever it is', () => {
    const admin = policy(new FakeSerf(), ADMIN);
    expect(thrownBy(() => admin.stream('nonsense' as never))).toBeInstanceOf(InvalidArgumentError);
  });
});

describe('what is hidden', () => {
  const hideTags = ['secret'];
  const tagged = member('n1', { tags: { role: 'web', secret: 'x' } });

  test('tags: in members, in events and in stats', async () => {
    const serf = new FakeSerf();
    serf.nodes = [tagged];
    serf.answers.stats = () => of({ agent: { name: 'n1' }, tags: { role: 'web', secret: 'x' } });
    const guarded = policy(serf, { ...VIEWER, hideTags });
    const seen: SerfEvent[] = [];
    guarded.stream('member-update').subscribe((event) => seen.push(event));
    serf.events$.next({ event: 'member-update', members: [tagged] });

    expect(await firstValueFrom(guarded.members())).toEqual([{ ...tagged, tags: { role: 'web' } }]);
    expect(seen).toEqual([{ event: 'member-update', members: [{ ...tagged, tags: { role: 'web' } }] }]);
    expect((await firstValueFrom(guarded.stats())).tags).toEqual({ role: 'web' });
    expect(tagged.tags).toEqual({ role: 'web', secret: 'x' });
  });

  test('tags: what one session got is made once for all sessions', () => {
    const serf = new FakeSerf();
    const role = policy(serf, { ...VIEWER, hideTags });
    const seen: unknown[] = [];
    for (const name of ['a', 'b'])
      role
        .as({ name })
        .stream('*')
        .subscribe((event) => seen.push(event));
    serf.events$.next({ event: 'member-update', members: [tagged] });
    expect(seen).toHaveLength(2);
    expect(seen[0]).toBe(seen[1]);
  });

  test('payloads: of events, queries and replies, with what else tells them', () => {
    const serf = new FakeSerf();
    const guarded = policy(serf, { ...ADMIN, payloads: false });
    const seen: object[] = [];
    guarded.stream('*').subscribe((event) => seen.push(event));
    guarded.query('q').subscribe((reply) => seen.push(reply));
    serf.events$.next({
      ...userEvent('a', 'x'),
      payloadError: new AgentError('agent-error', 'x') as never,
      rawPayload: bytes('x'),
    });
    serf.events$.next(queryEvent('b'));
    serf.replies$.next({ type: 'response', from: 'n1', payload: bytes('x'), rawPayload: bytes('x') });
    serf.replies$.next({ type: 'ack', from: 'n1' });
    expect(seen).toEqual([
      { event: 'user', name: 'a', ltime: 5, coalesce: false, payload: new Uint8Array(0) },
      {
        event: 'query',
        id: 99,
        name: 'b',
        ltime: 7,
        payload: new Uint8Array(0),
        respond: expect.any(Function),
      },
      { type: 'response', from: 'n1', payload: new Uint8Array(0) },
      { type: 'ack', from: 'n1' },
    ]);
  });

  test('payloads: of a codec that cannot decode nothing, undefined', () => {
    const serf = new FakeSerf();
    const guarded = policy(serf, { ...VIEWER, payloads: false });
    const seen: object[] = [];
    guarded.stream('user', { codec: json() }).subscribe((event) => seen.push(event));
    serf.events$.next(userEvent('a', '{}'));
    expect(seen).toMatchObject([{ name: 'a', payload: undefined }]);
  });

  test('without a restriction, an event is the same object: serve encodes it once for all peers', () => {
    const serf = new FakeSerf();
    const seen: unknown[] = [];
    policy(serf, VIEWER)
      .stream('*')
      .subscribe((event) => seen.push(event));
    const event = userEvent('a');
    serf.events$.next(event);
    expect(seen[0]).toBe(event);
  });

  test('event_handlers: not a viewer’s', async () => {
    const serf = new FakeSerf();
    serf.answers.stats = () => of({ agent: { name: 'n1' }, event_handlers: { '/bin/x': '*' } });
    expect(Object.keys(await firstValueFrom(policy(serf, VIEWER).stats()))).toEqual(['agent', 'session']);
    expect(await firstValueFrom(policy(serf, OPERATOR).stats())).toMatchObject({
      event_handlers: { '/bin/x': '*' },
    });
  });
});

describe('answers', () => {
  test('a viewer cannot answer the queries it sees: neither the event, nor the id, nor on the wire', () => {
    const serf = new FakeSerf();
    const respond = vi.fn(() => of(undefined));
    const guarded = policy(serf, VIEWER);
    const peer = new WirePeer(guarded).greet().ask(1, 'stream', { Type: 'query' });
    let seen: SerfEvent | undefined;
    guarded.stream('query').subscribe((event) => {
      seen = event;
    });
    serf.events$.next(queryEvent('q', respond));
    expect(thrownBy(() => seen?.event === 'query' && seen.respond(bytes('a')))).toMatchObject({
      code: 'permission-denied',
      command: 'respond',
    });
    peer.take();
    expect(peer.ask(2, 'respond', { ID: 1 }).take()).toEqual([
      refused(2, 'Permission denied: respond (role viewer)'),
    ]);
    expect(respond).not.toHaveBeenCalled();
  });

  test('an operator answers what it was sent, and no other id', async () => {
    const serf = new FakeSerf();
    const guarded = policy(serf, OPERATOR);
    guarded.stream('query').subscribe();
    expect(await failureOf(guarded.respond(99))).toMatchObject({ code: 'unknown-query' });
    serf.calls.length = 0;
    serf.events$.next(queryEvent('q'));
    guarded.respond(99, bytes('a')).subscribe();
    expect(serf.calls.at(-1)?.slice(0, 3)).toEqual(['respond', 99, bytes('a')]);
  });
});

describe('keys', () => {
  const listed = (keys: Policy['keys']) =>
    firstValueFrom(policy(new FakeSerf(), { ...ADMIN, ...(keys && { keys }) }).listKeys());

  test('fingerprints, unless they are to be plain', async () => {
    const [print] = Object.keys((await listed(undefined)).keys);
    expect(print).toMatch(/^sha256:[0-9a-f]{64}$/);
    expect((await listed('manage')).keys).toEqual({ [print as string]: 2 });
    expect((await listed('plain')).keys).toEqual({ [KEY]: 2 });
    const { createHash } = await import('node:crypto');
    expect(print).toBe(`sha256:${createHash('sha256').update(Buffer.from(KEY, 'base64')).digest('hex')}`);
  });

  test('also in the report of a failure', async () => {
    const serf = new FakeSerf();
    serf.answers.listKeys = () =>
      throwError(() => new AgentError('nodes-failed', '1/2 nodes reported failure', { report }));
    const error = await failureOf(policy(serf, ADMIN).listKeys());
    expect(error).toMatchObject({ code: 'nodes-failed', message: '1/2 nodes reported failure' });
    expect(Object.keys((error as AgentError).report?.keys ?? {})).toEqual([
      expect.stringMatching(/^sha256:/),
    ]);
  });

  test('are used and removed by fingerprint', async () => {
    const serf = new FakeSerf();
    const guarded = policy(serf, { ...ADMIN, keys: 'manage' });
    const [print] = Object.keys((await firstValueFrom(guarded.listKeys())).keys);
    await firstValueFrom(guarded.useKey(print as string));
    expect(serf.calls.at(-1)?.slice(0, 2)).toEqual(['useKey', KEY]);
    await firstValueFrom(guarded.removeKey(print as string));
    expect(serf.calls.at(-1)?.slice(0, 2)).toEqual(['removeKey', KEY]);
    expect(await failureOf(guarded.useKey(`sha256:${'0'.repeat(64)}`))).toMatchObject({
      code: 'invalid-argument',
    });
  });
});

describe('the session', () => {
  test('is a section of stats', async () => {
    const role = policy(new FakeSerf(), { ...OPERATOR, events: ['deploy:*'] });
    const stats = await firstValueFrom(role.as({ name: 'ada', expires: 1_800_000_000_000 }).stats());
    expect(stats.session).toMatchObject({
      role: 'operator',
      name: 'ada',
      expires: '1800000000000',
      events: '["deploy:*"]',
      queries: '[]',
      answers: 'true',
      logLevel: 'trace',
    });
    expect(JSON.parse(stats.session?.commands ?? '').sort()).toEqual(
      commands.filter((command) => ROLES_BY_COMMAND[command][1] === '●').sort(),
    );
  });

  test('is there without the right to stats, with the agent’s name and nothing else', async () => {
    const stats = await firstValueFrom(policy(new FakeSerf(), { commands: [], role: 'nobody' }).stats());
    expect(Object.keys(stats)).toEqual(['agent', 'session']);
    expect(stats.agent).toEqual({ name: 'n1' });
    expect(stats.session?.commands).toBe('["handshake","auth","stop"]');
  });
});

describe('rates', () => {
  const rules: Policy = { ...ADMIN, perSecond: { members: 5, stream: 1 } };

  test('as many at once as a second has, then in turn for 2 s, then refused', () => {
    const clock = new Clock();
    const serf = new FakeSerf();
    const guarded = policy(serf, rules, { usage: new PolicyUsage(clock) });
    const errors: unknown[] = [];
    for (let i = 0; i < 20; i++) guarded.members().subscribe({ error: (error) => errors.push(error) });
    expect(serf.calls).toHaveLength(5);
    expect(errors).toHaveLength(5);
    expect(errors[0]).toBeInstanceOf(AgentError);
    expect(errors[0]).toMatchObject({
      code: 'rate-limited',
      message: 'Rate limited: members (5 per second)',
    });
    clock.advance(200);
    expect(serf.calls).toHaveLength(6);
    clock.advance(1_800);
    expect(serf.calls).toHaveLength(15);
    clock.advance(1_000);
    guarded.members().subscribe();
    expect(serf.calls).toHaveLength(16);
  });

  test('those who give up have had their turn: nothing is sent for them', () => {
    const clock = new Clock();
    const serf = new FakeSerf();
    const guarded = policy(serf, rules, { usage: new PolicyUsage(clock) });
    for (let i = 0; i < 6; i++) guarded.members().subscribe().unsubscribe();
    clock.advance(10_000);
    expect(serf.calls).toHaveLength(5);
    expect(clock.actions).toEqual([]);
  });

  test('of a stream: thrown at the call, so that serve can refuse it', () => {
    const clock = new Clock();
    const guarded = policy(new FakeSerf(), rules, { usage: new PolicyUsage(clock) });
    const peer = new WirePeer(guarded).greet();
    for (let seq = 1; seq <= 5; seq++) peer.ask(seq, 'stream', { Type: '*' });
    expect(peer.take()).toEqual([
      ok(1),
      ok(2),
      ok(3),
      refused(4, 'Rate limited: stream (1 per second)'),
      refused(5, 'Rate limited: stream (1 per second)'),
    ]);
    expect(peer.hungUp()).toBe(false);
  });

  test('count for an identity, over its sessions', () => {
    const usage = new PolicyUsage(new Clock());
    const serf = new FakeSerf();
    const role = policy(serf, rules);
    for (let i = 0; i < 4; i++) role.as({ usage }).members().subscribe();
    for (let i = 0; i < 4; i++) role.as({ usage }).members().subscribe();
    expect(serf.calls).toHaveLength(5);
    role
      .as({ usage: new PolicyUsage(new Clock()) })
      .members()
      .subscribe();
    expect(serf.calls).toHaveLength(6);
  });

  test('queriesOpen: one that nobody waits for counts until its deadline, one that is over does not', () => {
    const clock = new Clock();
    const serf = new FakeSerf();
    const first = new Subject<never>();
    const guarded = policy(serf, { ...ADMIN, queriesOpen: 2 }, { usage: new PolicyUsage(clock) });
    serf.answers.query = () => first;
    const abandoned = guarded.query('a', undefined, { timeout: 5_000 }).subscribe();
    guarded.query('b').subscribe();
    const refusals: unknown[] = [];
    const ask = () => guarded.query('c').subscribe({ error: (error) => refusals.push(error.code) });
    ask();
    expect(refusals).toEqual(['rate-limited']);
    abandoned.unsubscribe();
    ask();
    expect(refusals).toHaveLength(2);
    clock.advance(5_000);
    serf.answers.query = () => NEVER;
    ask();
    expect(refusals).toHaveLength(2);
    first.complete();
    ask();
    expect(refusals).toHaveLength(2);
  });
});

test.each<[unknown, string]>([
  [null, 'object'],
  [{ commands: ['shutdown'] }, 'shutdown'],
  [{ commands: 'members' }, 'commands'],
  [{ commands: '*', logLevel: 'loud' }, 'logLevel'],
  [{ commands: '*', keys: 'all' }, 'keys'],
  [{ commands: '*', events: 'deploy' }, 'events'],
  [{ commands: '*', prune: 1 }, 'prune'],
  [{ commands: '*', patternLength: -1 }, 'patternLength'],
  [{ commands: '*', perSecond: { members: 0 } }, 'perSecond.members'],
  [{ commands: '*', perSecond: { shutdown: 1 } }, 'shutdown'],
])('rules that cannot be throw at the call: %j', (rules, what) => {
  const call = () => policy(new FakeSerf(), rules as Policy);
  expect(call).toThrow(InvalidArgumentError);
  expect(call).toThrow(what);
});

test('rules are read once: who changes them afterwards changes nothing', () => {
  const events = ['a'];
  const guarded = policy(new FakeSerf(), { ...OPERATOR, events });
  events.push('b');
  expect(thrownBy(() => guarded.event('b'))).toMatchObject({ code: 'permission-denied' });
});
