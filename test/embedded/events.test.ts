import { map, merge } from 'rxjs';
import { type Codec, json, type UserEvent, utf8 } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { Story } from './kit.ts';

const TEXT = { codec: utf8() };
const said = ({ name, payload, ltime }: UserEvent<string | undefined>) => `${name} ${payload} ${ltime}`;

describe('user events', () => {
  test('reach every node once, in its own time, not later than gossipDelay', () => {
    const story = new Story({ nodes: 20, gossipDelay: 40 });
    const { cluster } = story;
    const heard = story.tell(
      merge(
        ...cluster.names.map((name) =>
          story
            .node(name)
            .stream('user')
            .pipe(map(() => name)),
        ),
      ),
    );
    story.pass(0);
    story.ask(story.node('n1').event('e'), 100);

    expect(heard.values.toSorted()).toEqual([...cluster.names].sort());
    expect(heard.values[0]).toBe('n1');
    expect(heard.times[0]).toBe(0);
    expect(Math.max(...heard.times)).toBeLessThanOrEqual(40);
    expect(new Set(heard.times).size).toBeGreaterThan(5);
  });

  test('have Lamport times: later than all that the node has heard, and in this order everywhere', () => {
    const story = new Story({ nodes: 5 });
    const heard = story.cluster.names.map((name) => story.tell(story.node(name).stream('user', TEXT)));
    story.pass(0);
    for (let i = 0; i < 30; i++) {
      story.tell(story.node('n1').event('e', `${i}`, TEXT));
      story.pass(1);
    }
    story.pass(100);
    story.ask(story.node('n3').event('last', '', TEXT), 100);

    const all = [...Array.from({ length: 30 }, (_, i) => `e ${i} ${i + 1}`), 'last  31'];
    for (const { values } of heard) expect(values.map(said)).toEqual(all);
  });

  test('of one node stay in their order while the clock goes on as it is read, as it does on a busy machine', () => {
    for (let seed = 1; seed <= 20; seed++) {
      const story = new Story({ nodes: 3, seed });
      const { scheduler } = story;
      const virtual = scheduler.now.bind(scheduler);
      let ahead = 0;
      let reads = 0;
      // Fractions of a ms, too: what is added to a time and taken from it again does not give the time.
      scheduler.now = () => {
        ahead += ++reads % 3 === 0 ? 7.3 : 0.1;
        return virtual() + ahead;
      };
      const heard = story.tell(story.node('n3').stream('user', TEXT));
      story.pass(100);
      for (let i = 0; i < 30; i++) story.tell(story.node('n1').event('e', `${i}`, TEXT));
      story.pass(10_000);

      expect(heard.values.map(said)).toEqual(Array.from({ length: 30 }, (_, i) => `e ${i} ${i + 1}`));
    }
  });

  test('that two nodes fire without having heard of each other may have the same time; both arrive', () => {
    const story = new Story();
    const heard = story.tell(story.node('n3').stream('user', TEXT));
    story.tell(story.node('n1').event('a', '', TEXT));
    story.tell(story.node('n2').event('b', '', TEXT));
    story.pass(100);

    expect(heard.values.map(said).sort()).toEqual(['a  1', 'b  1']);
  });

  test('carry copies: what is done to the bytes later is not heard', () => {
    const story = new Story();
    const heard = ['n1', 'n2', 'n3'].map((name) => story.tell(story.node(name).stream('user')));
    const bytes = Uint8Array.of(1, 2);
    const event = story.node('n1').event('e', bytes);
    bytes.fill(9);
    story.tell(event);
    story.pass(0);
    heard[0]?.values[0]?.payload.fill(7);
    story.pass(100);

    expect(heard[1]?.values[0]?.payload).toEqual(Uint8Array.of(1, 2));
    expect(heard[2]?.values[0]?.payload).toEqual(Uint8Array.of(1, 2));
  });

  test('are decoded by the codec of each call; without one they are bytes', () => {
    const story = new Story();
    const upper: Codec<string> = {
      encode: (text) => new TextEncoder().encode(text),
      decode: (b) => `${b.length}`,
    };
    const streams = [
      story.node('n2').stream('user'),
      story.node('n2').stream('user', { codec: json<number[]>() }),
      story.node('n2').stream('user', { codec: upper }),
    ].map((stream$) => story.tell<{ payload: unknown }>(stream$));
    story.pass(0);
    story.ask(story.node('n1').event('e', [1, 2], { codec: json() }), 100);

    expect(streams.map(({ values }) => values[0]?.payload)).toEqual([
      new TextEncoder().encode('[1,2]'),
      [1, 2],
      '5',
    ]);
  });

  test('have limits as an agent counts them, of bytes', () => {
    const story = new Story();
    const fire = (name: string, size: number) => story.node('n1').event(name, new Uint8Array(size));
    const [before, after] = ['before encoding', 'after encoding'];
    expect(story.ask(fire('x', 481))).toBeUndefined();
    expect(story.refusal(fire('x', 482)).message).toBe(
      `encoded user event exceeds configured limit of 512 bytes ${after}`,
    );
    expect(story.refusal(fire('x', 512)).message).toBe(
      `user event exceeds configured limit of 512 bytes ${before}`,
    );
    expect(story.ask(fire('x'.repeat(40), 440))).toBeUndefined();
    expect(story.refusal(fire('x'.repeat(40), 441))).toMatchObject({ limit: 512, size: 441 });
    expect(story.refusal(fire('€'.repeat(171), 0)).message).toContain(before);

    const small = new Story({ userEventSizeLimit: 40 });
    expect(small.refusal(small.node('n1').event('x', new Uint8Array(40)))).toMatchObject({
      code: 'payload-too-large',
      limit: 40,
      size: 40,
    });
  });

  test('unsubscribed streams hear nothing; each subscription is another', () => {
    const story = new Story();
    const heard: string[] = [];
    const stream$ = story.node('n1').stream('user');
    const first = stream$.subscribe(() => heard.push('first'));
    const second = stream$.subscribe(() => heard.push('second'));
    story.pass(0);
    first.unsubscribe();
    story.ask(story.node('n1').event('e'));
    second.unsubscribe();
    story.ask(story.node('n1').event('e'));

    expect(heard).toEqual(['second']);
  });

  test('a request that is unsubscribed at once is not sent', () => {
    const story = new Story();
    const heard = story.tell(story.node('n1').stream('user'));
    story.node('n1').event('e').subscribe().unsubscribe();
    story.pass(100);
    expect(heard.values).toEqual([]);
  });

  test('a subscriber may do anything, even end the cluster', () => {
    const story = new Story();
    const heard: string[] = [];
    story
      .node('n2')
      .stream('user')
      .subscribe({
        next: () => story.cluster.close(),
        complete: () => heard.push('complete'),
      });
    story.tell(story.node('n1').event('e'));
    story.pass(100);
    expect(heard).toEqual(['complete']);
    expect(story.scheduler.actions).toEqual([]);
  });
});

describe('user events that may coalesce', () => {
  const options = { userCoalescePeriod: 100, userQuiescentPeriod: 30, gossipDelay: 0 };

  function fire(story: Story, payloads: readonly string[], every: number, name = 'e') {
    for (const payload of payloads) {
      story.tell(story.node('n1').event(name, payload, { ...TEXT, coalesce: true }));
      story.pass(every);
    }
  }

  test('are held back until it is quiet; the last one is handed on', () => {
    const story = new Story(options);
    const heard = story.tell(story.node('n2').stream('user', TEXT));
    fire(story, ['1', '2', '3'], 10);
    story.pass(100);
    expect(heard.values).toMatchObject([{ payload: '3', coalesce: true }]);
    expect(heard.times).toEqual([20 + 30]);
  });

  test('are held back for the period at most', () => {
    const story = new Story(options);
    const heard = story.tell(story.node('n2').stream('user', TEXT));
    fire(story, ['1', '2', '3', '4', '5', '6', '7', '8'], 20);
    story.pass(200);
    expect(heard.values.map(({ payload }) => payload)).toEqual(['5', '8']);
    expect(heard.times).toEqual([100, 140 + 30]);
  });

  test('each name for itself; others pass by', () => {
    const story = new Story(options);
    const heard = story.tell(story.node('n2').stream('user', TEXT));
    fire(story, ['1', '2'], 0, 'a');
    fire(story, ['1', '2'], 0, 'b');
    story.tell(story.node('n1').event('plain', '', TEXT));
    story.pass(100);
    expect(heard.values.map(said)).toEqual(['plain  5', 'a 2 2', 'b 2 4']);
  });

  test('of one time, from two nodes, are both handed on', () => {
    const story = new Story({ ...options, gossipDelay: 10 });
    const heard = story.tell(story.node('n3').stream('user', TEXT));
    for (const name of ['n1', 'n2']) {
      story.tell(story.node(name).event('e', name, { ...TEXT, coalesce: true }));
    }
    story.pass(100);
    expect(heard.values.map(({ payload }) => payload).sort()).toEqual(['n1', 'n2']);
  });

  test('are not held back where a period is 0', () => {
    const story = new Story({ ...options, userQuiescentPeriod: 0 });
    const heard = story.tell(story.node('n1').stream('user', TEXT));
    fire(story, ['1', '2'], 0);
    expect(heard.values.map(({ payload }) => payload)).toEqual(['1', '2']);
  });
});

describe('member events', () => {
  test('that come together are one event for each kind', () => {
    const story = new Story({ nodes: 6, gossipDelay: 5, coalescePeriod: 100, quiescentPeriod: 50 });
    const seen = story.tell(story.node('n1').stream('member-failed,member-update'));
    story.pass(0);
    for (const name of ['n2', 'n3', 'n4']) story.cluster.fail(name);
    story.pass(500);
    story.tell(story.node('n5').tags({ set: { a: '1' } }));
    story.pass(200);

    expect(seen.values.map(({ event, members }) => `${event} ${members.length}`)).toEqual([
      'member-failed 3',
      'member-update 1',
    ]);
  });

  test('that cancel each other are none', () => {
    const story = new Story({ coalescePeriod: 3_000, quiescentPeriod: 1_000 });
    const seen = story.tell(story.node('n1').stream('*'));
    story.pass(0);
    story.cluster.fail('n2');
    story.pass(600);
    story.cluster.restart('n2');
    story.pass(5_000);

    expect(seen.values).toEqual([]);
    expect(story.seenBy('n1')).toBe('n1 alive, n2 alive, n3 alive');
  });

  test('are not held back where a period is 0', () => {
    const story = new Story({ coalescePeriod: 0, failureDelay: 0, gossipDelay: 0 });
    const seen = story.tell(story.node('n1').stream('member-failed'));
    story.pass(0);
    for (const name of ['n2', 'n3']) story.cluster.fail(name);
    story.pass(0);
    expect(seen.values.map(({ members }) => members.map(({ name }) => name))).toEqual([['n2'], ['n3']]);
  });
});

describe('old events', () => {
  function withHistory() {
    const story = new Story({ nodes: ['a', 'b', { name: 'late', join: false }] });
    for (const payload of ['1', '2', '3']) story.ask(story.node('a').event('e', payload, TEXT), 100);
    const heard = story.tell(story.node('late').stream('user', TEXT));
    return { story, heard, address: story.cluster.gossipAddress('b') };
  }

  test('are replayed for who joins with replay: in order, with their times, and not as coalescing', () => {
    const { story, heard, address } = withHistory();
    story.ask(story.node('late').join(address, { replay: true }), 300);
    story.ask(story.node('a').event('e', '4', TEXT), 100);

    expect(heard.values.map(said)).toEqual(['e 1 1', 'e 2 2', 'e 3 3', 'e 4 4']);
  });

  test('are not heard by who joins without', () => {
    const { story, heard, address } = withHistory();
    story.ask(story.node('late').join(address), 300);
    story.ask(story.node('late').event('e', '4', TEXT), 100);
    story.ask(story.node('a').event('e', '5', TEXT), 100);

    expect(heard.values.map(said)).toEqual(['e 4 4', 'e 5 5']);
  });

  test('of the one who joins reach those who were there', () => {
    const story = new Story({ nodes: ['a', 'b', { name: 'late', join: false }] });
    story.ask(story.node('late').event('e', 'late', TEXT), 100);
    const heard = ['a', 'b'].map((name) => story.tell(story.node(name).stream('user', TEXT)));
    story.ask(story.node('late').join(story.cluster.gossipAddress('b')), 300);

    for (const { values } of heard) expect(values.map(said)).toEqual(['e late 1']);
  });

  test('are remembered for 512 Lamport times', () => {
    const story = new Story({ nodes: ['a', { name: 'late', join: false }], gossipDelay: 0 });
    for (let i = 1; i <= 600; i++) story.ask(story.node('a').event('e', `${i}`, TEXT));
    const heard = story.tell(story.node('late').stream('user', TEXT));
    story.ask(story.node('late').join(story.cluster.gossipAddress('a'), { replay: true }), 0);

    expect(heard.values).toHaveLength(512);
    expect(heard.values.map(({ payload }) => Number(payload))).toEqual(
      Array.from({ length: 512 }, (_, i) => 89 + i),
    );
  });

  test('after a leap of the clock are remembered until as many others have come', () => {
    const story = new Story({ nodes: ['a', { name: 'late', join: false }], gossipDelay: 0 });
    const { cluster } = story;
    story.ask(story.node('late').event('old', '', TEXT));
    for (let i = 1; i <= 1_000; i++) story.ask(story.node('a').event('e', `${i}`, TEXT));
    story.ask(story.node('late').join(cluster.gossipAddress('a')), 0);
    for (let i = 1; i <= 512; i++) story.ask(story.node('late').event('e', `late ${i}`, TEXT));
    cluster.add({ name: 'later', join: false });
    const log = story.tell(story.node('later').monitor('warn'));
    story.ask(story.node('later').join(cluster.gossipAddress('late'), { replay: true }), 0);

    expect(log.values).toEqual([]);
  });
});
