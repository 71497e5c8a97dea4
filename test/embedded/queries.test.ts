import { mergeMap, toArray } from 'rxjs';
import { type QueryOptions, type QueryReply, type Serf, utf8 } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { Story } from './kit.ts';

const TEXT = { codec: utf8() };
const from = (replies: readonly QueryReply<unknown>[], type: string) =>
  replies
    .filter((reply) => reply.type === type)
    .map((reply) => reply.from)
    .sort();

/** Every node answers with its name. */
function answering(story: Story, query = 'q'): void {
  for (const name of story.cluster.names) {
    const answers$ = story.node(name).stream(`query:${query}`, TEXT);
    story.tell(answers$.pipe(mergeMap((asked) => asked.respond(`${name}: ${asked.payload}`))));
  }
  story.pass(0);
}

function asked(story: Story, options: QueryOptions<string | undefined> = {}) {
  const replies$ = story.node('n1').query('q', '?', { ...TEXT, timeout: 1_000, ...options });
  return story.finished(replies$.pipe(toArray()), 1_000).values[0] ?? [];
}

describe('a query', () => {
  test('brings acks and responses of all nodes, and ends at its deadline', () => {
    const story = new Story({ nodes: 10 });
    answering(story);
    const told = story.tell(story.node('n1').query('q', '?', { ...TEXT, requestAck: true, timeout: 1_000 }));
    story.pass(2_000);

    expect(from(told.values, 'ack')).toEqual([...story.cluster.names].sort());
    expect(from(told.values, 'response')).toEqual([...story.cluster.names].sort());
    expect(told.values).toContainEqual({ type: 'response', from: 'n7', payload: 'n7: ?' });
    expect(Math.max(...told.times)).toBeLessThanOrEqual(110);
    expect(told).toMatchObject({ end: 'complete', endedAt: 1_000 });
  });

  test.each([
    [1, 3_200],
    [9, 3_200],
    [10, 6_400],
    [99, 6_400],
    [100, 9_600],
  ])('without a timeout lasts, among %i nodes, %i ms', (nodes, time) => {
    const story = new Story({ nodes });
    expect(story.finished(story.node('n1').query('q'), 10_000).endedAt).toBe(time);
  });

  test('lasts as long without a timeout as with 0, by the gossip interval; the dead do not count', () => {
    const story = new Story({ nodes: 10, gossipInterval: 10 });
    expect(story.finished(story.node('n1').query('q', undefined, { timeout: 0 }), 1_000).endedAt).toBe(320);
    story.cluster.fail('n2');
    story.pass(1_000);
    const { now } = story;
    expect(story.finished(story.node('n1').query('q'), 1_000).endedAt).toBe(now + 160);
  });

  test('reaches nobody who has failed or is beyond a partition', () => {
    const story = new Story({ nodes: 4 });
    answering(story);
    story.cluster.fail('n2');
    story.cluster.partition(['n3']);
    expect(from(asked(story), 'response')).toEqual(['n1', 'n4']);
  });

  test('asks only whom the filters say', () => {
    const nodes = ['n1', 'n2', 'n3'].map((name, i) => ({ name, tags: { role: i < 2 ? 'web' : 'db' } }));
    const story = new Story({ nodes });
    answering(story);

    const who = (options: QueryOptions<string | undefined>) => from(asked(story, options), 'response');
    expect(who({ filterNodes: ['n1', 'n3', 'n9'] })).toEqual(['n1', 'n3']);
    expect(who({ filterTags: { role: 'web' } })).toEqual(['n1', 'n2']);
    // Unlike those of members(), these patterns are not anchored.
    expect(who({ filterTags: { role: 'e' } })).toEqual(['n1', 'n2']);
    expect(who({ filterTags: { role: '^e$' } })).toEqual([]);
    expect(who({ filterTags: { role: 'b', none: '^$' } })).toEqual(['n1', 'n2', 'n3']);
    expect(from(asked(story, { requestAck: true, filterTags: { role: 'd' } }), 'ack')).toEqual(['n3']);
  });

  test('with a pattern that is not RE2 fails; every node says why in its log', () => {
    const story = new Story();
    answering(story);
    const log = story.tell(story.node('n2').monitor('warn'));
    const told = story.finished(
      story.node('n1').query('q', '', { ...TEXT, requestAck: true, filterTags: { role: '(' } }),
      1_000,
    );
    expect(told.values).toEqual([]);
    expect(told.error).toMatchObject({ code: 'invalid-pattern', command: 'query' });
    expect(log.values).toEqual([
      '1970/01/01 00:00:00 [WARN] serf: failed to compile filter regex ((): error parsing regexp: missing closing ): `(`',
    ]);
  });

  test('completes when it is told to', () => {
    const story = new Story({ nodes: 5 });
    answering(story);
    const end = (
      completeWhen: NonNullable<QueryOptions<string | undefined>['completeWhen']>,
      options = {},
    ) => {
      const { now } = story;
      const query$ = story.node('n1').query('q', '', { ...TEXT, ...options, timeout: 1_000, completeWhen });
      const { endedAt, values } = story.finished(query$, 1_000);
      return [values.length, (endedAt as number) - now < 120];
    };

    expect(end('all')).toEqual([5, true]);
    expect(end('all', { filterNodes: ['n2', 'n3'] })).toEqual([2, true]);
    expect(end('all', { filterTags: { role: '^$' } })).toEqual([5, true]);
    expect(end(2)).toEqual([2, true]);
    expect(end(6)).toEqual([5, false]);
    expect(end((_, responses) => responses === 3)).toEqual([3, true]);
    story.cluster.fail('n5');
    story.pass(1_000);
    expect(end('all')).toEqual([4, true]);
  });

  test('has limits as an agent counts them', () => {
    const story = new Story({ nodes: ['n1'] });
    const most = (size: number, options: QueryOptions<Uint8Array> = {}) => {
      const query = (n: number) =>
        story.node('n1').query('q', new Uint8Array(n), { timeout: 20, ...options });
      expect(story.finished(query(size), 20).end).toBe('complete');
      expect(story.refusal(query(size + 1))).toMatchObject({
        code: 'payload-too-large',
        message: 'query exceeds limit of 1024 bytes',
        limit: 1024,
        size: size + 1,
      });
    };

    // Measured on an agent.
    most(915);
    most(905, { filterNodes: ['n1', 'n22'] });
    most(894, { filterTags: { role: 'web' }, requestAck: true });
  });

  test('of a node that fails ends with it; whoever was asked answers in vain', () => {
    const story = new Story();
    const asked = story.tell(story.node('n2').stream('query'));
    const told = story.tell(story.node('n1').query('q'));
    story.pass(100);
    story.cluster.fail('n1');

    expect(told.end).toBe('connection-lost');
    expect(story.ask(asked.values[0]!.respond(), 100)).toBeUndefined();
  });

  test('that nobody listens to any more leaves nothing to wait for', () => {
    const story = new Story();
    const query = story.node('n1').query('q', undefined, { timeout: 60_000 }).subscribe();
    story.pass(1_000);
    query.unsubscribe();
    story.scheduler.maxFrames = Number.POSITIVE_INFINITY;
    story.scheduler.flush();
    expect(story.now).toBe(1_000);
  });
});

describe('an answer', () => {
  /** A query of n1's, as n2 hears it, 100 ms after it was asked. */
  function heard(timeout = 1_000) {
    const story = new Story();
    const asked = story.tell(story.node('n2').stream('query:q', TEXT));
    const told = story.tell(story.node('n1').query('q', '?', { ...TEXT, timeout }));
    story.pass(100);
    return { story, told, event: asked.values[0]! };
  }

  const refusals: [string, (serf: Serf, id: number) => ReturnType<Serf['respond']>][] = [
    ['event.respond()', (_, id) => heardBefore(id)],
    ['respond(id)', (serf, id) => serf.respond(id)],
  ];
  let heardBefore: (id: number) => ReturnType<Serf['respond']>;

  test.each(refusals)('is taken once, by %s', (_, respond) => {
    const { story, told, event } = heard();
    heardBefore = () => event.respond();
    story.ask(event.respond('yes'));
    expect(story.refusal(respond(story.node('n2'), event.id))).toMatchObject({
      name: 'AgentError',
      code: 'already-answered',
      message: 'failed to respond to key query: response already sent',
      command: 'respond',
      address: '10.0.0.2:7373',
    });
    story.pass(100);
    expect(told.values).toEqual([{ type: 'response', from: 'n2', payload: 'yes' }]);
  });

  test.each(refusals)('is taken until the deadline, by %s', (_, respond) => {
    const { story, event } = heard();
    heardBefore = () => event.respond();
    story.pass(900);
    // At the very moment the agent still knows the query.
    expect(story.refusal(respond(story.node('n2'), event.id))).toMatchObject({
      code: 'deadline-passed',
      message: 'failed to respond to key query: response is past the deadline',
    });
    story.pass(1);
    expect(story.refusal(respond(story.node('n2'), event.id))).toMatchObject({
      code: 'unknown-query',
      message: 'No pending queries matching ID',
    });
  });

  test('has a limit as an agent counts it', () => {
    const { story, event } = heard();
    const id = story.node('n2').respond(event.id, new Uint8Array(982));
    expect(story.refusal(id)).toMatchObject({
      code: 'payload-too-large',
      message: 'failed to respond to key query: response exceeds limit of 1024 bytes',
      limit: 1024,
      size: 982,
    });
    expect(story.ask(story.node('n2').respond(event.id, new Uint8Array(981)))).toBeUndefined();
  });

  test('to a query that the node never heard', () => {
    const { story, event } = heard();
    expect(story.refusal(story.node('n2').respond(event.id + 1)).code).toBe('unknown-query');
    expect(story.refusal(story.node('n3').respond(event.id)).code).toBe('unknown-query');
  });

  test('to a query of the agent’s former life is lost', () => {
    const { story, event } = heard();
    story.cluster.restart('n2');
    expect(story.refusal(event.respond('yes'))).toMatchObject({
      code: 'connection-lost',
      outcome: 'not-sent',
    });
  });

  test('with a payload that the codec cannot encode throws at the call', () => {
    const { event } = heard();
    expect(() => event.respond(1 as unknown as string)).toThrow('the utf8 codec takes a string');
  });

  test('that arrives after the deadline is not told', () => {
    const { story, told, event } = heard(101);
    story.tell(event.respond('too slow'));
    story.pass(500);
    expect(told).toMatchObject({ values: [], end: 'complete', endedAt: 101 });
  });
});
