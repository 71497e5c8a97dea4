/** Getting a connection, again and elsewhere: what is tried, in which order, and when it is given up. */
import { filter, firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Agent,
  describeAgent,
  failureOf,
  replayed,
  settled,
  startAgent,
  stopAll,
} from '../agent/harness/agent.ts';
import { faultProxy } from './proxy.ts';
import { AT_ONCE, client, newest, through } from './through.ts';

describeAgent('connecting', () => {
  let agent: Agent;

  beforeAll(async () => {
    agent = await startAgent({ name: 'n1' });
  });

  afterAll(stopAll);

  const three = () => Promise.all([1, 2, 3].map(() => faultProxy(agent.rpc)));

  test('the first connect fails fast, after one round over the addresses', async () => {
    const proxies = await three();
    await Promise.all(proxies.map((proxy) => proxy.refuse()));
    const addresses = proxies.map(({ address }) => address);
    const { client: asking, story } = client(addresses);

    const failure = await failureOf(asking.members());
    expect(failure).toMatchObject({ name: 'ConnectError', code: 'connect-failed' });
    for (const address of addresses) expect(failure.message).toContain(address);
    expect(story.told).toEqual([
      'idle',
      ...addresses.map((address, at) => `connecting ${at + 1} ${address}`),
      'idle connect-failed',
    ]);
  });

  test('keep-trying: the first connect is retried until there is an agent', async () => {
    const proxy = await faultProxy(agent.rpc);
    await proxy.refuse();
    const reconnect = { ...AT_ONCE, minDelay: 1, random: () => 0.9, firstConnect: 'keep-trying' } as const;
    const { client: asking, story } = client(proxy.address, { reconnect });

    const members = firstValueFrom(asking.members());
    await story.reaches({ state: 'waiting', attempt: 4 });
    await proxy.accept();
    expect(await members).toMatchObject([{ name: 'n1' }]);
    expect(story.told.slice(0, 4)).toEqual([
      'idle',
      `connecting 1 ${proxy.address}`,
      'waiting 1 connect-failed',
      `connecting 2 ${proxy.address}`,
    ]);
  });

  test('attempts: given up after so many in a row', async () => {
    const {
      proxy,
      client: watching,
      story,
    } = await through(agent, {
      reconnect: { ...AT_ONCE, attempts: 4 },
    });
    const stream = failureOf(watching.stream('user'));
    await settled(watching);
    await proxy.refuse();
    newest(proxy).cut();

    // Several failures in one: the loss itself counts.
    expect(await stream).toMatchObject({ name: 'ConnectError', code: 'connect-failed' });
    expect(story.told.slice(-5)).toEqual([
      'waiting 2 connect-failed',
      `connecting 3 ${proxy.address}`,
      'waiting 3 connect-failed',
      `connecting 4 ${proxy.address}`,
      'idle connect-failed',
    ]);
  });

  test('failover: round and round, from the address that was lost to the next', async () => {
    const proxies = await three();
    const addresses = proxies.map(({ address }) => address);
    const { client: watching, story } = client(addresses);
    const gaps = replayed(
      watching.stream('user', { gaps: true }).pipe(filter(({ event }) => event === 'gap')),
    );
    await settled(watching);

    const visited: string[] = [];
    for (const round of [0, 1, 2, 3, 4]) {
      const proxy = proxies[round % 3]!;
      const seen = story.statuses.length;
      newest(proxy).cut();
      visited.push(((await story.reaches({ state: 'connected' }, seen)) as { address: string }).address);
      await settled(watching);
    }
    const [a, b, c] = addresses as [string, string, string];
    expect(visited).toEqual([b, c, a, b, c]);
    expect(await firstValueFrom(gaps)).toMatchObject({ address: b });
  });

  test('failover: what is not there is passed over, and tried again when its turn comes', async () => {
    const proxies = await three();
    const [first, second, third] = proxies as [(typeof proxies)[0], (typeof proxies)[0], (typeof proxies)[0]];
    const { client: watching, story } = client(proxies.map(({ address }) => address));
    replayed(watching.stream('user'));
    await settled(watching);

    await second.refuse();
    newest(first).cut();
    await story.reaches({ state: 'connected', address: third.address });
    await second.accept();
    await first.refuse();
    newest(third).cut();
    await story.reaches({ state: 'connected', address: second.address });

    expect(story.told.slice(3)).toEqual([
      'waiting 1 connection-lost',
      `connecting 2 ${second.address}`,
      'waiting 2 connect-failed',
      `connecting 3 ${third.address}`,
      `connected ${third.address}`,
      'waiting 3 connection-lost',
      `connecting 4 ${first.address}`,
      'waiting 4 connect-failed',
      `connecting 5 ${second.address}`,
      `connected ${second.address}`,
    ]);
  });

  test('failover: side connections go where the main one is', async () => {
    const proxies = await three();
    const [first, second] = proxies as [(typeof proxies)[0], (typeof proxies)[0]];
    const { client: asking } = client(proxies.map(({ address }) => address));
    replayed(asking.stream('user'));
    await settled(asking);
    const seen = newest(first);
    seen.cut();
    await second.connection(0);
    await settled(asking);

    expect(await firstValueFrom(asking.members({ name: 'n1' }))).toHaveLength(1);
    expect(second.all.map((link) => link.commands())).toEqual([
      ['handshake', 'stream', 'stats'],
      ['handshake', 'members-filtered'],
    ]);
  });

  test("a wrong key twice is final, with the agent's word for it", async () => {
    const guarded = await startAgent({ name: 'guarded', authKey: 'right' });
    const {
      proxy,
      client: asking,
      story,
    } = await through(guarded, {
      authKey: 'wrong',
      reconnect: { ...AT_ONCE, firstConnect: 'keep-trying' },
    });

    const refusal = { name: 'AuthenticationError', code: 'auth-invalid', address: proxy.address };
    expect(await failureOf(asking.members())).toMatchObject(refusal);
    expect(proxy.count('auth')).toBe(2);
    expect(story.told).toEqual([
      'idle',
      `connecting 1 ${proxy.address}`,
      `connecting 2 ${proxy.address}`,
      'idle auth-invalid',
    ]);
    expect(JSON.stringify(story.statuses)).not.toContain('wrong');
  });

  test('a key that is no longer right: final after a reconnect, for all who wait', async () => {
    const before = await startAgent({ name: 'n2', authKey: 'old' });
    const { proxy, client: watching, story } = await through(before, { authKey: 'old' });
    const streams = [watching.stream('user'), watching.monitor(), watching.membership()].map(failureOf);
    await settled(watching);

    await proxy.refuse();
    await before.stop();
    await startAgent({ name: 'n2', authKey: 'new', ports: before.ports });
    const since = story.statuses.length;
    await proxy.accept();

    for (const failure of await Promise.all(streams))
      expect(failure).toMatchObject({ name: 'AuthenticationError', code: 'auth-invalid' });
    expect(story.told.slice(since).filter((status) => status.startsWith('idle'))).toEqual([
      'idle auth-invalid',
    ]);
    expect(proxy.count('auth')).toBe(1 + 2);
  });

  test('reconnect: false: what is lost is lost, and the next request connects again', async () => {
    const { proxy, client: asking, story } = await through(agent, { reconnect: false });
    const stream = failureOf(asking.stream('user'));
    await settled(asking);
    const { toClient } = newest(proxy);
    toClient.swallow();
    const read = failureOf(asking.members());
    const fired = failureOf(asking.event('x'));
    await toClient.read(toClient.received + 1);
    newest(proxy).cut();

    for (const failure of await Promise.all([stream, read, fired]))
      expect(failure).toMatchObject({
        name: 'ConnectionLostError',
        outcome: 'unknown',
        address: proxy.address,
      });
    expect(story.told.slice(3)).toEqual(['idle connection-lost']);
    expect(await firstValueFrom(asking.members())).toMatchObject([{ name: 'n1' }]);
    expect(proxy.all).toHaveLength(2);
  });
});
