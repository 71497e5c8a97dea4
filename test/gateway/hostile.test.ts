import { once } from 'node:events';
import { connect as connectTcp, type Socket } from 'node:net';
import { encode } from '@msgpack/msgpack';
import { firstValueFrom, of, Subject } from 'rxjs';
import { connect, type SerfEvent } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import type { GatewayOptions } from 'rxserf/gateway';
import { describe, expect, onTestFinished, test } from 'vitest';
import { retained } from '../agent/harness/retained.ts';
import { Clock } from '../server/support/clock.ts';
import { FakeSerf } from '../server/support/fake-serf.ts';
import {
  attempt,
  clientOf,
  closed,
  eventually,
  KEYS,
  OPERATOR_KEY,
  openPage,
  openPeer,
  type Running,
  runDemo,
  runGateway,
  VIEWER_KEY,
} from './harness.ts';

/** A connection that speaks what it likes. */
async function raw({ port }: Running, text = ''): Promise<Socket> {
  const socket = connectTcp({ port, host: '127.0.0.1' });
  socket.on('error', () => {});
  onTestFinished(() => void socket.destroy());
  await once(socket, 'connect');
  if (text) socket.write(text);
  return socket;
}

const upgrade = (path = '/serf', headers = '') =>
  `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n${headers}\r\n`;

async function answer(socket: Socket): Promise<string> {
  let text = '';
  for await (const chunk of socket) text += chunk;
  return text;
}

/** Whether somebody honest is still served. */
async function servesOthers(gateway: Running): Promise<void> {
  expect((await firstValueFrom(clientOf(gateway, VIEWER_KEY).members())).length).toBe(3);
}

const command = (name: string, seq: number, body?: unknown) =>
  Buffer.concat([encode({ Command: name, Seq: seq }), ...(body === undefined ? [] : [encode(body)])]);

describe('upgrades', () => {
  test('that are reset while somebody is asked about them end nothing else', async () => {
    let asked = 0;
    const { gateway } = await runDemo({
      authenticate: (credential) => {
        asked++;
        return credential.key === 'slow' ? new Promise(() => {}) : KEYS(credential);
      },
    });
    for (let i = 0; i < 5; i++) {
      const socket = await raw(gateway, upgrade('/serf', 'Authorization: Bearer slow\r\n'));
      await eventually(() => asked === i + 1);
      socket.resetAndDestroy();
    }
    // Refused, and reset before they have read it.
    for (let i = 0; i < 50; i++) (await raw(gateway, upgrade('/x'))).resetAndDestroy();
    await servesOthers(gateway);
  });

  test('are answered in good time when authenticate hangs or throws', async () => {
    const { gateway } = await runDemo({
      limits: { handshakeTimeout: 50 },
      authenticate: (credential) => {
        if (credential.key === 'throws') throw new Error('database: secret');
        return credential.key === 'hangs' ? new Promise(() => {}) : KEYS(credential);
      },
    });
    const bearer = (key: string) =>
      attempt(openPage(gateway.webSocketUrl, undefined, { Authorization: `Bearer ${key}` }));
    expect(await bearer('hangs')).toBe(401);
    expect(await bearer('throws')).toBe(401);
    await expect(
      firstValueFrom(clientOf(gateway, 'throws', { reconnect: false }).members()),
    ).rejects.toMatchObject({ code: 'auth-invalid', message: expect.not.stringContaining('secret') });
    const causes = gateway.events.flatMap((event) =>
      event.type === 'refused-key' ? [(event.error.cause as Error).message] : [],
    );
    expect(causes.slice(0, 2)).toEqual(['authenticate gave no answer in 50 ms', 'database: secret']);
    await servesOthers(gateway);
  });

  test('that are no WebSockets, of any method, and with long headers are refused', async () => {
    const { gateway } = await runDemo();
    const status = async (text: string) => (await answer(await raw(gateway, text))).split(' ')[1];
    const close = 'Host: 127.0.0.1\r\nConnection: close\r\n\r\n';

    expect(await status(upgrade().replace('websocket', 'h2c'))).toBe('400');
    expect(await status(upgrade().replace('Version: 13', 'Version: 1'))).toMatch(/400|426/);
    expect(await status(upgrade().replace('GET', 'POST'))).toBe('405');
    expect(await status(upgrade('/serf', `X: ${'x'.repeat(20_000)}\r\n`))).toBe('431');
    expect(await status(`POST /readyz HTTP/1.1\r\nContent-Length: 0\r\n${close}`)).toBe('405');
    expect(await status(`DELETE /healthz HTTP/1.1\r\n${close}`)).toBe('405');
    expect(await status(`GET /serf HTTP/1.1\r\n${close}`)).toBe('426');
    expect(await status(`GET /readyz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`)).toBe(
      '421',
    );
    expect(await status(`GET /healthz HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n`)).toBe(
      '200',
    );
    expect(await status('nonsense\r\n\r\n')).toBe('400');
    await servesOthers(gateway);
  });

  test('of one address are bounded, and so are connections that say nothing', async () => {
    const { gateway } = await runDemo({
      limits: { peersPerAddress: 3, headersTimeout: 200, unauthenticatedPerAddress: 2 },
    });
    const silent = await Promise.all(Array.from({ length: 40 }, () => raw(gateway)));
    const ends = silent.map((socket) => once(socket.resume(), 'close'));
    // Beyond 3 + 32 at once, the others when their time is over.
    await Promise.all(ends);
    await servesOthers(gateway);
  });

  test('without a key go to who comes last, and a flood of them keeps nobody out', async () => {
    const { gateway } = await runDemo({ limits: { unauthenticatedPerAddress: 4 } });
    const first = openPage(gateway.webSocketUrl);
    await attempt(first);
    const end = closed(first);
    const flood = Array.from({ length: 30 }, () => openPage(gateway.webSocketUrl));
    await Promise.all(flood.map((page) => once(page, 'open')));
    expect(await end).toMatchObject({ code: 1013, reason: 'too many that are not authenticated' });
    await servesOthers(gateway);
  });

  test('are refused while the agent was never there, and told why', async () => {
    const agent = connect('127.0.0.1:1', { reconnect: { firstConnect: 'keep-trying', minDelay: 5 } });
    onTestFinished(() => agent.close());
    const gateway = await runGateway(agent);
    const { error } = await gateway.until(
      'upstream',
      ({ state, error }) => state === 'connecting' && error !== undefined,
    );

    expect(error).toMatchObject({ code: 'connect-failed' });
    expect(await attempt(openPage(gateway.webSocketUrl, undefined, { Host: 'evil.example' }))).toBe(421);
    expect(await attempt(openPage(gateway.webSocketUrl))).toBe(503);
    const ready = await fetch(`${gateway.url}/readyz`);
    expect([ready.status, await ready.json()]).toEqual([503, { ready: false, upstream: 'connecting' }]);
  });
});

describe('cookies', () => {
  const options: Partial<GatewayOptions> = { cookie: 'session' };
  const cookie = { Cookie: `a=b; session=${VIEWER_KEY}` };

  test('count with an Origin that may connect, and only there', async () => {
    const { gateway } = await runDemo(options);
    const page = openPage(gateway.webSocketUrl, gateway.url, cookie);
    expect(await attempt(page)).toBe('open');
    expect((await gateway.until('authenticated')).peer.identity).toMatchObject({ name: 'vic' });

    expect(await attempt(openPage(gateway.webSocketUrl, 'https://evil.example', cookie))).toBe(403);
    expect(await attempt(openPage(gateway.webSocketUrl, 'null', cookie))).toBe(403);
    // Nobody knows whose page it is: it is a stranger.
    const unknown = openPage(gateway.webSocketUrl, undefined, cookie);
    await attempt(unknown);
    const replies: string[] = [];
    unknown.on('message', (data) => replies.push(String(data)));
    unknown.send(Buffer.concat([command('handshake', 0, { Version: 1 }), command('stats', 1)]));
    await eventually(() => replies.join('').includes('Authentication required'));
    expect(gateway.events.filter(({ type }) => type === 'authenticated')).toHaveLength(1);
  });

  test('are not looked at unless the option names one', async () => {
    const { gateway } = await runDemo();
    await attempt(openPage(gateway.webSocketUrl, gateway.url, cookie));
    await gateway.until('connected');
    expect(gateway.events.some(({ type }) => type === 'authenticated')).toBe(false);
  });

  test('that are wrong leave a page that may still show a key', async () => {
    const { gateway } = await runDemo(options);
    const page = openPage(gateway.webSocketUrl, gateway.url, { Cookie: 'session=expired' });
    expect(await attempt(page)).toBe('open');
    await gateway.until('refused-key');
    page.send(
      Buffer.concat([command('handshake', 0, { Version: 1 }), command('auth', 1, { AuthKey: VIEWER_KEY })]),
    );
    expect((await gateway.until('authenticated')).peer.identity).toMatchObject({ name: 'vic' });
  });
});

describe('frames', () => {
  test('of pings, faster than anybody reads, are bounded in memory', async () => {
    const { gateway } = await runDemo();
    const flood = await openPeer(gateway);
    const end = gateway.until('disconnected');
    // It reads nothing from now on.
    flood.pause();
    const more = () => {
      while (flood.readyState === flood.OPEN && flood.bufferedAmount < 1_000_000)
        for (let i = 0; i < 1_000; i++) flood.ping(Buffer.alloc(125));
    };
    more();
    const timer = setInterval(more, 5);
    onTestFinished(() => clearInterval(timer));
    await servesOthers(gateway);
    expect(await end).toMatchObject({ code: 1006 });
  });

  test('that are nonsense close with 1002, and end nobody else', async () => {
    const { gateway } = await runDemo();
    for (const bytes of [
      Buffer.from([0xc1]),
      Buffer.alloc(2_000, 0x91),
      encode({ Command: 'handshake', Seq: -1 }),
      encode('handshake'),
      command('stats', 1),
      command('handshake', 1, { Version: 99 }),
    ]) {
      const page = openPage(gateway.webSocketUrl);
      await attempt(page);
      page.send(bytes);
      if (bytes.at(-1) === 99) {
        const [reply] = await once(page, 'message');
        expect(String(reply)).toMatch(/version/i);
      } else {
        expect((await closed(page)).code).toBe(1002);
      }
    }
    await servesOthers(gateway);
  });

  test('of a second auth are refused, and change nothing', async () => {
    const { gateway } = await runDemo();
    const page = openPage(gateway.webSocketUrl);
    await attempt(page);
    const replies: string[] = [];
    page.on('message', (data) => replies.push(String(data)));
    page.send(
      Buffer.concat([
        command('handshake', 0, { Version: 1 }),
        command('auth', 1, { AuthKey: VIEWER_KEY }),
        command('auth', 2, { AuthKey: OPERATOR_KEY }),
        command('event', 3, { Name: 'deploy:web', Payload: new Uint8Array(0), Coalesce: false }),
      ]),
    );
    await eventually(() => replies.join('').includes('Permission denied: event (role viewer)'));
    expect(replies.join('')).toContain('Already authenticated');
    expect(gateway.events.filter(({ type }) => type === 'authenticated')).toHaveLength(1);
  });

  test('of auth are refused where the request has said who it is', async () => {
    const { gateway } = await runDemo();
    const page = await openPeer(gateway, VIEWER_KEY);
    page.send(command('auth', 7, { AuthKey: OPERATOR_KEY }));
    const [reply] = await once(page, 'message');
    expect(String(reply)).toContain('Invalid authentication token');
    expect(gateway.events.filter(({ type }) => type === 'authenticated')).toHaveLength(1);
  });
});

describe('an identity', () => {
  test('that has no Serf, as the application throws, ends alone', async () => {
    const cluster = new EmbeddedCluster({ nodes: ['n1', 'n2', 'n3'], seed: 1 });
    onTestFinished(() => cluster.close());
    const gateway = await runGateway(({ name }) => {
      if (name === 'oscar') throw new Error('no cluster for oscar');
      return cluster.node('n1');
    });
    const bearer = openPage(gateway.webSocketUrl, undefined, { Authorization: `Bearer ${OPERATOR_KEY}` });
    expect(await closed(bearer)).toMatchObject({ code: 1011, reason: 'the server failed' });
    await expect(
      firstValueFrom(clientOf(gateway, OPERATOR_KEY, { reconnect: false }).members()),
    ).rejects.toThrow();
    const { error } = await gateway.until('disconnected');
    expect(error?.message).toBe('no cluster for oscar');
    await servesOthers(gateway);
  });

  test('has its rates over reconnects and connections', async () => {
    const { gateway } = await runDemo({
      roles: { viewer: { commands: ['members', 'stats'], perSecond: { stats: 1 } } },
    });
    const ask = () => {
      const client = clientOf(gateway, VIEWER_KEY, { reconnect: false });
      return firstValueFrom(client.stats()).then(
        () => 'answered',
        (error: { code: string }) => error.code,
      );
    };
    const answers = await Promise.all(Array.from({ length: 6 }, ask));
    expect(answers.filter((each) => each === 'rate-limited').length).toBeGreaterThanOrEqual(2);
  });

  test('has so many connections, and a further one is told', async () => {
    const { gateway } = await runDemo({ limits: { peersPerName: 2 } });
    await openPeer(gateway);
    await openPeer(gateway);
    const third = openPage(gateway.webSocketUrl, undefined, { Authorization: `Bearer ${VIEWER_KEY}` });
    expect(await closed(third)).toMatchObject({ code: 1013, reason: 'too many connections of this name' });
  });
});

test('a peer that reads too slowly is closed with 1013, and its memory is bounded', async () => {
  const user$ = new Subject<SerfEvent>();
  const members$ = new Subject<SerfEvent>();
  const serf = new FakeSerf();
  serf.answers.stream = (filter: unknown) => (String(filter) === 'user' ? user$ : members$);
  serf.answers.members = () => of([]);
  const gateway = await runGateway(serf);
  const slow = await openPeer(gateway, VIEWER_KEY);
  const page = clientOf(gateway, VIEWER_KEY);
  let heard = 0;
  page.stream('user').subscribe(() => heard++);
  await firstValueFrom(page.members());
  slow.send(command('stream', 1, { Type: 'user' }));
  await once(slow, 'message');
  slow.pause();
  const before = (await retained()).buffers;
  const payload = new Uint8Array(50_000);
  let sent = 0;
  // What the kernel takes is a few MB.
  while (gateway.events.every(({ type }) => type !== 'disconnected') && sent < 2_000) {
    const last = ++sent;
    user$.next({ event: 'user', ltime: last, name: 'e', payload, rawPayload: payload, coalesce: false });
    await eventually(() => heard === last);
  }

  expect(await gateway.until('disconnected')).toMatchObject({ code: 1013 });
  expect((await retained()).buffers - before).toBeLessThan(20_000_000);
  user$.next({ event: 'user', ltime: 0, name: 'e', payload, rawPayload: payload, coalesce: false });
  await eventually(() => heard === sent + 1);
  expect(gateway.events.filter(({ type }) => type === 'disconnected')).toHaveLength(1);
});

test('the last peers of a gateway that has drained are told of before it completes', async () => {
  const cluster = new EmbeddedCluster({ nodes: ['n1'], seed: 1 });
  onTestFinished(() => cluster.close());
  const drain = new Subject<void>();
  const clock = new Clock();
  const gateway = await runGateway(cluster.node('n1'), { drain, scheduler: clock });
  const page = await openPeer(gateway);
  const end = closed(page);
  drain.next();
  clock.advance(0);
  expect(await end).toMatchObject({ code: 1012 });
  expect(await gateway.until('disconnected')).toMatchObject({ code: 1012, reason: 'the gateway restarts' });
  expect(gateway.completed()).toBe(false);
  clock.advance(5_000);
  expect(gateway.completed()).toBe(true);
  expect(gateway.events.at(-1)?.type).toBe('disconnected');
});
