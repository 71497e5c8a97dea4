import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { EmbeddedCluster } from 'rxserf/embedded';
import { serve } from 'rxserf/server';
import { acceptedWebSocket } from 'rxserf/socket';
import { expect, onTestFinished, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { describeBrowser, openPage, servePage } from '../../browser/harness/browser.ts';

const built = process.env['RXSERF_ANGULAR_APP'] ?? '';

describeBrowser('the quick start in a page', () => {
  test('lists the members of a cluster behind a WebSocket, live; keeps them while it is away', async () => {
    const cluster = new EmbeddedCluster({ nodes: ['n1', 'n2', '<b>n3</b>'] });
    onTestFinished(() => cluster.close());
    const peers = new Set<WebSocket>();
    const sockets = new WebSocketServer({ noServer: true, perMessageDeflate: false });
    let open = false;
    const { url, port } = await servePage({
      tls: true,
      script: '',
      upgrade: (request, socket, head) => {
        if (!open) socket.end('HTTP/1.1 503 Service Unavailable\r\n\r\n');
        else
          sockets.handleUpgrade(request, socket, head, (peer) => {
            peers.add(peer);
            serve(cluster.node('n1'), acceptedWebSocket(peer)).subscribe({ error: () => {} });
          });
      },
    });
    // What a reader changes in it: the address.
    const script = readFileSync(join(built, 'quick-start/browser/main.js'), 'utf8').replace(
      'wss://serf.example.org/serf',
      `wss://localhost:${port}/serf`,
    );
    const page = await openPage(url);
    await page.addScriptTag({ type: 'module', content: script });
    const shown = async () => {
      const lines = await page.locator('app-root p').allInnerTexts();
      return [await page.locator('app-root h1').innerText(), ...lines.sort()].join(' | ');
    };
    const says = (timeout = 10_000) => expect.poll(shown, { timeout });

    // There is no server yet: it keeps trying.
    await says().toBe('0 members, loading');
    open = true;
    await says().toBe('3 members, live | <b>n3</b> 10.0.0.3 alive | n1 10.0.0.1 alive | n2 10.0.0.2 alive');
    cluster.fail('n2');
    await says().toBe('3 members, live | <b>n3</b> 10.0.0.3 alive | n1 10.0.0.1 alive | n2 10.0.0.2 failed');
    open = false;
    for (const peer of peers) peer.terminate();
    await says().toMatch(/^3 members, stale \| .* n2 10.0.0.2 failed$/);
    cluster.restart('n2');
    open = true;
    await says(20_000).toMatch(/^3 members, live \| .* n2 10.0.0.2 alive$/);
  });
});
