/**
 * A connection that ends after the agent has got a request and before the client has got the answer: what is told, and
 * what is asked again. The agent itself is the witness of how often it was asked.
 */
import { filter, firstValueFrom, map, type Observable, toArray } from 'rxjs';
import type { SerfClient } from 'rxserf';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Agent,
  describeAgent,
  eventually,
  failureOf,
  replayed,
  settled,
  startAgent,
  stopAll,
} from '../agent/harness/agent.ts';
import type { Proxied } from './proxy.ts';
import { client, newest, through } from './through.ts';

const KEY = Buffer.alloc(32, 1).toString('base64');
const OTHER_KEY = Buffer.alloc(32, 2).toString('base64');

describeAgent('outcomes', () => {
  let agent: Agent;
  /** A client with a connection of its own. */
  let witness: SerfClient;

  beforeAll(async () => {
    agent = await startAgent({ name: 'n1', encryptKey: KEY, logLevel: 'debug' });
  });

  afterAll(stopAll);

  /** A connected client, and the connection that a request like `warmUp` goes out on: one with an effect is asked about once. */
  async function connected(warmUp: (client: SerfClient) => Observable<unknown> = (client) => client.stats()) {
    witness = client(agent.address).client;
    const both = await through(agent);
    await settled(both.client);
    await firstValueFrom(warmUp(both.client));
    return { ...both, link: newest(both.proxy) };
  }

  /** Asks, keeps the answer from the client, and cuts once the agent has acted. */
  async function cutBeforeAnswer<T>(
    link: Proxied,
    ask: () => T,
    acted: () => Promise<unknown> = () => link.toClient.read(link.toClient.received + 1),
  ): Promise<T> {
    link.toClient.swallow();
    const answered = acted();
    const asked = ask();
    await answered;
    link.cut();
    return asked;
  }

  const unknown = (command: string, address: string) =>
    expect.objectContaining({
      name: 'ConnectionLostError',
      code: 'connection-lost',
      command,
      outcome: 'unknown',
      address,
    });

  test('event: unknown, and fired once', async () => {
    const { client, proxy, link } = await connected();
    const seen = replayed(witness.stream('user').pipe(map(({ name }) => name)));
    await settled(witness);

    const failure = await cutBeforeAnswer(
      link,
      () => failureOf(client.event('once')),
      () => firstValueFrom(seen),
    );
    await firstValueFrom(client.event('next'));

    expect(failure).toEqual(unknown('event', proxy.address));
    await firstValueFrom(seen.pipe(filter((name) => name === 'next')));
    await settled(witness);
    expect(await now(seen)).toEqual(['once', 'next']);
    expect(proxy.count('event')).toBe(2);
  });

  test('respond: unknown, and answered once', async () => {
    const { client, proxy, link } = await connected();
    const queries = replayed(client.stream('query:once'));
    await settled(client);
    const replies = replayed(witness.query('once', undefined, { timeout: 500 }));
    const query = await firstValueFrom(queries);

    const failure = await cutBeforeAnswer(
      link,
      () => failureOf(query.respond(Uint8Array.from([1]))),
      () => firstValueFrom(replies),
    );

    expect(failure).toEqual(unknown('respond', proxy.address));
    expect(await failureOf(query.respond())).toMatchObject({
      name: 'ConnectionLostError',
      command: 'respond',
      outcome: 'not-sent',
      address: proxy.address,
    });
    expect(await firstValueFrom(replies.pipe(toArray()))).toEqual([
      { type: 'response', from: 'n1', payload: Uint8Array.from([1]) },
    ]);
    expect(proxy.count('respond')).toBe(1);
  });

  test('respond to a query whose connection is gone: not sent, also once there is another', async () => {
    const { client, proxy, link, story } = await connected();
    const queries = replayed(client.stream('query:stale', { gaps: true }));
    await settled(client);
    replayed(witness.query('stale', undefined, { timeout: 5_000 }));
    const query = await firstValueFrom(queries.pipe(filter((event) => event.event === 'query')));
    const notSent = { name: 'ConnectionLostError', code: 'connection-lost', outcome: 'not-sent' };

    await proxy.refuse();
    link.cut();
    await story.reaches({ state: 'connecting', attempt: 2 });
    expect(await failureOf(query.respond())).toMatchObject(notSent);
    await proxy.accept();
    await firstValueFrom(queries.pipe(filter(({ event }) => event === 'gap')));
    expect(await failureOf(query.respond())).toMatchObject(notSent);
    expect(proxy.count('respond')).toBe(0);
  });

  test('tags: unknown, and set once', async () => {
    const { client, proxy, link } = await connected();
    const updates = replayed(witness.stream('member-update'));
    await settled(witness);

    const failure = await cutBeforeAnswer(
      link,
      () => failureOf(client.tags({ set: { color: 'red' } })),
      () => firstValueFrom(updates),
    );
    await firstValueFrom(client.tags({ set: { color: 'blue' } }));

    expect(failure).toEqual(unknown('tags', proxy.address));
    const blue = filter((color: string | undefined) => color === 'blue');
    const colors = updates.pipe(map(({ members }) => members[0]?.tags['color']));
    await firstValueFrom(colors.pipe(blue));
    expect(await now(colors)).toEqual(['red', 'blue']);
    expect(proxy.count('tags')).toBe(2);
  });

  test('join: unknown, and joined once', async () => {
    const { client, proxy, link } = await connected((client) => client.forceLeave('nobody'));
    const joining = () => agent.log().split(`joining: [${agent.gossip}]`).length - 1;
    const before = joining();

    const failure = await cutBeforeAnswer(link, () => failureOf(client.join(agent.gossip)));
    expect(failure).toEqual(unknown('join', proxy.address));
    expect(await firstValueFrom(client.listKeys())).toMatchObject({ nodes: 1 });
    await eventually('the agent has logged it', () => expect(joining()).toBe(before + 1));
    expect(proxy.count('join')).toBe(1);
  });

  test('forceLeave: unknown, and sent once', async () => {
    const { client, proxy, link } = await connected((client) => client.join(agent.gossip));
    const failure = await cutBeforeAnswer(link, () => failureOf(client.forceLeave('nobody')));
    expect(failure).toEqual(unknown('force-leave', proxy.address));
    await firstValueFrom(client.listKeys());
    expect(proxy.count('force-leave')).toBe(1);
  });

  test('keys: unknown, and done once', async () => {
    const received = (command: string) => agent.log().split(`Received ${command}-key query`).length - 1;
    const steps = [
      ['install', (client: SerfClient) => client.installKey(OTHER_KEY)],
      ['use', (client: SerfClient) => client.useKey(KEY)],
      ['remove', (client: SerfClient) => client.removeKey(OTHER_KEY)],
    ] as const;
    for (const [name, ask] of steps) {
      const { client, proxy, link } = await connected((client) => client.forceLeave('nobody'));
      const failure = await cutBeforeAnswer(link, () => failureOf(ask(client)));

      expect(failure).toEqual(unknown(`${name}-key`, proxy.address));
      const { keys } = await firstValueFrom(client.listKeys());
      expect(keys).toEqual(name === 'remove' ? { [KEY]: 1 } : { [KEY]: 1, [OTHER_KEY]: 1 });
      await eventually('the agent has logged it', () => expect(received(name)).toBe(1));
      expect(proxy.count(`${name}-key`)).toBe(1);
    }
  });

  test('query: unknown, and asked once', async () => {
    const { client, proxy, link } = await connected();
    const seen = replayed(witness.stream('query:once-only'));
    await settled(witness);

    const failure = await cutBeforeAnswer(
      link,
      () => failureOf(client.query('once-only', undefined, { timeout: 60_000 })),
      () => firstValueFrom(seen),
    );
    expect(failure).toEqual(unknown('query', proxy.address));
    await settled(client);
    await settled(witness);
    expect(await now(seen)).toHaveLength(1);
    expect(proxy.count('query')).toBe(1);
  });

  test.each([
    ['members', 'members', (client: SerfClient): Observable<object | null> => client.members()],
    ['stats', 'stats', (client: SerfClient) => client.stats()],
    ['coordinate', 'get-coordinate', (client: SerfClient) => client.coordinate('n1')],
  ] as const)('%s: asked again on the next connection, and answered', async (_, command, ask) => {
    const { client, proxy, link } = await connected();
    const before = proxy.count(command);
    const expected = await firstValueFrom(ask(witness));

    const answer = await cutBeforeAnswer(link, () => firstValueFrom(ask(client)));
    expect(Object.keys(answer ?? {}).sort()).toEqual(Object.keys(expected ?? {}).sort());
    expect(proxy.count(command)).toBe(before + 2);
    expect(proxy.all).toHaveLength(2);
  });

  test('listKeys: asked again on the next connection, and answered', async () => {
    const { client, proxy, link } = await connected((client) => client.listKeys());
    const answer = await cutBeforeAnswer(link, () => firstValueFrom(client.listKeys()));
    expect(answer).toMatchObject({ nodes: 1, responses: 1, errors: 0, keys: { [KEY]: 1 } });
    expect(proxy.count('list-keys')).toBe(3);
  });

  test('members by pattern: asked again once, and answered', async () => {
    const { client, proxy, link } = await connected((client) => client.members({ name: '.*' }));
    // Long enough for the second connection to look idle, were it not under a request.
    proxy.script((link) => link.toClient.delay(20));
    const answer = await cutBeforeAnswer(link, () =>
      firstValueFrom(client.members({ name: 'n1' }, { timeout: 2_000 })),
    );
    expect(answer).toMatchObject([{ name: 'n1' }]);
    expect(proxy.count('members-filtered')).toBe(3);
  });

  test('a read that is interrupted again and again ends at its own timeout', async () => {
    const { client, proxy, link } = await connected();
    const cutOff = ({ toClient }: Proxied) => toClient.cut(13 + 5);
    proxy.script(cutOff);
    link.toClient.cut(5);
    expect(await failureOf(client.members({}, { timeout: 200 }))).toMatchObject({
      name: 'RequestTimeoutError',
      command: 'members',
      timeout: 200,
    });
    expect(proxy.count('members')).toBeGreaterThan(2);
    proxy.script(() => {});
    expect(await firstValueFrom(client.members())).toMatchObject([{ name: 'n1' }]);
  });

  test('several at once: each as its command has it, reads in their order', async () => {
    const { client, proxy, link } = await connected();
    const seen = replayed(witness.stream('user').pipe(map(({ name }) => name)));
    await settled(witness);
    const order: string[] = [];
    const note = (what: string) => () => order.push(what);

    const settling = await cutBeforeAnswer(
      link,
      () => [
        firstValueFrom(client.members()).then(note('members')),
        failureOf(client.event('a')).then(note('event a')),
        firstValueFrom(client.stats()).then(note('stats')),
        failureOf(client.event('b')).then(note('event b')),
        firstValueFrom(client.coordinate('n1')).then(note('coordinate')),
      ],
      () => firstValueFrom(seen.pipe(filter((name) => name === 'b'))),
    );
    await Promise.all(settling);

    expect(order).toEqual(['event a', 'event b', 'members', 'stats', 'coordinate']);
    expect(newest(proxy).commands()).toEqual(['handshake', 'members', 'stats', 'get-coordinate']);
    expect(await now(seen)).toEqual(['a', 'b']);
  });

  test('leave: an answer that is cut off is a success, and nothing is sent again', async () => {
    const leaving = await startAgent({ name: 'leaving' });
    const { proxy, client } = await through(leaving);
    proxy.script((link) => link.toClient.cut(13));
    const left = await firstValueFrom(client.leave().pipe(toArray()));

    expect(left).toEqual([undefined]);
    expect(await leaving.exited).toBe(0);
    expect(proxy.count('leave')).toBe(1);
  });

  /** What `source$` has emitted so far. */
  function now<T>(source$: Observable<T>): Promise<T[]> {
    const values: T[] = [];
    source$.subscribe((value) => values.push(value)).unsubscribe();
    return Promise.resolve(values);
  }
});
