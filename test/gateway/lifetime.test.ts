import { firstValueFrom, Subject } from 'rxjs';
import { connect } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import type { Identity } from 'rxserf/gateway';
import { listen } from 'rxserf/server';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { Clock } from '../server/support/clock.ts';
import {
  attempt,
  clientOf,
  closed,
  eventually,
  openPage,
  openPeer,
  runDemo,
  runGateway,
  VIEWER_KEY,
} from './harness.ts';

/** A gateway whose time goes on when it is told to. */
async function virtual(options: Parameters<typeof runDemo>[0] = {}) {
  const clock = new Clock();
  return { clock, ...(await runDemo({ scheduler: clock, ...options })) };
}

test('an answer of authenticate that has arrived counts, though the process was too busy to take it in time', async () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const { gateway } = await runDemo({
    limits: { handshakeTimeout: 1_000 },
    authenticate: async () => {
      for (const end = performance.now() + 1_200; performance.now() < end; );
      await turn();
      await turn();
      return { role: 'viewer' };
    },
  });
  const page = clientOf(gateway, VIEWER_KEY, { reconnect: false });
  expect((await firstValueFrom(page.members())).length).toBe(3);
});

describe('a credential that expires', () => {
  const authenticate = ({ key }: { key: string }): Identity | undefined =>
    key.startsWith('until-') ? { role: 'viewer', expires: Number(key.slice(6)) } : undefined;

  test('ends its connection with 4401 at that time, and not before', async () => {
    const { clock, gateway } = await virtual({ authenticate, pingInterval: 0 });
    const page = clientOf(gateway, 'until-60000', { reconnect: false });
    const stream = firstValueFrom(page.stream('user'));
    stream.catch(() => {});
    await gateway.until('accepted');
    clock.advance(59_999);
    expect((await firstValueFrom(page.members())).length).toBe(3);
    clock.advance(1);
    const end = await gateway.until('disconnected');

    expect(end).toMatchObject({ code: 4401, reason: 'the credential has expired' });
    await expect(stream).rejects.toMatchObject({ code: 'connection-lost' });
  });

  test.each<[string, (start: number) => number]>([
    ['stands still', (start) => start],
    ['is set back an hour', () => performance.timeOrigin + performance.now() - 3_600_000],
  ])('ends it as well when the date %s meanwhile', async (_, now) => {
    const { gateway } = await runDemo({ authenticate });
    const start = Date.now();
    const page = clientOf(gateway, `until-${start + 300}`, { reconnect: false });
    page.stream('user').subscribe({ error: () => undefined });
    await gateway.until('accepted');
    const date = vi.spyOn(Date, 'now').mockImplementation(() => now(start));
    onTestFinished(() => date.mockRestore());

    expect(await gateway.until('disconnected')).toMatchObject({ code: 4401 });
  });

  test('is asked for anew, and the streams go on', async () => {
    const { clock, cluster, gateway } = await virtual({ authenticate });
    let asked = 0;
    const page = connect(gateway.webSocketUrl, {
      authKey: () => `until-${++asked * 60_000}`,
      reconnect: { minDelay: 1, maxDelay: 1 },
    });
    onTestFinished(() => page.close());
    const names: string[] = [];
    page.stream('user').subscribe(({ name }) => names.push(name));
    await gateway.until('accepted');
    clock.advance(60_000);
    await eventually(() => gateway.events.filter(({ type }) => type === 'accepted').length === 2);
    await firstValueFrom(page.members());
    cluster.node('n2').event('deploy').subscribe();
    await eventually(() => names.length === 1);

    expect(asked).toBe(2);
  });

  test('that has expired already is one refusal, and no loop', async () => {
    const { clock, gateway } = await virtual({ authenticate });
    clock.advance(1_000);
    const bearer = openPage(gateway.webSocketUrl, undefined, { Authorization: 'Bearer until-500' });
    expect(await attempt(bearer)).toBe(401);

    await expect(firstValueFrom(clientOf(gateway, 'until-500').members())).rejects.toMatchObject({
      code: 'auth-invalid',
    });
    const refused = gateway.events.filter(({ type }) => type === 'refused-key');
    expect(refused).toMatchObject([
      { error: { message: 'the credential has expired' } },
      { error: { message: 'the credential has expired' } },
    ]);
  });
});

describe('peers that do not answer', () => {
  test('are cut off at the second ping, and those who answer stay', async () => {
    const { clock, gateway } = await virtual();
    const page = await openPeer(gateway);
    const frozen = await openPeer(gateway);
    frozen.pause();
    clock.advance(25_000);
    await new Promise((resolve) => page.once('ping', resolve));
    // The answer to it is on its way: this one is behind it.
    page.ping();
    await new Promise((resolve) => page.once('pong', resolve));
    clock.advance(25_000);
    const end = await gateway.until('disconnected');

    expect(end.code).toBe(1006);
    expect(gateway.events.filter(({ type }) => type === 'disconnected')).toHaveLength(1);
    expect(page.readyState).toBe(page.OPEN);
  });
});

describe('the upstream', () => {
  test('that is lost closes all peers with 1012, and upgrades are 503 until it is back', async () => {
    const serve = (port: number, nodes: string[]) => {
      const cluster = new EmbeddedCluster({ nodes, seed: 1 });
      onTestFinished(() => cluster.close());
      const started = new Subject<number>();
      const subscription = listen(cluster.node('n1'), { port }).subscribe((event) => {
        if (event.type === 'listening') started.next(event.port);
      });
      onTestFinished(() => subscription.unsubscribe());
      return { port: firstValueFrom(started), stop: () => subscription.unsubscribe() };
    };
    const agent = serve(0, ['n1', 'n2']);
    const port = await agent.port;
    const upstream = connect(`127.0.0.1:${port}`, { reconnect: { minDelay: 5, maxDelay: 20 } });
    onTestFinished(() => upstream.close());
    const gateway = await runGateway(upstream);
    await gateway.until('upstream', ({ state }) => state === 'up');
    const page = clientOf(gateway, VIEWER_KEY, { reconnect: { minDelay: 5, maxDelay: 20 } });
    const gaps: unknown[] = [];
    page.stream('user', { gaps: true }).subscribe((event) => event.event === 'gap' && gaps.push(event));
    // A stream that has not begun has no gap: its answer comes before this one.
    await firstValueFrom(page.members());

    agent.stop();
    expect(await gateway.until('disconnected')).toMatchObject({ code: 1012 });
    expect(await attempt(openPage(gateway.webSocketUrl))).toBe(503);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(503);
    expect((await fetch(`${gateway.url}/healthz`)).status).toBe(200);
    // While nobody looked, one was replaced: no answer from before is good any more.
    serve(port, ['n1', 'n4']);
    await eventually(() => gaps.length > 0);
    expect((await firstValueFrom(page.members())).map(({ name }) => name)).toEqual(['n1', 'n4']);
    expect((await fetch(`${gateway.url}/readyz`)).status).toBe(200);
  });

  test('of each identity is its own, watched as long as it is used', async () => {
    const clusters = ['eu', 'us'].map((name) => new EmbeddedCluster({ nodes: [name], seed: 1 }));
    onTestFinished(() => {
      for (const cluster of clusters) cluster.close();
    });
    const gateway = await runGateway(
      (who) => (clusters[who.name === 'eu' ? 0 : 1] as EmbeddedCluster).node(who.name as string),
      {
        authenticate: ({ key }) => ({ role: 'viewer', name: key }),
      },
    );
    const names = async (key: string) =>
      (await firstValueFrom(clientOf(gateway, key).members())).map(({ name }) => name);

    expect([await names('eu'), await names('us')]).toEqual([['eu'], ['us']]);
  });
});

describe('the end', () => {
  test('by drain: nobody new, peers over 5 s, then it completes', async () => {
    const drain = new Subject<void>();
    const { clock, gateway } = await virtual({ drain });
    const pages = [];
    for (let i = 0; i < 2; i++) {
      const page = openPage(gateway.webSocketUrl, undefined, { Authorization: `Bearer ${VIEWER_KEY}` });
      await attempt(page);
      pages.push(closed(page));
    }
    drain.next();
    expect(await attempt(openPage(gateway.webSocketUrl))).toBe(503);
    clock.advance(0);
    expect(await pages[0]).toMatchObject({ code: 1012 });
    clock.advance(2_500);
    expect(await pages[1]).toMatchObject({ code: 1012 });
  });

  test('by unsubscribing: 1001', async () => {
    const { gateway } = await runDemo();
    const page = openPage(gateway.webSocketUrl, undefined, { Authorization: `Bearer ${VIEWER_KEY}` });
    await attempt(page);
    gateway.stop();

    expect(await closed(page)).toMatchObject({ code: 1001, reason: 'the gateway ends' });
  });

  test('of a peer whose right was taken away: 4403, and its client gives up', async () => {
    const { gateway } = await runDemo();
    const page = clientOf(gateway, VIEWER_KEY);
    const stream = firstValueFrom(page.stream('user'));
    stream.catch(() => {});
    const { peer } = await gateway.until('accepted');
    peer.disconnect();

    await expect(stream).rejects.toMatchObject({ code: 'connection-lost', cause: { closeCode: 4403 } });
  });
});
