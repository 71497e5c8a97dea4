import { firstValueFrom } from 'rxjs';
import { AgentError, type Serf } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { serve } from 'rxserf/server';
import { acceptedWebSocket } from 'rxserf/socket';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { WebSocketServer } from 'ws';
import {
  bundlePage,
  describeBrowser,
  openPage,
  type PageServerOptions,
  servePage,
} from './harness/browser.ts';
import type { inPage as InPage } from './pages/client.ts';

declare global {
  /** Of the page; see `pages/client.ts`. */
  var inPage: typeof InPage;
}

const text = new TextEncoder();
let script: string;
let cluster: EmbeddedCluster | undefined;
afterEach(() => cluster?.close());

/** A page, and at its own origin a node of a cluster of three. */
async function serveNode(options: Partial<PageServerOptions> = {}, authKey = '', serf?: Serf) {
  cluster ??= new EmbeddedCluster({ nodes: ['n1', 'n2', 'n3'] });
  const node = serf ?? cluster.node('n1');
  const webSockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
  const peers = { most: 0, now: 0 };
  const server = await servePage({
    script,
    tls: true,
    upgrade: (request, socket, head) =>
      webSockets.handleUpgrade(request, socket, head, (webSocket) => {
        peers.most = Math.max(peers.most, ++peers.now);
        webSocket.on('close', () => peers.now--);
        serve(node, acceptedWebSocket(webSocket), { authKey, concurrency: 32 }).subscribe({
          error: () => {},
        });
      }),
    ...options,
  });
  return { ...server, peers, node };
}

describeBrowser('a client in a page', () => {
  beforeAll(async () => {
    script = await bundlePage('test/browser/pages/client.ts');
  });
  afterEach(() => {
    cluster = undefined;
  });

  test('connects to its own origin by wss, lists members and hears events, on one connection', async () => {
    const { url, node, peers } = await serveNode();
    const page = await openPage(url);
    await page.evaluate(() => {
      inPage.open();
      inPage.listen();
    });
    expect(await page.evaluate(() => inPage.members())).toEqual(['n1 alive', 'n2 alive', 'n3 alive']);

    await firstValueFrom(node.event('deploy', text.encode('v42 ✓')));
    await page.waitForFunction(() => inPage.events.length > 0);
    expect(await page.evaluate(() => inPage.events)).toEqual(['deploy v42 ✓']);
    expect(await page.evaluate(() => inPage.fails('('))).toEqual({
      name: 'InvalidArgumentError',
      code: 'invalid-pattern',
    });
    expect(peers.most).toBe(1);

    await page.evaluate(() => inPage.close());
    expect(await page.evaluate(() => inPage.states)).toEqual(['idle', 'connecting', 'connected', 'closed']);
    await expect.poll(() => peers.now).toBe(0);
  });

  test('outlives its server, and tells of the gap', async () => {
    const first = await serveNode();
    const page = await openPage(first.url);
    await page.evaluate(() => {
      inPage.open('/serf', { reconnect: { minDelay: 1, maxDelay: 20 } });
      inPage.listen();
    });
    await page.waitForFunction(() => inPage.states.includes('connected'));
    await first.close();
    await page.waitForFunction(() => inPage.states.includes('waiting'));

    const { node } = await serveNode({ port: first.port });
    await page.waitForFunction(() => inPage.states.at(-1) === 'connected' && inPage.events.includes('gap'));
    await firstValueFrom(node.event('deploy', text.encode('again')));
    await page.waitForFunction(() => inPage.events.length > 1);
    expect(await page.evaluate(() => inPage.events)).toEqual(['gap', 'deploy again']);
    await page.evaluate(() => inPage.close());
  });

  test.each(['online', 'pageshow'])('%s ends a wait at once, and no listener is left', async (event) => {
    const first = await serveNode();
    const page = await openPage(first.url);
    await page.evaluate(() => {
      inPage.open('/serf', { reconnect: { minDelay: 2 ** 30, maxDelay: 2 ** 30, random: () => 0.5 } });
      inPage.listen();
    });
    await page.waitForFunction(() => inPage.states.includes('connected'));
    expect(await page.evaluate(() => inPage.listening)).toEqual([]);
    await first.close();
    await page.waitForFunction(() => inPage.states.at(-1) === 'waiting');
    expect(await page.evaluate(() => inPage.listening)).toEqual(['online', 'pageshow']);

    await serveNode({ port: first.port });
    await page.evaluate(`dispatchEvent(new Event('${event}'))`);
    await page.waitForFunction(() => inPage.states.at(-1) === 'connected');
    expect(await page.evaluate(() => inPage.listening)).toEqual([]);
    await page.evaluate(() => inPage.close());
  });

  test('has typed errors', async () => {
    const denied = new AgentError('permission-denied', 'Permission denied: event (role viewer)');
    cluster = new EmbeddedCluster({ nodes: ['n1'] });
    const node = Object.assign(Object.create(cluster.node('n1')) as Serf, {
      event: () => {
        throw denied;
      },
    });
    const { url } = await serveNode({}, 's3cret', node);
    const page = await openPage(url);
    await page.evaluate(() => inPage.open('/serf?AuthKey=s3cret'));
    expect(await page.evaluate(() => inPage.fire('deploy'))).toEqual({
      name: 'AgentError',
      code: 'permission-denied',
    });
    await page.evaluate(() => inPage.close());
    expect(await page.evaluate(() => inPage.message('/serf?AuthKey=guess'))).toMatch(
      /^AuthenticationError: Invalid authentication token \(the gateway does not accept this key/,
    );
    expect(await page.evaluate(() => inPage.message('/serf'))).toMatch(
      /^AuthenticationError: Authentication required \(the gateway wants to know who this is/,
    );
  });

  test('says what would work instead', async () => {
    const { url } = await serveNode();
    const page = await openPage(url);
    for (const address of ['10.0.0.1', 'serfs://agent', 'unix:/run/serf.sock'])
      expect(await page.evaluate((text) => inPage.thrown(text), address)).toContain(
        'a browser has no TCP: connect to a gateway, wss://host/serf',
      );
    expect(await page.evaluate(() => inPage.message('ws://gate.example.org/serf'))).toBe(
      'InvalidArgumentError: a page that came by https:// can open wss:// only, not ws://',
    );
  });
});
