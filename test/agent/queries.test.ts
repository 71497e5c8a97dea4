import { firstValueFrom, forkJoin, lastValueFrom, mergeMap, toArray } from 'rxjs';
import { connect, type QueryReply, type SerfClient, utf8 } from 'rxserf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Agent,
  closing,
  describeAgent,
  eventually,
  failureOf,
  replayed,
  settled,
  startThreeNodes,
  stopAll,
} from './harness/agent.ts';

describeAgent('commands of a three-node cluster', () => {
  let n1: Agent;
  let n2: Agent;
  let n3: Agent;
  let client: SerfClient;

  beforeAll(async () => {
    [n1, n2, n3] = await startThreeNodes();
    client = connect(n1.address);
  });

  afterAll(async () => {
    await client.close();
    await stopAll();
  });

  test('query: acks from all nodes, responses from the two that answer, then the end', async () => {
    await answering([n2, n3], 'load');

    const replies = await firstValueFrom(
      client
        .query('load', '?', { codec: utf8(), requestAck: true, relayFactor: 1, timeout: 1_500 })
        .pipe(toArray()),
    );

    expect(
      replies
        .filter(isAck)
        .map(({ from }) => from)
        .sort(),
    ).toEqual(['n1', 'n2', 'n3']);
    expect(replies.filter(isResponse).toSorted(byFrom)).toEqual([
      { type: 'response', from: 'n2', payload: 'n2 heard ?' },
      { type: 'response', from: 'n3', payload: 'n3 heard ?' },
    ]);
  });

  test('query: filterNodes and filterTags choose who is asked; without requestAck nobody acks', async () => {
    await answering([n1, n2, n3], 'who');

    const options = { codec: utf8(), relayFactor: 2, timeout: 1_500 };
    const replies = await firstValueFrom(
      forkJoin({
        nodes: client.query('who', '', { ...options, filterNodes: ['n1', 'n3'] }).pipe(toArray()),
        tags: client.query('who', '', { ...options, filterTags: { role: 'w.b' } }).pipe(toArray()),
        both: client
          .query('who', '', { ...options, filterNodes: ['n1', 'n3'], filterTags: { role: 'web' } })
          .pipe(toArray()),
        nobody: client.query('who', '', { ...options, filterNodes: ['n9'] }).pipe(toArray()),
      }),
    );

    const response = (from: string) => ({ type: 'response', from, payload: `${from} heard ` });
    expect(replies.nodes.toSorted(byFrom)).toEqual([response('n1'), response('n3')]);
    expect(replies.tags.toSorted(byFrom)).toEqual([response('n1'), response('n2')]);
    expect(replies.both).toEqual([response('n1')]);
    expect(replies.nobody).toEqual([]);
  });

  test('query: the event carries what was asked; respond(id) answers as event.respond() does', async () => {
    const asked = replayed(client.stream('query:ping', { codec: utf8() }));
    const replies = replayed(client.query('ping', 'is anybody there?', { codec: utf8(), timeout: 1_000 }));

    const event = await firstValueFrom(asked);
    expect(event).toEqual({
      event: 'query',
      id: expect.any(Number),
      name: 'ping',
      ltime: expect.any(Number),
      payload: 'is anybody there?',
      respond: expect.any(Function),
    });
    await firstValueFrom(client.respond(event.id, 'yes', { codec: utf8() }));

    expect(await firstValueFrom(replies)).toEqual({ type: 'response', from: 'n1', payload: 'yes' });
  });

  test('query: too large is refused with the limit and the size', async () => {
    expect(await failureOf(client.query('load', new Uint8Array(1_100)))).toMatchObject({
      name: 'AgentError',
      code: 'payload-too-large',
      message: expect.stringMatching(/exceeds limit of 1024 bytes/),
      command: 'query',
      limit: 1024,
      size: 1_100,
    });
  });

  test('respond: a second answer is refused, also from another client of the same agent', async () => {
    const clients = [client, closing(connect(n1.address))] as const;
    const events = clients.map((each) => replayed(each.stream('query:once')));
    await Promise.all(clients.map(settled));
    const replies = replayed(client.query('once', undefined, { timeout: 1_000 }));

    const [first, second] = await Promise.all(events.map((each) => firstValueFrom(each)));
    await firstValueFrom(first!.respond(Uint8Array.of(1)));
    const failures = [await failureOf(first!.respond()), await failureOf(second!.respond())];

    for (const failure of failures) {
      expect(failure).toMatchObject({
        name: 'AgentError',
        code: 'already-answered',
        message: expect.stringMatching(/response already sent/),
        command: 'respond',
      });
    }
    expect(await firstValueFrom(replies.pipe(toArray()))).toEqual([
      { type: 'response', from: 'n1', payload: Uint8Array.of(1) },
    ]);
  });

  test('respond: to a query that nobody asked, and too late', async () => {
    expect(await failureOf(client.respond(123_456))).toMatchObject({
      name: 'AgentError',
      code: 'unknown-query',
      message: expect.stringMatching(/^No pending queries matching ID/),
    });

    const asked = replayed(client.stream('query:late'));
    await lastValueFrom(client.query('late', undefined, { timeout: 50 }), { defaultValue: undefined });
    const event = await firstValueFrom(asked);
    const refusal = await eventually('the agent has forgotten the query', async () => {
      const failure = await failureOf(event.respond());
      if (failure.code !== 'unknown-query') throw failure;
      return failure;
    });
    expect(refusal).toMatchObject({ name: 'AgentError', command: 'respond' });
  });
});
const byFrom = (a: QueryReply<unknown>, b: QueryReply<unknown>) => a.from.localeCompare(b.from);
const isAck = (reply: QueryReply<unknown>) => reply.type === 'ack';
const isResponse = (reply: QueryReply<unknown>) => reply.type === 'response';

/** Until the test ends, a client of each of these agents answers queries of that name. */
async function answering(agents: readonly Agent[], name: string): Promise<void> {
  const clients = agents.map((agent) => closing(connect(agent.address, { codec: utf8() })));
  clients.forEach((each, index) => {
    replayed(
      each
        .stream(`query:${name}`)
        .pipe(mergeMap((query) => query.respond(`${agents[index]?.name} heard ${query.payload}`))),
    );
  });
  await Promise.all(clients.map(settled));
}
