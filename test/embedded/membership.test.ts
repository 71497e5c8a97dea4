import { type Observable, VirtualTimeScheduler } from 'rxjs';
import { InvalidArgumentError } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { describe, expect, test } from 'vitest';
import { Story, titleOf } from './kit.ts';

/** Times of the defaults, and a margin: until all have noticed, and have been told. */
const NOTICED = 700;
const MEMBERS = 'member-join,member-leave,member-failed,member-update,member-reap';

describe('a new cluster', () => {
  test('nodes by number, by name, with tags: they know each other', () => {
    expect(new Story({ nodes: 2 }).seenBy('n1')).toBe('n1 alive, n2 alive');
    const story = new Story({ nodes: ['a', { name: 'b', tags: { role: 'db' } }] });

    expect(story.cluster.names).toEqual(['a', 'b']);
    expect(story.members('a')).toEqual([
      expect.objectContaining({
        name: 'a',
        address: '10.0.0.1',
        port: 7946,
        tags: expect.objectContaining({}),
      }),
      expect.objectContaining({
        name: 'b',
        address: '10.0.0.2',
        tags: expect.objectContaining({ role: 'db' }),
      }),
    ]);
    expect(story.cluster.gossipAddress('b')).toBe('10.0.0.2:7946');
  });

  test('one node that does not join is alone, until it does', () => {
    const story = new Story({ nodes: ['a', 'b', { name: 'c', join: false }] });
    story.pass(1_000);
    expect([story.seenBy('a'), story.seenBy('c')]).toEqual(['a alive, b alive', 'c alive']);

    expect(story.ask(story.node('c').join(story.cluster.gossipAddress('b')), 50)).toBe(1);
    expect(story.seenBy('c')).toBe('a alive, b alive, c alive');
    story.pass(50);
    expect(story.seenBy('a')).toBe('a alive, b alive, c alive');
  });

  test.each([
    [{ nodes: -1 }, 'nodes should be a list, or an integer'],
    [{ nodes: 1.5 }, 'nodes should be a list, or an integer'],
    [{ nodes: ['a', 'a'] }, 'there are two nodes "a"'],
    [{ nodes: [''] }, 'a node’s name is empty'],
    [{ nodes: [{ name: 'a', tags: { huge: 'x'.repeat(512) } }] }, 'the tags of "a" take more than 512 bytes'],
    [{ gossipDelay: -1 }, 'gossipDelay should be 0 to'],
    [{ querySizeLimit: -1 }, 'querySizeLimit should be a number from 0 up'],
    [{ encryptKey: 'short' }, 'a key is 16, 24 or 32 bytes in base64'],
  ])('%j is misuse', (options, message) => {
    const make = () => new EmbeddedCluster({ ...options, scheduler: new VirtualTimeScheduler() });

    expect(make).toThrow(InvalidArgumentError);
    expect(make).toThrow(message);
  });

  test('names that nobody has are misuse', () => {
    const { cluster } = new Story();
    for (const call of ['node', 'fail', 'restart', 'gossipAddress'] as const) {
      expect(() => cluster[call]('n9')).toThrow('there is no node "n9" in this cluster');
    }
    expect(() => cluster.partition(['n1'], ['n9'])).toThrow('there is no node "n9"');
    expect(() => cluster.partition(['n1'], ['n1'])).toThrow('"n1" is in two groups');
    expect(() => cluster.add('n1')).toThrow('there are two nodes "n1"');
  });
});

describe('a node that fails', () => {
  test('is seen failed by each of the others, in its own time', () => {
    const story = new Story({ nodes: 4 });
    const seen = ['n2', 'n3', 'n4'].map((name) => story.tell(story.node(name).stream(MEMBERS)));
    story.pass(0);
    story.cluster.fail('n1');
    story.pass(NOTICED);

    for (const { values, times } of seen) {
      expect(values.map(titleOf)).toEqual(['member-failed n1']);
      expect(times[0]).toBeGreaterThan(500);
      expect(times[0]).toBeLessThanOrEqual(500 + 50 + 30);
    }
    expect(new Set(seen.map(({ times }) => times[0])).size).toBeGreaterThan(1);
    expect(story.seenBy('n2')).toBe('n1 failed, n2 alive, n3 alive, n4 alive');
  });

  test('ends its streams, monitors and requests with connection-lost, and refuses new ones', () => {
    const story = new Story();
    const serf = story.node('n1');
    const calls: Observable<unknown>[] = [serf.stream('*'), serf.monitor(), serf.query('q'), serf.leave()];
    const open = calls.map((call) => story.tell(call));
    story.pass(1);
    const unsent = story.tell(serf.stats());
    story.cluster.fail('n1');

    for (const { error, endedAt } of open) {
      expect(error).toMatchObject({
        name: 'ConnectionLostError',
        code: 'connection-lost',
        outcome: 'unknown',
      });
      expect(endedAt).toBe(1);
    }
    expect(unsent.error).toMatchObject({ outcome: 'not-sent', address: '10.0.0.1:7373', command: 'stats' });
    expect(story.refusal(serf.event('e'))).toMatchObject({ outcome: 'not-sent', command: 'event' });
    story.cluster.fail('n1');
  });

  test('can be started again: it works, and everybody sees it join', () => {
    const story = new Story({ nodes: [{ name: 'n1', tags: { role: 'web' } }, 'n2', 'n3'] });
    const serf = story.node('n1');
    story.ask(serf.tags({ set: { role: 'db' } }));
    story.cluster.fail('n1');
    story.pass(NOTICED);
    const seen = story.tell(story.node('n3').stream(MEMBERS));
    story.pass(0);
    story.cluster.restart('n1');
    const own = story.tell(serf.stream(MEMBERS));
    story.pass(300);

    expect(seen.values.map(titleOf)).toEqual(['member-join n1']);
    expect(own.values.map(titleOf)).toEqual(['member-join n1', 'member-join n2 n3']);
    for (const name of ['n1', 'n2', 'n3']) expect(story.seenBy(name)).toBe('n1 alive, n2 alive, n3 alive');
    // As an agent's, its tags are those of its configuration again.
    const [n1] = story.ask(story.node('n2').members({ name: 'n1' }));
    expect({ ...n1?.tags }).toEqual({ role: 'web' });
  });

  test('that is back before anybody has noticed was never away', () => {
    const story = new Story();
    const seen = story.tell(story.node('n2').stream(MEMBERS));
    story.pass(0);
    story.cluster.restart('n1');
    story.pass(2_000);

    expect(seen.values.map(titleOf)).toEqual([]);
    expect(story.seenBy('n2')).toBe('n1 alive, n2 alive, n3 alive');
  });

  test('when all have failed, the first one back waits for the second', () => {
    const story = new Story({ nodes: 2 });
    for (const name of ['n1', 'n2']) story.cluster.fail(name);
    story.pass(NOTICED);
    story.cluster.restart('n1');
    story.pass(NOTICED);
    expect(story.seenBy('n1')).toBe('n1 alive');
    story.cluster.restart('n2');
    story.pass(200);

    expect([story.seenBy('n1'), story.seenBy('n2')]).toEqual(['n1 alive, n2 alive', 'n1 alive, n2 alive']);
  });

  test('is reaped in the end, and one that has left as well', () => {
    const story = new Story({ reconnectTimeout: 10_000, tombstoneTimeout: 20_000 });
    const seen = story.tell(story.node('n3').stream('member-reap'));
    story.cluster.fail('n1');
    story.tell(story.node('n2').leave());
    story.pass(9_000);
    expect(story.seenBy('n3')).toBe('n1 failed, n2 left, n3 alive');
    story.pass(4_000);
    expect(story.seenBy('n3')).toBe('n2 left, n3 alive');
    story.pass(10_000);

    expect(story.seenBy('n3')).toBe('n3 alive');
    expect(seen.values.map(titleOf)).toEqual(['member-reap n1', 'member-reap n2']);
    expect(story.ask(story.node('n3').coordinate('n1'))).toBeNull();
  });

  test('is remembered for a day', () => {
    const story = new Story();
    story.cluster.fail('n1');
    story.pass(86_400_000);
    expect(story.seenBy('n2')).toBe('n1 failed, n2 alive, n3 alive');
    story.pass(60_000);
    expect(story.seenBy('n2')).toBe('n2 alive, n3 alive');
  });
});

describe('a node that leaves', () => {
  test('is leaving, then left, for the others and for itself; then it has ended', () => {
    const story = new Story();
    const own = story.tell(story.node('n1').stream(MEMBERS));
    const seen = story.tell(story.node('n2').stream(MEMBERS));
    story.pass(0);
    const leave = story.tell(story.node('n1').leave());
    story.pass(49);
    expect(story.seenBy('n1')).toBe('n1 leaving, n2 alive, n3 alive');
    expect(story.refusal(story.node('n1').leave())).toMatchObject({ message: 'Leave already in progress' });
    expect(story.refusal(story.node('n1').join(story.cluster.gossipAddress('n2')))).toMatchObject({
      code: 'agent-error',
      message: "Serf can't Join after Leave or Shutdown",
    });
    story.pass(200);

    expect(leave).toMatchObject({ values: [undefined], end: 'complete', endedAt: 150 });
    expect(own.values.map(titleOf)).toEqual(['member-leave n1']);
    expect(own).toMatchObject({ end: 'connection-lost', endedAt: 150 });
    expect(seen.values.map(titleOf)).toEqual(['member-leave n1']);
    expect(seen.values[0]).toMatchObject({ members: [{ name: 'n1', status: 'left' }] });
    story.pass(1_000);
    expect(story.seenBy('n3')).toBe('n1 left, n2 alive, n3 alive');
  });

  test('can come back', () => {
    const story = new Story();
    story.ask(story.node('n1').leave(), 200);
    story.cluster.restart('n1');
    story.pass(1_000);
    for (const name of ['n1', 'n2', 'n3']) expect(story.seenBy(name)).toBe('n1 alive, n2 alive, n3 alive');
  });

  test('and dies while it does has left', () => {
    const story = new Story();
    const leave = story.tell(story.node('n1').leave());
    story.pass(60);
    story.cluster.fail('n1');
    story.pass(NOTICED);

    expect(leave.end).toBe('connection-lost');
    expect(story.seenBy('n2')).toBe('n1 left, n2 alive, n3 alive');
  });
});

describe('forceLeave', () => {
  test('of a failed member: everybody has it left; with prune nobody has it', () => {
    const story = new Story();
    story.cluster.fail('n1');
    story.pass(NOTICED);
    const seen = story.tell(story.node('n3').stream(MEMBERS));
    story.ask(story.node('n2').forceLeave('n1'), 100);
    expect(story.seenBy('n3')).toBe('n1 left, n2 alive, n3 alive');
    story.ask(story.node('n2').forceLeave('n1', { prune: true }), 100);

    expect(story.seenBy('n2')).toBe('n2 alive, n3 alive');
    expect(story.seenBy('n3')).toBe('n2 alive, n3 alive');
    expect(seen.values.map(titleOf)).toEqual(['member-leave n1', 'member-reap n1']);
  });

  test('of a member that is there: it objects', () => {
    const story = new Story();
    const seen = story.tell(story.node('n3').stream(MEMBERS));
    const log = story.tell(story.node('n1').monitor('debug'));
    const told = story.tell(story.node('n2').forceLeave('n1'));
    story.pass(0);
    expect(story.seenBy('n2')).toBe('n1 leaving, n2 alive, n3 alive');
    story.pass(200);

    expect(told.end).toBe('complete');
    for (const name of ['n1', 'n2', 'n3']) expect(story.seenBy(name)).toBe('n1 alive, n2 alive, n3 alive');
    expect(seen.values).toEqual([]);
    expect(log.values.join('\n')).toContain('serf: Refuting an older leave intent');
  });

  test('with prune, of a member that is there: it is no member any more, until it is restarted', () => {
    const story = new Story();
    story.ask(story.node('n2').forceLeave('n1', { prune: true }), 1_000);
    const without = 'n2 alive, n3 alive';
    expect([story.seenBy('n2'), story.seenBy('n3')]).toEqual([without, without]);
    expect(story.seenBy('n1')).toBe('n1 alive, n2 alive, n3 alive');
    story.ask(story.node('n1').tags({ set: { version: '2' } }), 1_000);
    expect(story.seenBy('n2')).toBe(without);

    story.cluster.restart('n1');
    story.pass(1_000);
    const all = 'n1 alive, n2 alive, n3 alive';
    expect([story.seenBy('n2'), story.seenBy('n3')]).toEqual([all, all]);
  });

  test('of the only other member: nobody is left to tell, so nobody objects, as on an agent', () => {
    const story = new Story({ nodes: 2 });
    story.ask(story.node('n2').forceLeave('n1'), 1_000);
    expect([story.seenBy('n1'), story.seenBy('n2')]).toEqual(['n1 alive, n2 alive', 'n1 leaving, n2 alive']);
  });

  test('of oneself, and of a name that nobody has', () => {
    const story = new Story();
    expect(story.ask(story.node('n1').forceLeave('n1'), 200)).toBeUndefined();
    expect(story.ask(story.node('n1').forceLeave('nobody'), 200)).toBeUndefined();
    expect(story.seenBy('n1')).toBe('n1 alive, n2 alive, n3 alive');
  });
});

describe('join', () => {
  test('joins two clusters: all of the one and all of the other', () => {
    const alone = ['c', 'd'].map((name) => ({ name, join: false }));
    const story = new Story({ nodes: ['a', 'b', ...alone] });
    const address = (name: string) => story.cluster.gossipAddress(name);
    story.ask(story.node('d').join(address('c')), 300);
    const seen = story.tell(story.node('a').stream(MEMBERS));
    expect(story.ask(story.node('c').join([address('b'), '10.9.9.9:7946', address('c')]), 300)).toBe(2);

    for (const name of ['a', 'b', 'c', 'd']) {
      expect(story.seenBy(name)).toBe('a alive, b alive, c alive, d alive');
    }
    expect(seen.values.map(titleOf)).toEqual(['member-join c d']);
  });

  test('takes a name in front of the address, and the default port', () => {
    const story = new Story();
    expect(story.ask(story.node('n1').join(['n2/10.0.0.2:7946', '10.0.0.3']), 50)).toBe(2);
  });

  test('says why it reached nobody', () => {
    const story = new Story({ nodes: 4 });
    story.cluster.fail('n2');
    story.cluster.partition(['n3']);
    const join = story.node('n1').join(['10.0.0.2:7946', '10.0.0.3:7946', '10.0.0.4:1', 'nonsense']);

    expect(story.refusal(join, 50)).toMatchObject({
      name: 'AgentError',
      code: 'agent-error',
      command: 'join',
      address: '10.0.0.1:7373',
      message:
        '4 errors occurred:\n' +
        '\t* Failed to join 10.0.0.2: dial tcp 10.0.0.2:7946: connect: connection refused\n' +
        '\t* Failed to join 10.0.0.3: dial tcp 10.0.0.3:7946: i/o timeout\n' +
        '\t* Failed to join 10.0.0.4: dial tcp 10.0.0.4:1: connect: connection refused\n' +
        '\t* Failed to resolve nonsense: lookup nonsense: no such host\n\n',
    });
  });

  test('that takes longer than its timeout ends with a RequestTimeoutError', () => {
    const story = new Story({ gossipDelay: 1_000 });
    expect(story.refusal(story.node('n1').join('10.0.0.2', { timeout: 100 }), 100)).toMatchObject({
      name: 'RequestTimeoutError',
      code: 'request-timeout',
      message: 'no answer to join in 100 ms',
      timeout: 100,
    });
  });
});

describe('tags', () => {
  test('reach everybody as an update; the same tags again are no news', () => {
    const story = new Story();
    const seen = ['n1', 'n3'].map((name) => story.tell(story.node(name).stream(MEMBERS)));
    story.pass(0);
    story.ask(story.node('n1').tags({ set: { a: '1' } }), 100);
    story.ask(story.node('n1').tags({ set: { a: '1' }, delete: ['b'] }), 100);
    story.ask(story.node('n1').tags({ set: { a: '2' } }), 100);

    for (const { values } of seen) {
      expect(values).toMatchObject(
        ['1', '2'].map((a) => ({ event: 'member-update', members: [{ name: 'n1', tags: { a } }] })),
      );
    }
  });

  test('may have any keys', () => {
    const story = new Story();
    const set = JSON.parse('{"__proto__":"a","constructor":"b"}');
    story.ask(story.node('n1').tags({ set }), 100);
    const [n1] = story.ask(story.node('n2').members({ name: 'n1', tags: set }));

    expect(Object.entries(n1?.tags ?? {})).toEqual([
      ['__proto__', 'a'],
      ['constructor', 'b'],
    ]);
  });

  test('take 512 bytes, as an agent counts them', () => {
    const story = new Story({ nodes: [{ name: 'n1', tags: { role: 'web' } }] });
    expect(story.ask(story.node('n1').tags({ set: { a: 'x'.repeat(496) } }))).toBeUndefined();
    expect(story.refusal(story.node('n1').tags({ set: { a: 'x'.repeat(497) } }))).toMatchObject({
      message: 'Encoded length of tags exceeds limit of 512 bytes',
      limit: 512,
    });
  });
});
