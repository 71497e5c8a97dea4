import type { Coordinate } from 'rxserf';
import type { EmbeddedClusterOptions } from 'rxserf/embedded';
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

const milliseconds = (a: Coordinate, b: Coordinate) => {
  const squares = a.vector.map((x, i) => (x - (b.vector[i] as number)) ** 2);
  const distance = Math.sqrt(squares.reduce((sum, each) => sum + each, 0)) + a.height + b.height;
  return 1_000 * (distance + a.adjustment + b.adjustment);
};

describe('coordinates', () => {
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

describe('places', () => {
  const regions = ['eu', 'us', 'ap'];
  const nodes = regions.flatMap((dc) => [1, 2, 3].map((n) => ({ name: `${dc}-${n}`, tags: { dc } })));
  const places = (seed: number, list: EmbeddedClusterOptions['nodes'] = nodes) => {
    const story = new Story({ nodes: list as typeof nodes, seed });
    const by = story.cluster.names[0] as string;
    return new Map(
      story.cluster.names.map((name) => [name, story.ask(story.node(by).coordinate(name)) as Coordinate]),
    );
  };

  test('nodes of one dc are near each other, and far from those of another', () => {
    for (const seed of [1, 2, 3]) {
      const all = [...places(seed)];
      for (const [a, at] of all) {
        for (const [b, there] of all) {
          if (a === b) continue;
          const trip = milliseconds(at, there);
          if (a.slice(0, 2) === b.slice(0, 2)) expect(trip).toBeLessThan(3);
          else expect(trip).toBeGreaterThan(10);
          expect(trip).toBeLessThan(100);
        }
      }
    }
  });

  test('a dc is where the seed puts it, whatever else there is', () => {
    const [first] = nodes;
    const near = milliseconds(
      places(7).get('eu-1') as Coordinate,
      places(7, [{ name: 'other', tags: { dc: 'x' } }, first!] as typeof nodes).get('eu-1') as Coordinate,
    );

    expect(near).toBeLessThan(3);
    expect(places(7)).toEqual(places(7));
    expect(places(7)).not.toEqual(places(8));
  });

  test('a node is where it is put', () => {
    const at = { vector: [1, 2, 3, 4, 5, 6, 7, 8], error: 0.1, adjustment: 0, height: 0.001 };
    const story = new Story({ nodes: [{ name: 'n1', at }] });

    expect(story.ask(story.node('n1').coordinate('n1'))).toEqual(at);
    for (const wrong of [{ ...at, vector: [1] }, { ...at, height: Number.NaN }, { vector: at.vector }, {}]) {
      const make = () => new Story({ nodes: [{ name: 'n1', at: wrong as Coordinate }] });
      expect(make).toThrow('at of "n1" should be a coordinate: a vector of 8 numbers');
    }
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
