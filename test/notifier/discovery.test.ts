import { map, Subject } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import type { Member } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { type Instance, notify } from 'rxserf/notifier';
import { pipe, type Socket } from 'rxserf/socket';
import { member } from 'rxserf/testing';
import { describe, expect, test } from 'vitest';
import { instancesOf, placeOf } from '../../src/notifier/discovery/tags.ts';

const at = (name: string, address: string, tags: Record<string, string>, status = 'alive') =>
  ({ ...member(name), address, tags, status }) as Member;

function found(members: readonly Member[], own?: Member, allow: readonly string[] = []) {
  const byName = new Map(members.map((each) => [each.name, each]));
  const { instances, badTags } = instancesOf(byName, { id: 'me', own, allow: new Set(allow) });
  return {
    instances: instances.map(({ id, host, port, state, problem }) =>
      [id, `${host}:${port}`, state, problem].filter((each) => each !== undefined).join(' '),
    ),
    bad: badTags.map(({ member, tag, problem }) => `${member} ${tag}: ${problem}`),
  };
}

describe('tags', () => {
  test('a port is at the member’s own address; so is host:port', () => {
    expect(
      found([
        at('n1', '10.0.0.1', { 'rxn.a': '7221', role: 'web' }),
        at('n2', '10.0.0.2', { 'rxn.b': '10.0.0.2:7222' }),
        at('n3', 'fd00::3', { 'rxn.c': '[fd00:0:0::3]:7223' }),
      ]),
    ).toEqual({
      instances: ['a 10.0.0.1:7221 alive', 'b 10.0.0.2:7222 alive', 'c fd00::3:7223 alive'],
      bad: [],
    });
  });

  test('no member can have us connect anywhere else, unless that is allowed', () => {
    const members = [
      at('n1', '10.0.0.1', { 'rxn.a': '10.0.0.9:22', 'rxn.b': '127.0.0.1:6379', 'rxn.c': 'localhost:80' }),
    ];
    const problem = (host: string) => `${host} is not the member's address (option \`allow\`)`;
    expect(found(members).instances).toEqual([
      `a 10.0.0.9:22 alive ${problem('10.0.0.9')}`,
      `b 127.0.0.1:6379 alive ${problem('127.0.0.1')}`,
      `c localhost:80 alive ${problem('localhost')}`,
    ]);
    expect(found(members).bad).toHaveLength(3);
    expect(found(members, undefined, ['10.0.0.9']).instances[0]).toBe('a 10.0.0.9:22 alive');
  });

  test('loopback is our own machine’s, where the member is at our own address', () => {
    const own = at('n1', '10.0.0.1', { 'rxn.a': '127.0.0.1:7221' });
    const neighbour = at('n2', '10.0.0.1', { 'rxn.b': '127.0.0.1:7222' });
    const other = at('n3', '10.0.0.3', { 'rxn.c': '127.0.0.1:7223' });
    expect(found([own, neighbour, other], own).instances.map((text) => text.split(' ').length > 3)).toEqual([
      false,
      false,
      true,
    ]);
  });

  test('an id that two members have is nobody’s; one of who is gone counts for nothing', () => {
    const members = [
      at('n1', '10.0.0.1', { 'rxn.a': '1' }),
      at('n2', '10.0.0.2', { 'rxn.a': '2', 'rxn.b': '2' }),
      at('n3', '10.0.0.3', { 'rxn.b': '3' }, 'failed'),
    ];
    expect(found(members)).toEqual({
      instances: ['a 10.0.0.2:2 alive 2 members have this id', 'b 10.0.0.2:2 alive'],
      bad: ['n1 rxn.a: 2 members have this id', 'n2 rxn.a: 2 members have this id'],
    });
  });

  test('who takes our own id is told of, and not dialled', () => {
    const own = at('n1', '10.0.0.1', { 'rxn.me': '1' });
    expect(found([own, at('n2', '10.0.0.2', { 'rxn.me': '2' })], own)).toEqual({
      instances: [],
      bad: ['n2 rxn.me: this is our own id'],
    });
  });

  test.each([
    '',
    '0',
    '65536',
    '1e3',
    ' 80',
    'host:',
    ':80',
    'a b:80',
    'http://x:80',
    '[::1]80',
    '../x:80',
    '-1',
    'x'.repeat(400),
  ])('%j is no place', (text) => {
    expect(placeOf(text)).toBeUndefined();
    expect(found([at('n1', '10.0.0.1', { 'rxn.a': text })])).toEqual({
      instances: [],
      bad: ['n1 rxn.a: it should be a port, or host:port'],
    });
  });

  test('of a member that claims hundreds, eight are looked at; ids are what ids may be', () => {
    const tags = Object.fromEntries(Array.from({ length: 300 }, (_, i) => [`rxn.x${i}`, '80']));
    const { instances, bad } = found([at('n1', '10.0.0.1', tags)]);
    expect(instances).toHaveLength(8);
    expect(bad).toHaveLength(100);
    for (const id of ['', 'a b', '__proto__ ', '\u001b[2J', 'x'.repeat(65)])
      expect(found([at('n1', '10.0.0.1', { [`rxn.${id}`]: '80' })]).instances).toEqual([]);
    expect(found([at('n1', '10.0.0.1', { 'rxn.__proto__': '80' })]).instances).toHaveLength(1);
  });

  test('failed and left members', () => {
    expect(
      found([
        at('n1', '10.0.0.1', { 'rxn.a': '1' }, 'failed'),
        at('n2', '10.0.0.2', { 'rxn.b': '2' }, 'left'),
      ]).instances,
    ).toEqual(['a 10.0.0.1:1 failed', 'b 10.0.0.2:2 left']);
  });
});

/** Notifiers on the nodes of an embedded cluster, over pipes, in virtual time. */
function cluster(...names: readonly string[]) {
  const scheduler = new TestScheduler(() => true);
  const embedded = new EmbeddedCluster({ nodes: names, scheduler, gossipDelay: 10, failureDelay: 500 });
  const doors = new Map<string, Subject<Socket>>();
  const log: string[] = [];
  const dial = ({ id }: Instance) => {
    const [near, far] = pipe(scheduler);
    const door = doors.get(id);
    if (!door) throw Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
    scheduler.schedule(() => door.next(far));
    return near;
  };
  const on = (node: string, id: string) => {
    const accepted$ = new Subject<Socket>();
    doors.set(id, accepted$);
    const options = { id, scheduler, dial, accepted$, advertise: '7000' };
    const notifier = notify(embedded.node(node), options);
    notifier.peers$
      .pipe(map((peers) => peers.map(({ id, state }) => `${id} ${state}`).join(', ')))
      .subscribe((text) => log.push(`${id}: ${text}`));
    notifier.events$.subscribe((event) => {
      if (event.type === 'bad-tag') log.push(`${id}: ${event.tag} ${event.problem}`);
    });
    return notifier;
  };
  const pass = (ms: number) => {
    const until = scheduler.frame + ms;
    scheduler.maxFrames = until;
    scheduler.flush();
    scheduler.frame = until;
  };
  const tags = (node: string) => {
    let seen: Record<string, string> = {};
    embedded
      .node(node)
      .members({ name: node })
      .subscribe(([member]) => {
        seen = { ...member?.tags };
      });
    pass(1);
    return seen;
  };
  const last = (id: string) => log.findLast((line) => line.startsWith(`${id}: `) && !line.includes('rxn.'));
  return { embedded, on, pass, tags, log, last, doors };
}

describe('by membership', () => {
  test('notifiers find each other by one tag each, several at one agent too, and take it back', () => {
    const { on, pass, tags, last } = cluster('n1', 'n2');
    on('n1', 'a');
    const b = on('n1', 'b');
    on('n2', 'c');
    pass(5_000);

    expect(tags('n1')).toEqual({ 'rxn.a': '7000', 'rxn.b': '7000' });
    expect(tags('n2')).toEqual({ 'rxn.c': '7000' });
    expect([last('a'), last('b'), last('c')]).toEqual([
      'a: b connected, c connected',
      'b: a connected, c connected',
      'c: a connected, b connected',
    ]);
    void b.close();
    pass(3_000);
    expect(tags('n1')).toEqual({ 'rxn.a': '7000' });
    expect(last('c')).toBe('c: a connected');
  });

  test('an agent that is started again is told again', () => {
    const { embedded, on, pass, tags, last } = cluster('n1', 'n2');
    on('n1', 'a');
    on('n2', 'b');
    pass(5_000);
    // Somebody else’s hand, or an agent that has lost it.
    embedded
      .node('n1')
      .tags({ delete: ['rxn.a'] })
      .subscribe();
    pass(3_000);
    expect(tags('n1')).toEqual({ 'rxn.a': '7000' });
    expect(last('b')).toBe('b: a connected');
  });

  test('a member that has failed keeps its connection: it may be a false alarm', () => {
    const { embedded, on, pass, last } = cluster('n1', 'n2', 'n3');
    on('n1', 'a');
    on('n2', 'b');
    pass(5_000);
    embedded.fail('n2');
    pass(5_000);
    expect(last('a')).toBe('a: b connected');
  });

  test('a member that leaves the cluster takes its notifiers along', () => {
    const { embedded, on, pass, last, doors } = cluster('n1', 'n2');
    on('n1', 'a');
    on('n2', 'b');
    pass(5_000);
    expect(last('a')).toBe('a: b connected');
    embedded
      .node('n2')
      .leave()
      .subscribe({ error: () => {} });
    doors.delete('b');
    pass(5_000);
    expect(last('a')).toBe('a: b unreachable');
  });

  test('a partition: each side goes on with its own part; healed, all are there', () => {
    const { embedded, on, pass, last, doors } = cluster('n1', 'n2', 'n3');
    const [a, b, c] = [on('n1', 'a'), on('n2', 'b'), on('n3', 'c')];
    for (const each of [a, b, c]) each.serve('o', { mask: 0, value: 0 }, 'who', () => each.id).subscribe();
    pass(5_000);
    const who = () => {
      const answers: unknown[] = [];
      a.call('o', 1, 'who').subscribe(({ value, error }) => answers.push(value ?? error?.code));
      pass(100);
      return answers.sort();
    };
    expect(who()).toEqual(['a', 'b', 'c']);
    const door = doors.get('c') as Subject<Socket>;
    embedded.partition(['n1', 'n2'], ['n3']);
    doors.delete('c');
    // The connections do not get through either.
    void c.close();
    pass(5_000);
    expect(who()).toEqual(['a', 'b']);
    expect(last('b')).toMatch(/^b: a connected/);
    embedded.heal();
    doors.set('c', door);
    const again = on('n3', 'c');
    again.serve('o', { mask: 0, value: 0 }, 'who', () => 'c').subscribe();
    pass(20_000);
    expect(who()).toEqual(['a', 'b', 'c']);
  });

  test('a tag of our own agent whose port refuses is taken back', () => {
    const { embedded, on, pass, tags, last } = cluster('n1', 'n2');
    embedded
      .node('n1')
      .tags({ set: { 'rxn.dead': '7001' } })
      .subscribe();
    embedded
      .node('n2')
      .tags({ set: { 'rxn.else': '7001' } })
      .subscribe();
    on('n1', 'z');
    pass(20_000);
    expect(tags('n1')).toEqual({ 'rxn.z': '7000' });
    // Of another's agent, that is not ours to say.
    expect(tags('n2')).toEqual({ 'rxn.else': '7001' });
    expect(last('z')).toBe('z: else waiting');
  });

  test('two members with one id are told of, once', () => {
    const { embedded, on, pass, log } = cluster('n1', 'n2', 'n3');
    for (const node of ['n2', 'n3'])
      embedded
        .node(node)
        .tags({ set: { 'rxn.twice': '1' } })
        .subscribe();
    on('n1', 'a');
    pass(3_000);
    embedded
      .node('n2')
      .tags({ set: { role: 'web' } })
      .subscribe();
    pass(3_000);
    expect(log.filter((line) => line.includes('rxn.'))).toEqual([
      'a: rxn.twice 2 members have this id',
      'a: rxn.twice 2 members have this id',
    ]);
  });
});
