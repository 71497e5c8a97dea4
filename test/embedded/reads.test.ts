import type { Coordinate } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { Story } from './kit.ts';

describe('members', () => {
  const nodes = [
    { name: 'n1', tags: { role: 'web', zone: 'a' } },
    { name: 'n2', tags: { role: 'web', zone: 'b' } },
    { name: 'n3', tags: { role: 'db' } },
    { name: 'probe' },
  ];
  const story = new Story({ nodes });

  test.each([
    [{ name: 'n.' }, 'n1 n2 n3'],
    [{ name: 'pro|zzz' }, 'probe'],
    [{ name: 'n' }, ''],
    [{ name: '\\pL\\d' }, 'n1 n2 n3'],
    [{ name: '(?i)PROBE' }, 'probe'],
    [{ tags: { role: '' } }, 'probe'],
    [{ tags: { role: 'w..', zone: '[^a]' } }, 'n2'],
    [{ status: 'alive', name: '', tags: {} }, 'n1 n2 n3 probe'],
    [{ status: 'failed' }, ''],
  ])('that match %j', (filter, names) => {
    const members = story.ask(story.node('n1').members(filter));
    expect(members.map(({ name }) => name).join(' ')).toBe(names);
  });

  test.each([
    [{ name: '(' }, 'name "("'],
    [{ status: '(?=look)' }, 'status "(?=look)"'],
    [{ tags: { role: '(?<!behind)' } }, 'tag "role" "(?<!behind)"'],
    [{ tags: { role: '(a)\\1' } }, 'tag "role" "(a)\\\\1"'],
    [{ name: 'a{1001}' }, 'name "a{1001}"'],
  ])('by %j, which is not RE2', (filter, shown) => {
    expect(story.refusal(story.node('n1').members(filter))).toMatchObject({
      name: 'InvalidArgumentError',
      code: 'invalid-pattern',
      command: 'members-filtered',
      address: '10.0.0.1:7373',
      message: expect.stringContaining(shown),
    });
  });

  test('by a pattern that would stop a backtracking engine', () => {
    const story = new Story({ nodes: ['a'.repeat(64)] });
    expect(story.ask(story.node('a'.repeat(64)).members({ name: '(a*)*(a*)*(a*)*b' }))).toEqual([]);
  });
});

describe('coordinates', () => {
  const milliseconds = (a: Coordinate, b: Coordinate) => {
    const squares = a.vector.map((x, i) => (x - (b.vector[i] as number)) ** 2);
    const distance = Math.sqrt(squares.reduce((sum, each) => sum + each, 0)) + a.height + b.height;
    return 1_000 * (distance + a.adjustment + b.adjustment);
  };

  test('give round trips as in one region, the same wherever one asks', () => {
    const story = new Story({ nodes: 10 });
    const of = (name: string, by = 'n1') => story.ask(story.node(by).coordinate(name)) as Coordinate;
    const trips = story.cluster.names.slice(1).map((name) => milliseconds(of('n1'), of(name)));

    expect(Math.min(...trips)).toBeGreaterThan(0.1);
    expect(Math.max(...trips)).toBeLessThan(20);
    expect(of('n5', 'n1')).toEqual(of('n5', 'n7'));
    expect(story.ask(story.node('n1').coordinate('nobody'))).toBeNull();
  });
});

describe('stats', () => {
  test('count members and clocks', () => {
    const story = new Story({ nodes: [{ name: 'n1', tags: { role: 'web' } }, 'n2', 'n3', 'n4'] });
    story.ask(story.node('n1').event('e'), 100);
    story.finished(story.node('n1').query('q', undefined, { timeout: 10 }), 100);
    story.cluster.fail('n2');
    story.tell(story.node('n3').leave());
    story.pass(1_000);
    const stats = story.ask(story.node('n1').stats());

    expect(Object.keys(stats)).toEqual(['agent', 'runtime', 'serf', 'tags', 'event_handlers']);
    expect({ ...stats['serf'] }).toEqual({
      members: '4',
      failed: '1',
      left: '1',
      health_score: '0',
      member_time: '5',
      event_time: '2',
      query_time: '2',
      intent_queue: '0',
      event_queue: '0',
      query_queue: '0',
      encrypted: 'false',
      coordinate_resets: '0',
    });
    expect({ ...stats['tags'] }).toEqual({ role: 'web' });
  });
});
