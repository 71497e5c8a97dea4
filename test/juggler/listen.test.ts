import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { request as httpRequest } from 'node:http';
import { connect as tcpConnect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { filter, firstValueFrom, NEVER, of, throwError } from 'rxjs';
import { type JugglerListenOptions, jugglerConnect, jugglerListen } from 'rxserf/juggler';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { WebSocket } from 'ws';
import { told } from './kit.ts';
import { running } from './server.ts';

const folder = mkdtempSync(join(tmpdir(), 'rxserf-juggler-'));
const staticDir = join(folder, 'static');
beforeAll(() => {
  mkdirSync(join(staticDir, 'sub'), { recursive: true });
  writeFileSync(join(staticDir, 'index.html'), '<h1>hi</h1>');
  writeFileSync(join(staticDir, 'sub/a.js'), '1');
  writeFileSync(join(staticDir, 'sub/ä b.txt'), 'umlaut');
  writeFileSync(join(staticDir, 'ws'), 'a file where the WebSocket is');
  writeFileSync(join(staticDir, '.secret'), 'secret');
  writeFileSync(join(folder, 'outside.txt'), 'secret');
  symlinkSync(join(folder, 'outside.txt'), join(staticDir, 'link.txt'));
  symlinkSync(folder, join(staticDir, 'up'));
  symlinkSync(join(staticDir, 'sub/a.js'), join(staticDir, 'inside.js'));
});
afterAll(() => rmSync(folder, { recursive: true }));

interface Answer {
  readonly status: number;
  readonly headers: Record<string, string | string[] | undefined>;
  readonly body: string;
}

/** As `curl --path-as-is` asks: nothing is normalized. */
function get(port: number, path: string, { method = 'GET', headers = {} } = {}): Promise<Answer> {
  return new Promise((resolve, reject) => {
    httpRequest({ host: '127.0.0.1', port, path, method, headers, agent: false }, (response) => {
      let body = '';
      response.setEncoding('utf8');
      response.on('data', (chunk) => {
        body += chunk;
      });
      response.on('end', () =>
        resolve({ status: response.statusCode ?? 0, headers: response.headers, body }),
      );
    })
      .on('error', reject)
      .end();
  });
}

/** The status that an upgrade is answered with; 101: it is a WebSocket. */
function upgrade(
  port: number,
  { path = '/ws', headers = {} as Record<string, string> } = {},
): Promise<number> {
  return new Promise((resolve) => {
    const socket = new WebSocket(`ws://127.0.0.1:${port}${path}`, { headers });
    socket.on('open', () => {
      socket.close();
      resolve(101);
    });
    socket.on('unexpected-response', (_, response) => {
      resolve(response.statusCode ?? 0);
      response.destroy();
    });
    socket.on('error', () => resolve(0));
  });
}

describe('files', () => {
  // As hat-juggler 0.5.0 answers.
  test.each<[string, JugglerListenOptions, Record<string, [number, string?]>]>([
    [
      'with a folder',
      { staticDir },
      {
        '/': [302, '/index.html'],
        '/index.html': [200, '<h1>hi</h1>'],
        '/sub/a.js': [200, '1'],
        '/sub/': [403],
        '/sub': [403],
        '/nope': [404],
        '/ws': [400],
        '/other': [404],
        '/sub/%C3%A4%20b.txt?v=1': [200, 'umlaut'],
        '/inside.js': [200, '1'],
      },
    ],
    [
      'without a folder',
      {},
      { '/': [302, '/index.html'], '/index.html': [404], '/sub/': [404], '/nope': [404], '/ws': [400] },
    ],
    ['with a folder, without an index', { staticDir, indexPath: null }, { '/': [403], '/index.html': [200] }],
    ['without both', { indexPath: null }, { '/': [404] }],
    [
      'elsewhere',
      { staticDir, indexPath: '/sub/a.js', path: '/other' },
      { '/': [302, '/sub/a.js'], '/other': [400], '/ws': [200, 'a file where the WebSocket is'] },
    ],
  ])('%s', async (_, options, answers) => {
    const { port } = await running(options);
    for (const [path, [status, what]] of Object.entries(answers)) {
      const answer = await get(port, path);

      expect([path, answer.status]).toEqual([path, status]);
      if (what !== undefined) expect(status === 302 ? answer.headers['location'] : answer.body).toBe(what);
    }
  });

  test('with content types, and nothing for a browser to guess', async () => {
    const { port } = await running({ staticDir });
    const types = { '/index.html': 'text/html', '/sub/a.js': 'text/javascript' };
    for (const [path, type] of Object.entries(types)) {
      const { headers } = await get(port, path);
      expect(headers['content-type']).toContain(type);
      expect(headers['x-content-type-options']).toBe('nosniff');
    }
  });

  test.each([
    '/../outside.txt',
    '/sub/../../outside.txt',
    '/%2e%2e/outside.txt',
    '/..%2foutside.txt',
    '/%252e%252e/outside.txt',
    '/sub/..%5c..%5coutside.txt',
    '/link.txt',
    '/up/outside.txt',
    '/sub%0a/../../outside.txt',
    '/.secret',
    '/%2esecret',
    '//etc/passwd',
    '/etc/passwd',
    `${staticDir}/index.html`,
    '/index.html%00.js',
    '/index.html/',
    '/%',
    '/%ff',
    'http://evil.example/index.html',
    '*',
  ])('nothing outside of the folder: %s', async (path) => {
    const { port } = await running({ staticDir });
    const { status, body } = await get(port, path);

    expect(body).not.toContain('secret');
    expect(body).not.toContain('root:');
    expect([400, 404]).toContain(status);
    expect((await get(port, '/index.html')).status).toBe(200);
  });

  test.each(['bytes=5-2', 'bytes=-1', 'bytes=999-', 'bytes=0-0,1-1', 'bytes=x', `bytes=${'9'.repeat(400)}-`])(
    'a range ends nothing: %s',
    async (range) => {
      const { port } = await running({ staticDir });
      expect([200, 206, 416]).toContain((await get(port, '/index.html', { headers: { range } })).status);
      expect((await get(port, '/index.html', { headers: { range: 'bytes=1-2' } })).body).toBe('h1');
    },
  );

  test('GET and HEAD only', async () => {
    const { port } = await running({ staticDir });
    expect(await get(port, '/index.html', { method: 'HEAD' })).toMatchObject({ status: 200, body: '' });
    expect((await get(port, '/index.html', { method: 'POST' })).status).toBe(405);
    const { headers } = await get(port, '/index.html');
    const again = { 'if-none-match': String(headers['etag']) };
    expect((await get(port, '/index.html', { headers: again })).status).toBe(304);
  });
});

describe('who may connect', () => {
  test('pages of its own, and clients that are no pages', async () => {
    const { port } = await running();

    expect(await upgrade(port)).toBe(101);
    expect(await upgrade(port, { headers: { origin: `http://127.0.0.1:${port}` } })).toBe(101);
    expect(await upgrade(port, { headers: { origin: `http://localhost:${port}`, host: 'localhost' } })).toBe(
      101,
    );
  });

  test.each<[string, Record<string, string>, number, string]>([
    ['a page of another site', { origin: 'https://evil.example' }, 403, 'origins'],
    ['a page of another port', { origin: 'http://127.0.0.1:1' }, 403, 'origins'],
    ['a sandboxed page', { origin: 'null' }, 403, 'no single origin'],
    ['a name that was led here', { host: 'evil.example', origin: 'http://evil.example' }, 421, 'hosts'],
  ])('not %s', async (_, headers, status, hint) => {
    const server = await running({ staticDir });

    expect(await upgrade(server.port, { headers })).toBe(status);
    expect((await server.next('rejected')).hint).toContain(hint);
  });

  test('no file either for a name that was led here', async () => {
    const server = await running({ staticDir });

    expect((await get(server.port, '/index.html', { headers: { host: 'evil.example' } })).status).toBe(421);
  });

  test('origins and hosts that are given', async () => {
    const list = await running({ origins: ['https://gui.example'], hosts: ['gui.example'] });
    const asked: string[] = [];
    const decided = await running({
      origins: (origin) => {
        asked.push(origin);
        if (origin.includes('throw')) throw new Error('oops');
        return origin.endsWith('.example');
      },
    });

    expect(
      await upgrade(list.port, { headers: { origin: 'https://gui.example', host: 'GUI.example:80' } }),
    ).toBe(101);
    expect(await upgrade(decided.port, { headers: { origin: 'https://a.example' } })).toBe(101);
    expect(await upgrade(decided.port, { headers: { origin: 'https://a.test' } })).toBe(403);
    expect(await upgrade(decided.port, { headers: { origin: 'https://throw.test' } })).toBe(403);
    expect(asked).toEqual(['https://a.example', 'https://a.test', 'https://throw.test']);
  });

  test.each<[string, JugglerListenOptions['admit'] & object, number]>([
    ['true', () => true, 101],
    ['an Observable', ({ headers }) => of(headers['x-key'] === 'k'), 101],
    ['a Promise', async () => true, 101],
    ['false', () => false, 403],
    ['nothing', () => of(), 403],
    ['an error', () => throwError(() => new Error('no')), 403],
    ['a throw', () => JSON.parse('{'), 403],
    ['something else that is true', () => of(1 as unknown as boolean), 403],
  ])('admit: %s', async (_, admit, status) => {
    const { port } = await running({ admit });

    expect(await upgrade(port, { headers: { 'x-key': 'k' } })).toBe(status);
  });

  test('as many as maxPeers, those that are being asked about included', async () => {
    let ask: () => void = () => undefined;
    const asked = new Promise<void>((resolve) => {
      ask = resolve;
    });
    const server = await running({
      maxPeers: 1,
      admit: () => {
        ask();
        return NEVER;
      },
    });
    const waiting = tcpConnect(server.port, '127.0.0.1');
    waiting.on('error', () => undefined);
    waiting.write(
      `GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    );
    onTestFinished(() => void waiting.destroy());
    await asked;

    expect(await upgrade(server.port)).toBe(503);
  });

  test('as many of one address as maxPeersPerAddress; a place is free again when its connection is closed', async () => {
    const server = await running({ maxPeersPerAddress: 2 });
    const open = async () => {
      const webSocket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`);
      onTestFinished(() => webSocket.terminate());
      await once(webSocket, 'open');
      return webSocket;
    };
    const [first] = await Promise.all([open(), open()]);
    expect(await upgrade(server.port)).toBe(503);
    const hints = server.events.flatMap((event) => (event.type === 'rejected' ? event.hint : []));
    expect(hints).toEqual(['2 of this address are connected, which is the option maxPeersPerAddress']);
    first?.close();
    await expect.poll(() => upgrade(server.port)).toBe(101);
  });

  test('elsewhere there is no WebSocket', async () => {
    const { port } = await running({ staticDir });

    expect(await upgrade(port, { path: '/index.html' })).toBe(404);
  });
});

describe('connections', () => {
  test('both ways: data, messages, calls; events in their order', async () => {
    const server = await running({ autoflush: 0, actions: { add: (a: number, b: number) => a + b } });
    const client = jugglerConnect<{ from: string }>(`ws://127.0.0.1:${server.port}/ws`, {
      autoflush: 0,
      actions: { ask: () => 'me' },
    });
    const connection = await server.connection();
    connection.setLocalData({ from: 'server' });
    client.setLocalData({ from: 'client' });
    client.send('hello');

    expect(await firstValueFrom(client.remoteData$.pipe(filter((data) => data !== null)))).toEqual({
      from: 'server',
    });
    expect(await firstValueFrom(connection.messages$)).toBe('hello');
    expect(connection.remoteData).toEqual({ from: 'client' });
    expect(await firstValueFrom(client.call('add', 1, 2))).toBe(3);
    expect(await firstValueFrom(connection.call('ask'))).toBe('me');
    await client.close();
    expect(await server.next('disconnected')).toMatchObject({ connection });
    expect(server.events.map(({ type }) => type)).toEqual(['listening', 'connected', 'disconnected']);
  });

  test('a bad frame ends one connection, with an event that says why; others go on', async () => {
    const server = await running();
    const [bad, good] = [
      new WebSocket(`ws://127.0.0.1:${server.port}/ws`),
      jugglerConnect(`ws://127.0.0.1:${server.port}/ws`),
    ];
    const closed = new Promise((resolve) => bad.on('close', resolve));
    bad.on('open', () => bad.send('{"type":"DATA","payload":[{"op":"remove","path":"/x"}]}'));

    expect(await closed).toBe(1000);
    expect(await server.next('disconnected')).toMatchObject({ error: { code: 'patch-conflict' } });
    await firstValueFrom(good.flush());
    expect(told(good.status$)).toEqual([{ state: 'connected' }]);
  });

  test.each<[string, string | Uint8Array, number, string]>([
    ['a binary frame', Uint8Array.of(1), 1003, 'a binary frame came'],
    ['a frame that is too large', 'x'.repeat(4 * 1024 * 1024 + 1), 1009, 'larger than the server takes'],
  ])('%s', async (_, frame, code, message) => {
    const server = await running();
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`);
    const closed = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => undefined);
    socket.on('open', () => socket.send(frame));

    expect(await closed).toBe(code);
    expect((await server.next('disconnected')).error?.message).toContain(message);
  });

  test('a peer that does not answer pings is cut off', async () => {
    const server = await running({ heartbeat: 20 });
    const socket = new WebSocket(`ws://127.0.0.1:${server.port}/ws`, { autoPong: false });
    const other = new WebSocket(`ws://127.0.0.1:${server.port}/ws`);
    onTestFinished(() => other.close());
    socket.on('error', () => undefined);

    expect(await new Promise((resolve) => socket.on('close', resolve))).toBe(1006);
    expect((await server.next('disconnected')).error).toMatchObject({ code: 'connection-lost' });
    expect(other.readyState).toBe(WebSocket.OPEN);
  });

  test('an answer that has arrived counts, though the process was too busy to read it in time', async () => {
    const busy = (ms: number) => {
      for (const end = performance.now() + ms; performance.now() < end; );
    };
    const server = await running();
    const client = jugglerConnect(`ws://127.0.0.1:${server.port}/ws`, { connectTimeout: 400, ping: 400 });
    onTestFinished(() => client.close());
    const status = told(client.status$);
    const pinged = firstValueFrom(client.messages$);
    busy(500);
    const connection = await server.connection();
    // Behind the PING, of which it hears nothing while the process is busy.
    await new Promise((resolve) => setTimeout(resolve, 410));
    busy(500);
    connection.send('still there');
    await pinged;

    expect(status).toMatchObject([{ state: 'connecting' }, { state: 'connected' }]);
  });

  test('the end of the server: all is closed with 1000, what was set is sent, and closed$ tells', async () => {
    const server = await running();
    const client = jugglerConnect(`ws://127.0.0.1:${server.port}/ws`);
    const connection = await server.connection();
    connection.setLocalData('last');
    server.subscription.unsubscribe();
    await firstValueFrom(server.closed$);
    await firstValueFrom(client.closed$);

    expect(client.remoteData).toBe('last');
    expect(told(client.status$)).toEqual([{ state: 'closed' }, '|']);
    await expect(get(server.port, '/')).rejects.toThrow('ECONNREFUSED');
  });

  test('a peer that does not close: after shutdownTimeout it is cut off', async () => {
    const server = await running({ shutdownTimeout: 50 });
    const socket = tcpConnect(server.port, '127.0.0.1');
    socket.write(
      `GET /ws HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`,
    );
    const ended = new Promise((resolve) => socket.on('close', resolve));
    socket.on('error', () => undefined).resume();
    await server.connection();
    server.subscription.unsubscribe();

    await firstValueFrom(server.closed$);
    await ended;
  });

  test('a port that is taken', async () => {
    const { port } = await running();

    await expect(firstValueFrom(jugglerListen({ port }))).rejects.toMatchObject({ code: 'listen-failed' });
  });

  test.each<[JugglerListenOptions, string]>([
    [{ port: -1 }, 'port'],
    [{ path: 'ws' }, 'path'],
    [{ path: '/ws?x' }, 'path'],
    [{ indexPath: 'index.html' }, 'indexPath'],
    [{ origins: ['example.org'] }, 'origins'],
    [{ tls: {}, pem: 'x' }, 'tls or pem'],
    [{ maxPeers: 0 }, 'maxPeers'],
    [{ autoflush: -1 }, 'autoflush'],
    [{ actions: { a: 1 } as never }, 'actions.a'],
  ])('%j is refused at the call', (options, text) => {
    expect(() => jugglerListen(options)).toThrow(text);
  });
});

describe('TLS', () => {
  const pemOf = (name: string) =>
    readFileSync(new URL(`../socket/fixtures/${name}.pem`, import.meta.url), 'utf8');
  const [cert, key] = [pemOf('cert'), pemOf('key')];

  test.each(['tls', 'pem'] as const)('https and wss on one port, by %s', async (way) => {
    const file = join(folder, 'both.pem');
    writeFileSync(file, `${key}\n${cert}`);
    const server = await running(way === 'tls' ? { tls: { cert, key } } : { pem: file });
    const client = jugglerConnect(`wss://localhost:${server.port}/ws`, { tls: { ca: cert } });
    client.setLocalData('over TLS');
    const connection = await server.connection();

    expect(await firstValueFrom(connection.remoteData$.pipe(filter((data) => data !== null)))).toBe(
      'over TLS',
    );
    await client.close();
  });

  test('a certificate that is not trusted is not connected to', async () => {
    const server = await running({ tls: { cert, key } });
    const client = jugglerConnect(`wss://localhost:${server.port}/ws`);
    await firstValueFrom(client.closed$);

    expect(told(client.status$)[0]).toMatchObject({ state: 'closed', error: { code: 'connect-failed' } });
  });

  test('a certificate that is not there', async () => {
    await expect(
      firstValueFrom(jugglerListen({ port: 0, pem: join(folder, 'nope.pem') })),
    ).rejects.toMatchObject({
      code: 'listen-failed',
    });
  });
});
