import { once } from 'node:events';
import type { IncomingMessage } from 'node:http';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Page } from 'playwright-core';
import { afterEach, beforeAll, expect, test } from 'vitest';
import { type WebSocket, WebSocketServer } from 'ws';
import { bundlePage, describeBrowser, openPage, servePage } from './harness/browser.ts';
import { type Outcome, outcomeAt } from './pages/outcome.ts';

/** MessagePack for the answer to a handshake: `{Seq: 0, Error: ''}`. */
const GREETED = Uint8Array.of(0x82, 0xa3, 0x53, 0x65, 0x71, 0, 0xa5, 0x45, 0x72, 0x72, 0x6f, 0x72, 0xa0);
const connect = (name: string, code: string) => ({ name, code });

/** Servers that are none, or bad ones: what each does with a WebSocket that it has accepted, and how a request ends there. */
const BAD: [what: string, act: (webSocket: WebSocket) => void, outcome: Outcome][] = [
  ['sends a text frame', (ws) => ws.send('hello'), connect('ProtocolError', 'unexpected-frame')],
  [
    'sends what is no MessagePack',
    (ws) => ws.send(Uint8Array.of(0xc1)),
    connect('ProtocolError', 'not-msgpack'),
  ],
  [
    'sends what is larger than the limit',
    // {Error: a text of 5,000 bytes
    (ws) =>
      ws.send(
        Uint8Array.of(0x82, 0xa5, 0x45, 0x72, 0x72, 0x6f, 0x72, 0xda, 0x13, 0x88, ...new Uint8Array(5_000)),
      ),
    connect('ProtocolError', 'frame-too-large'),
  ],
  [
    'closes in the middle of a frame of Serf',
    (ws) => {
      ws.send(GREETED.subarray(0, 5));
      ws.close(1000);
    },
    connect('ConnectError', 'connect-failed'),
  ],
  [
    'is cut in the middle of a frame of the WebSocket',
    (ws) => {
      const { _socket: socket } = ws as unknown as { _socket: Socket };
      socket.end(Uint8Array.of(0x82, 0x7e, 0x10, 0x00, 1, 2, 3));
    },
    { ...connect('ConnectError', 'connect-failed'), closeCode: 1006 },
  ],
  [
    'sends a frame with reserved bits',
    (ws) => {
      const { _socket: socket } = ws as unknown as { _socket: Socket };
      socket.write(Uint8Array.of(0xf2, 0x01, 0));
    },
    { ...connect('ConnectError', 'connect-failed'), closeCode: 1006 },
  ],
  ['never speaks', () => {}, connect('ConnectError', 'connect-timeout')],
  [
    'closes with 1013 when greeted',
    (ws) => {
      ws.send(GREETED);
      ws.close(1013, 'too many');
    },
    { ...connect('ConnectionLostError', 'connection-lost'), closeCode: 1013, closeReason: 'too many' },
  ],
  ['is done', (ws) => ws.close(1000, 'done'), connect('ConnectError', 'connect-failed')],
  ['closes without a code', (ws) => ws.close(), connect('ConnectError', 'connect-failed')],
];

const servers: { close(): unknown }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function badServer(act: (webSocket: WebSocket, request: IncomingMessage) => void) {
  const server = new WebSocketServer({ host: '127.0.0.1', port: 0, perMessageDeflate: false });
  servers.push(server, {
    close() {
      for (const client of server.clients) client.terminate();
    },
  });
  server.on('connection', act);
  await once(server, 'listening');
  return { url: `ws://localhost:${(server.address() as AddressInfo).port}/serf`, server };
}

describeBrowser('a bad server is the same error in Node and in a page', () => {
  let script: string;
  beforeAll(async () => {
    script = await bundlePage('test/browser/pages/client.ts');
  });
  const inBoth = async (url: string, timeout?: number) => {
    const page: Page = await openPage((await servePage({ script })).url);
    return Promise.all([
      outcomeAt(url, timeout),
      page.evaluate(([at, time]) => inPage.outcomeAt(at as string, time as number), [url, timeout ?? 5_000]),
    ]);
  };

  test.each(BAD)('that %s', async (_, act, expected) => {
    const { url, server } = await badServer(act);
    const silent = expected.code === 'connect-timeout';

    expect(await inBoth(url, silent ? 300 : undefined)).toEqual([expected, expected]);
    await expect.poll(() => server.clients.size).toBe(0);
  });

  test('that closes with any code and reason', async () => {
    const codes = [1001, 1002, 1003, 1008, 1009, 1011, 1012, 1013, 3000, 4401, 4403, 4999];
    const closeReason = `because: ${'ü'.repeat(50)}`;
    const { url } = await badServer((webSocket, { url = '' }) =>
      webSocket.close(Number(url.slice(1)), closeReason),
    );
    const page = await openPage((await servePage({ script })).url);
    const urls = codes.map((code) => url.replace('serf', `${code}`));
    const expected = codes.map((closeCode) => ({
      ...connect('ConnectError', 'connect-failed'),
      closeCode,
      closeReason,
    }));

    expect(await Promise.all(urls.map((each) => outcomeAt(each)))).toEqual(expected);
    expect(
      await page.evaluate((all) => Promise.all(all.map((each) => inPage.outcomeAt(each))), urls),
    ).toEqual(expected);
  });

  test('that is not there, and one that is no WebSocket server', async () => {
    const none = createServer((socket) => socket.end('HTTP/1.1 404 Not Found\r\n\r\n').on('error', () => {}));
    none.listen(0, '127.0.0.1');
    servers.push(none);
    await once(none, 'listening');
    const failed = { ...connect('ConnectError', 'connect-failed'), closeCode: 1006 };

    const { port } = none.address() as AddressInfo;
    expect(await inBoth(`ws://localhost:${port}`)).toEqual([failed, failed]);
    none.close();
    expect(await inBoth(`ws://localhost:${port}`)).toEqual([failed, failed]);
  });
});
