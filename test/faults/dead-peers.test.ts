/** An agent that is there and says nothing, or is not there for a while. */
import { filter, firstValueFrom, map } from 'rxjs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import {
  type Agent,
  describeAgent,
  failureOf,
  replayed,
  settled,
  startCluster,
  stopAll,
} from '../agent/harness/agent.ts';
import { faultProxy } from './proxy.ts';
import { AT_ONCE, client, newest, through } from './through.ts';

describeAgent('dead peers', () => {
  let n1: Agent;
  let n2: Agent;

  beforeAll(async () => {
    [n1, n2] = (await startCluster({ nodes: [{ name: 'n1' }, { name: 'n2' }] })) as [Agent, Agent];
  });

  afterAll(stopAll);

  test.each([
    ['swallow in both directions', 'both'],
    ['swallow what the agent says', 'toClient'],
    ['swallow what the client says', 'toAgent'],
    ['stall what the agent says', 'stall'],
  ] as const)(
    'half-open, %s: noticed, told, and the stream goes on at the second address',
    async (_, how) => {
      const first = await faultProxy(n1.rpc);
      const second = await faultProxy(n2.rpc);
      const reconnect = { minDelay: 1, maxDelay: 1, random: () => 0.9 };
      const { client: watching, story } = client([first.address, second.address], {
        heartbeat: 200,
        reconnect,
      });
      const events = replayed(watching.stream('user', { gaps: true }));
      await settled(watching);
      const link = newest(first);

      if (how === 'both') link.swallow();
      else if (how === 'stall') link.toClient.stall();
      else link[how].swallow();
      const gap = await firstValueFrom(events.pipe(filter(({ event }) => event === 'gap')));
      await firstValueFrom(client(n1.address).client.event(`after-${how}`));
      await firstValueFrom(
        events.pipe(filter((event) => event.event === 'user' && event.name === `after-${how}`)),
      );

      expect(gap).toMatchObject({ cause: 'reconnect', address: second.address });
      expect(story.told).toEqual([
        'idle',
        `connecting 1 ${first.address}`,
        `connected ${first.address}`,
        'waiting 1 connection-lost',
        `connecting 2 ${second.address}`,
        `connected ${second.address}`,
      ]);
      expect(story.statuses[3]).toMatchObject({
        address: first.address,
        retryAt: expect.any(Number),
        error: { name: 'ConnectionLostError', message: expect.stringContaining('no sign of life') },
      });
    },
  );

  test('half-open without a second address: taken up again at the same one', async () => {
    const { proxy, client: watching, story } = await through(n1, { heartbeat: 200 });
    const events = replayed(watching.stream('user', { gaps: true }));
    await settled(watching);

    newest(proxy).swallow();
    await firstValueFrom(events.pipe(filter(({ event }) => event === 'gap')));
    expect(story.told.at(-1)).toBe(`connected ${proxy.address}`);
  });

  test('half-open with nothing but a request under way: it is not kept waiting', async () => {
    const { proxy, client: asking } = await through(n1, { heartbeat: 200 });
    await settled(asking);

    newest(proxy).swallow();
    const unheard = failureOf(asking.event('unheard'));
    expect(await firstValueFrom(asking.stats())).toHaveProperty('agent.name', 'n1');
    expect(await unheard).toMatchObject({ code: 'connection-lost', outcome: 'unknown' });
  });

  test('half-open a side connection: the read goes on at another, and nothing else is disturbed', async () => {
    const { proxy, client: asking, story } = await through(n1, { heartbeat: 200 });
    const stream = replayed(asking.stream('user', { gaps: true }));
    await settled(asking);
    proxy.script((link, index) => index === 1 && link.toClient.swallow(13));

    expect(await firstValueFrom(asking.members({ name: 'n1' }))).toMatchObject([{ name: 'n1' }]);
    await firstValueFrom(asking.event('undisturbed'));
    expect(await firstValueFrom(stream)).toMatchObject({ name: 'undisturbed' });
    expect(story.told.at(-1)).toBe(`connected ${proxy.address}`);
  });

  test('stall during handshake: the next address after connectTimeout', async () => {
    const silent = await faultProxy(n1.rpc);
    silent.script((link) => link.toClient.stall());
    const { client: asking, story } = client([silent.address, n2.address], { connectTimeout: 200 });

    expect(await firstValueFrom(asking.stats())).toHaveProperty('agent.name', 'n2');
    expect(story.told).toEqual([
      'idle',
      `connecting 1 ${silent.address}`,
      `connecting 2 ${n2.address}`,
      `connected ${n2.address}`,
    ]);
    await silent.connections(1);
  });

  test('stall during handshake, at the only address: an error that says so', async () => {
    const { proxy, client: asking } = await through(n1, { connectTimeout: 200 });
    proxy.script((link) => link.toClient.stall(5));
    expect(await failureOf(asking.stats())).toMatchObject({
      name: 'ConnectError',
      code: 'connect-timeout',
      address: proxy.address,
    });
  });

  test('refused, then back: it waits, each time longer, and the stream goes on', async () => {
    const reconnect = { minDelay: 1, maxDelay: 20, random: () => 0.999 };
    const { proxy, client: watching, story } = await through(n1, { reconnect });
    const events = replayed(watching.stream('user', { gaps: true }));
    await settled(watching);

    await proxy.refuse();
    newest(proxy).cut();
    await story.reaches({ state: 'waiting', attempt: 6 });
    await proxy.accept();
    const names = events.pipe(map((event) => (event.event === 'gap' ? 'gap' : event.name)));
    await firstValueFrom(names);
    await firstValueFrom(watching.event('back'));

    expect(await firstValueFrom(names.pipe(filter((name) => name !== 'gap')))).toBe('back');
    const waits = story.statuses.filter((status) => status.state === 'waiting');
    expect(waits.slice(0, 6).map(({ attempt, error }) => `${attempt} ${error.code}`)).toEqual([
      '1 connection-lost',
      ...[2, 3, 4, 5, 6].map((attempt) => `${attempt} connect-failed`),
    ]);
    expect(story.told.at(-1)).toBe(`connected ${proxy.address}`);
  });

  test('a request made while there is no connection waits for it', async () => {
    const {
      proxy,
      client: asking,
      story,
    } = await through(n1, {
      reconnect: { ...AT_ONCE, minDelay: 10, random: () => 0.9 },
    });
    const events = replayed(asking.stream('user'));
    await settled(asking);
    await proxy.refuse();
    newest(proxy).cut();
    await story.reaches({ state: 'waiting', attempt: 2 });

    const members = firstValueFrom(asking.members());
    const event = firstValueFrom(asking.event('patient'));
    const query = firstValueFrom(asking.query('patient', undefined, { requestAck: true, timeout: 500 }));
    await proxy.accept();

    expect(await members).toHaveLength(2);
    expect(await event).toBeUndefined();
    expect(await query).toMatchObject({ type: 'ack' });
    expect(await firstValueFrom(events)).toMatchObject({ name: 'patient' });
  });

  test('a request made while there is no connection ends at its timeout; the stream waits on', async () => {
    const {
      proxy,
      client: asking,
      story,
    } = await through(n1, {
      reconnect: { minDelay: 20, random: () => 0.999 },
    });
    const events = replayed(asking.stream('user', { gaps: true }));
    await settled(asking);
    await proxy.refuse();
    newest(proxy).cut();
    await story.reaches({ state: 'waiting' });

    const timeout = 60;
    const failures = await Promise.all(
      [asking.members({}, { timeout }), asking.event('never', undefined, { timeout })].map(failureOf),
    );
    expect(failures).toEqual(
      ['members', 'event'].map((command) =>
        expect.objectContaining({ name: 'RequestTimeoutError', code: 'request-timeout', command, timeout }),
      ),
    );

    await proxy.accept();
    await firstValueFrom(events.pipe(filter(({ event }) => event === 'gap')));
    await settled(asking);
    expect(proxy.count('event')).toBe(0);
    expect(proxy.count('members')).toBe(0);
  });

  test('a request on a side connection waits as well, and ends at its timeout', async () => {
    const {
      proxy,
      client: asking,
      story,
    } = await through(n1, {
      reconnect: { minDelay: 20, random: () => 0.999 },
    });
    replayed(asking.stream('user'));
    await settled(asking);
    await proxy.refuse();
    newest(proxy).cut();
    await story.reaches({ state: 'waiting' });

    const timeout = 60;
    const failures = await Promise.all(
      [asking.members({ name: 'n1' }, { timeout }), asking.join('127.0.0.1:1', { timeout })].map(failureOf),
    );
    const answered = Promise.all([
      firstValueFrom(asking.members({ name: 'n2' })),
      firstValueFrom(asking.join(n1.gossip)),
    ]);
    answered.catch(() => {});
    await proxy.accept();

    expect(failures).toEqual(
      ['members-filtered', 'join'].map((command) =>
        expect.objectContaining({ name: 'RequestTimeoutError', command, timeout }),
      ),
    );
    expect(await answered).toEqual([[expect.objectContaining({ name: 'n2' })], 1]);
  });

  test('without anybody who waits there are no attempts, and the next request makes one', async () => {
    const { proxy, client: asking, story } = await through(n1);
    await settled(asking);
    newest(proxy).cut();
    await story.reaches({ state: 'idle' }, 1);

    expect(story.told.at(-1)).toBe('idle connection-lost');
    expect(await firstValueFrom(asking.stats())).toHaveProperty('agent.name', 'n1');
    expect(proxy.all).toHaveLength(2);
  });
});
