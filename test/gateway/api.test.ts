import { once } from 'node:events';
import { get as httpGet, type IncomingMessage } from 'node:http';
import { connect as connectTcp } from 'node:net';
import { firstValueFrom, NEVER, Subject, throwError } from 'rxjs';
import { type ConnectionStatus, connect, type Member, type SerfEvent } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { tokens } from 'rxserf/gateway';
import { listen, VIEWER } from 'rxserf/server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Clock } from '../server/support/clock.ts';
import { ADMIN_KEY, eventually, type Running, runDemo, runGateway, VIEWER_KEY } from './harness.ts';

const BEARER = { authorization: `Bearer ${VIEWER_KEY}` };
const API = { http: { api: true } };

function ask({ url }: Running, path: string, headers: Record<string, string> = BEARER, method = 'GET') {
  return fetch(`${url}${path}`, { headers, method });
}

/** A request with any headers: `fetch` keeps some for itself. */
async function raw({ port }: Running, path: string, headers: Record<string, string>) {
  const request = httpGet({ port, host: '127.0.0.1', path, headers });
  onTestFinished(() => void request.destroy());
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  return response;
}

/** Server-sent events as they come: those with data, and the id that a reader would show when it comes back. */
interface Reader {
  readonly status: number;
  readonly blocks: { event: string; data: { [key: string]: unknown } }[];
  text: string;
  lastId: string | undefined;
  ended: boolean;
  close(): void;
}

async function read(
  gateway: Running,
  filter: string,
  headers: Record<string, string> = BEARER,
): Promise<Reader> {
  const response = await raw(gateway, `/api/events?filter=${encodeURIComponent(filter)}`, headers);
  const reader: Reader = {
    status: response.statusCode as number,
    blocks: [],
    text: '',
    lastId: undefined,
    ended: false,
    close: () => response.destroy(),
  };
  let rest = '';
  response.setEncoding('utf8');
  response.on('data', (chunk: string) => {
    reader.text += chunk;
    const parts = (rest + chunk).split('\n\n');
    rest = parts.pop() as string;
    for (const part of parts) {
      const fields = new Map(
        part.split('\n').map((line) => [line.split(':', 1)[0], line.slice(line.indexOf(':') + 2)]),
      );
      reader.lastId = fields.get('id') ?? reader.lastId;
      const data = fields.get('data');
      if (data !== undefined)
        reader.blocks.push({ event: fields.get('event') as string, data: JSON.parse(data) });
    }
  });
  response.on('error', () => {});
  response.on('close', () => {
    reader.ended = true;
  });
  return reader;
}

describe('reading', () => {
  test('members, those that match, the stats and a coordinate', async () => {
    const { cluster, gateway } = await runDemo(API);
    await firstValueFrom(cluster.node('n2').tags({ set: { role: 'web' } }));
    const members = async (query: string) => {
      const { members } = (await (await ask(gateway, `/api/members${query}`)).json()) as {
        members: Member[];
      };
      return members.map(({ name }) => name).sort();
    };
    await eventually(async () => (await members('?tag.role=web')).length === 1);

    expect(await members('')).toEqual(['n1', 'n2', 'n3']);
    expect(await members('?status=alive&name=n[12]')).toEqual(['n1', 'n2']);
    expect(await members('?status=failed')).toEqual([]);
    const stats = (await (await ask(gateway, '/api/stats')).json()) as Record<string, object>;
    expect(stats).toMatchObject({ agent: { name: 'n1' }, session: { role: 'viewer', name: 'vic' } });
    const coordinate = await (await ask(gateway, '/api/coordinates/n2')).json();
    expect(coordinate).toMatchObject({ vector: expect.any(Array), height: expect.any(Number) });
    const unknown = await ask(gateway, '/api/coordinates/n9');
    expect([unknown.status, await unknown.json()]).toEqual([
      404,
      { error: { code: 'not-found', message: 'the agent knows no such node' } },
    ]);
  });

  test('answers are JSON that no cache keeps and no page of another site reads', async () => {
    const { gateway } = await runDemo(API);
    const answer = await ask(gateway, '/api/members');

    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'application/json',
      'cache-control': 'no-store',
      'x-content-type-options': 'nosniff',
      'cross-origin-resource-policy': 'same-origin',
      vary: 'Origin',
    });
    expect(answer.headers.has('access-control-allow-origin')).toBe(false);
    const head = await ask(gateway, '/api/members', BEARER, 'HEAD');
    expect([head.status, await head.text()]).toEqual([200, '']);
  });

  test('a name that is not UTF-8 is asked for by its bytes', async () => {
    const cluster = new EmbeddedCluster({ nodes: ['n1'], seed: 1 });
    onTestFinished(() => cluster.close());
    const node = cluster.node('n1');
    const asked: string[] = [];
    const serf = changed(node, {
      coordinate: (name: string) => {
        asked.push(name);
        return node.coordinate('n1');
      },
    });
    const gateway = await runGateway(serf, API);
    for (const name of ['%ff%41', 'caf%C3%A9', '100%', '%zz', 'a%2Fb'])
      expect((await raw(gateway, `/api/coordinates/${name}`, BEARER)).statusCode).toBe(200);

    expect(asked).toEqual(['\udcffA', 'café', '100%', '%zz', 'a/b']);
  });

  test('what a role may not see is not there', async () => {
    const roles = { viewer: { ...VIEWER, hideTags: ['secret'], payloads: false, streams: ['user'] } };
    const { cluster, gateway } = await runDemo({
      ...API,
      roles,
      authenticate: tokens({ [VIEWER_KEY]: { role: 'viewer' } }),
    });
    await firstValueFrom(cluster.node('n1').tags({ set: { secret: 'x', role: 'web' } }));
    const answer = await (await ask(gateway, '/api/members?name=n1')).text();
    expect(answer).toContain('"role":"web"');
    expect(answer).not.toContain('secret');
    const stats = await (await ask(gateway, '/api/stats')).json();
    expect(stats).not.toHaveProperty('event_handlers');
    expect(stats).toMatchObject({ tags: { role: 'web' } });
    const refused = await ask(gateway, '/api/members?tag.secret=x');
    expect(refused.status).toBe(403);
    expect((await ask(gateway, '/api/events?filter=query')).status).toBe(403);
    expect(gateway.events).toContainEqual(
      expect.objectContaining({
        type: 'refused-request',
        reason: 'permission',
        hint: expect.stringContaining('streams'),
      }),
    );
    const reader = await read(gateway, 'user');
    await firstValueFrom(cluster.node('n2').event('deploy', Buffer.from('hidden')));
    await eventually(() => reader.blocks.length === 1);
    expect(reader.blocks[0]?.data).toMatchObject({ name: 'deploy', payload: { utf8: '' } });
  });

  test('a request over the rate of its role waits for 2 s at most, or is answered 429', async () => {
    const clock = new Clock();
    const { gateway } = await runDemo({ ...API, scheduler: clock });
    const statuses: number[] = [];
    const answers = Array.from({ length: 20 }, async () => {
      const answer = await ask(gateway, '/api/members');
      statuses.push(answer.status);
      return answer;
    });
    // Five at once, ten more that wait, and five for whom that would be too long.
    await eventually(() => statuses.length === 10);
    expect(statuses.filter((status) => status === 429)).toHaveLength(5);
    clock.advance(2_000);
    const all = await Promise.all(answers);

    expect(all.filter(({ status }) => status === 200)).toHaveLength(15);
    const refused = all.find(({ status }) => status === 429);
    expect(refused?.headers.get('retry-after')).toBe('2');
    expect(await refused?.json()).toMatchObject({ error: { code: 'rate-limited' } });
  });
});

describe('what is asked wrongly is answered so', () => {
  test.each<[string, number, string, RequestInit?]>([
    ['/api/members?nmae=x', 400, 'there is no parameter \\"nmae\\"; there are status, name, tag.NAME'],
    ['/api/members?tag.=x', 400, 'there is no parameter'],
    ['/api/members?name=a&name=b', 400, 'twice'],
    ['/api/members?name=(', 400, 'invalid-pattern'],
    ['/api/stats?x=1', 400, 'there is no parameter'],
    ['/api/events?filter=member-joined', 400, 'invalid-filter'],
    ['/api/events?filter=user:', 400, 'invalid-filter'],
    ['/api/', 404, 'not found'],
    ['/api/members/', 404, 'not found'],
    ['/api/coordinates/', 404, 'not found'],
    ['/api/coordinates/a/b', 404, 'not found'],
    ['/api/leave', 404, 'not found'],
    ['/api/members', 405, 'nothing here but to read', { method: 'POST' }],
    ['/api/members', 405, 'nothing here but to read', { method: 'OPTIONS' }],
    ['/api/events', 405, '', { method: 'HEAD' }],
  ])('%s: %i', async (path, status, text, init) => {
    const { gateway } = await runDemo(API);
    const answer = await fetch(gateway.url + path, { headers: BEARER, ...init });

    expect(answer.status).toBe(status);
    expect(await answer.text()).toContain(text);
  });

  test('it is off unless it is asked for', async () => {
    const { gateway } = await runDemo();
    for (const path of ['/api/members', '/api/stats', '/api/events', '/api/coordinates/n1'])
      expect((await ask(gateway, path)).status).toBe(404);
  });
});

describe('who may ask', () => {
  test('nobody without a key; wrong ones cost time and are told of', async () => {
    const { gateway } = await runDemo(API);
    for (const path of ['/api/members', '/api/stats', '/api/events', '/api/coordinates/n1']) {
      const answer = await ask(gateway, path, {});
      expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([401, 'Bearer']);
      expect(await answer.json()).toMatchObject({ error: { code: 'auth-required' } });
    }
    const wrong = await ask(gateway, '/api/members', { authorization: 'Bearer nonsense-0123456789' });
    expect([wrong.status, await wrong.text()]).toEqual([
      401,
      '{"error":{"code":"auth-invalid","message":"Invalid authentication token"}}',
    ]);
    expect(gateway.events.filter(({ type }) => type === 'refused-key')).toHaveLength(1);
    expect(JSON.stringify(gateway.events)).not.toContain('nonsense');
  });

  test('Host and Origin are looked at first', async () => {
    const { gateway } = await runDemo(API);
    const rebound = await raw(gateway, '/api/members', { ...BEARER, host: 'evil.example' });
    expect(rebound.statusCode).toBe(421);
    const foreign = await raw(gateway, '/api/members', { ...BEARER, origin: 'https://evil.example' });
    expect(foreign.statusCode).toBe(403);
    expect(gateway.events.filter(({ type }) => type === 'refused-request')).toMatchObject([
      { reason: 'host', path: '/api/members' },
      { reason: 'origin', hint: expect.stringContaining('add it to origins') },
    ]);
  });

  test('a page of an origin that is listed may read, with a key or a cookie', async () => {
    const { gateway } = await runDemo({ ...API, origins: ['https://app.example'], cookie: 'serf' });
    const origin = 'https://app.example';
    const preflight = await ask(gateway, '/api/members', { origin }, 'OPTIONS');
    expect(preflight.status).toBe(204);
    expect(preflight.headers.get('access-control-allow-headers')).toContain('Authorization');
    const answer = await raw(gateway, '/api/members', { origin, cookie: `serf=${VIEWER_KEY}` });
    expect(answer.statusCode).toBe(200);
    expect(answer.headers).toMatchObject({
      'access-control-allow-origin': origin,
      'access-control-allow-credentials': 'true',
    });
  });

  test.each<[string, Record<string, string>, number]>([
    ['of a page of its own', { 'sec-fetch-site': 'same-origin' }, 200],
    ['of nobody knows which page', {}, 401],
    ['of another site', { 'sec-fetch-site': 'cross-site' }, 401],
    ['of another part of the site', { 'sec-fetch-site': 'same-site' }, 401],
  ])('a cookie %s: %j: %i', async (_, headers, status) => {
    const { gateway } = await runDemo({ ...API, cookie: 'serf' });
    const answer = await raw(gateway, '/api/members', { ...headers, cookie: `serf=${VIEWER_KEY}` });
    expect(answer.statusCode).toBe(status);
  });

  test('a page without a key is what `anonymous` says, and a program is nobody', async () => {
    const { gateway } = await runDemo({ ...API, anonymous: { role: 'viewer' } });
    expect((await raw(gateway, '/api/members', { 'sec-fetch-site': 'same-origin' })).statusCode).toBe(200);
    expect((await raw(gateway, '/api/members', {})).statusCode).toBe(401);
  });

  test('one address has so many requests at a time, and others have theirs', async () => {
    let asked = 0;
    const { gateway } = await runDemo({
      ...API,
      trustProxy: ['127.0.0.1'],
      authenticate: () => {
        asked++;
        return new Promise(() => {});
      },
    });
    const from = (address: string) => raw(gateway, '/api/stats', { ...BEARER, 'x-forwarded-for': address });
    const waiting = Array.from({ length: 32 }, () => from('10.1.1.1'));
    for (const each of waiting) each.catch(() => {});
    await eventually(() => asked === 32);

    expect((await from('10.1.1.1')).statusCode).toBe(503);
    from('10.2.2.2').catch(() => {});
    await eventually(() => asked === 33);
    expect(gateway.events).toContainEqual(
      expect.objectContaining({ type: 'refused-request', reason: 'rate' }),
    );
  });
});

describe('events', () => {
  test('come as they happen, of the filter, payloads as text or as base64', async () => {
    const { cluster, gateway } = await runDemo(API);
    const reader = await read(gateway, 'member-failed,user:deploy');
    expect(reader.status).toBe(200);
    const fire = (name: string, payload: Uint8Array) =>
      firstValueFrom(cluster.node('n2').event(name, payload));
    await fire('other', Buffer.from('x'));
    await fire('deploy', Buffer.from('{"version":"☕"}'));
    await fire('deploy', Buffer.from([0xff, 0x00]));
    cluster.fail('n3');
    await eventually(() => reader.blocks.length === 3);

    expect(reader.blocks).toMatchObject([
      { event: 'user', data: { event: 'user', name: 'deploy', payload: { utf8: '{"version":"☕"}' } } },
      { event: 'user', data: { payload: { base64: '/wA=' } } },
      { event: 'member-failed', data: { members: [{ name: 'n3', status: 'failed' }] } },
    ]);
    expect(reader.text).toMatch(/^id: \d+\nretry: 2000\n\n/);
    reader.close();
    expect(await gateway.until('disconnected')).toMatchObject({ code: 1005, peer: { transport: 'sse' } });
  });

  test('a query is seen without an id, a large Lamport time is a text, a name is no line of its own', async () => {
    const events = new Subject<SerfEvent>();
    const cluster = new EmbeddedCluster({ nodes: ['n1'], seed: 1 });
    onTestFinished(() => cluster.close());
    const gateway = await runGateway(changed(cluster.node('n1'), { stream: () => events }), API);
    const reader = await read(gateway, '*');
    events.next({
      event: 'query',
      id: 7,
      name: 'a\n\nevent: end\ndata: {}\n\n\ud800',
      ltime: 2n ** 60n,
      payload: new Uint8Array(0),
      respond: () => NEVER,
    });
    await eventually(() => reader.blocks.length === 1);

    expect(reader.blocks).toEqual([
      {
        event: 'query',
        data: {
          event: 'query',
          name: 'a\n\nevent: end\ndata: {}\n\n\ud800',
          ltime: String(2n ** 60n),
          payload: { utf8: '' },
        },
      },
    ]);
  });

  test('a proxy sees a sign of life, and a reader that comes back is told of its gap', async () => {
    const clock = new Clock();
    const { gateway } = await runDemo({ ...API, scheduler: clock });
    const first = await read(gateway, 'user');
    await eventually(() => first.lastId !== undefined);
    const start = first.lastId;
    clock.advance(25_000);
    await eventually(() => first.text.endsWith('\n:\n\n'));
    expect(Number(first.lastId) - Number(start)).toBe(25_000);
    first.close();
    await gateway.until('disconnected');
    clock.advance(4_000);
    const again = await read(gateway, 'user', { ...BEARER, 'last-event-id': first.lastId as string });
    await eventually(() => again.blocks.length === 1);
    const stranger = await read(gateway, 'user', { ...BEARER, 'last-event-id': 'x'.repeat(5_000) });
    await eventually(() => stranger.blocks.length === 1);

    expect(again.blocks).toEqual([{ event: 'gap', data: { event: 'gap', away: 4_000 } }]);
    expect(stranger.blocks).toEqual([{ event: 'gap', data: { event: 'gap', away: null } }]);
  });

  test('when the agent is lost, the reader stays, and is told of the gap in its place', async () => {
    const cluster = new EmbeddedCluster({ nodes: ['n1', 'n2'], seed: 1 });
    onTestFinished(() => cluster.close());
    const serveAt = async (port: number) => {
      let at = 0;
      const served = listen(cluster.node('n1'), { port }).subscribe({
        next: (event) => {
          if (event.type === 'listening') at = event.port;
        },
        error: () => {},
      });
      await eventually(() => at !== 0);
      return { port: at, served };
    };
    const agent = await serveAt(0);
    const client = connect(`127.0.0.1:${agent.port}`, {
      reconnect: { firstConnect: 'keep-trying', minDelay: 5, maxDelay: 5 },
    });
    onTestFinished(() => client.close());
    const gateway = await runGateway(client, API);
    await gateway.until('upstream', ({ state }) => state === 'up');
    const reader = await read(gateway, 'user');
    await firstValueFrom(cluster.node('n2').event('before'));
    await eventually(() => reader.blocks.length === 1);
    agent.served.unsubscribe();
    await gateway.until('upstream', ({ state }) => state === 'lost');
    // Who comes meanwhile is told to come back.
    const late = await ask(gateway, '/api/members');
    expect([late.status, late.headers.get('retry-after')]).toEqual([503, '2']);
    const back = await serveAt(agent.port);
    onTestFinished(() => back.served.unsubscribe());
    await eventually(() => reader.blocks.length === 2);
    await firstValueFrom(client.members());
    await firstValueFrom(cluster.node('n2').event('after'));
    await eventually(() => reader.blocks.length === 3);

    expect(reader.blocks).toMatchObject([
      { data: { name: 'before' } },
      { event: 'gap', data: { away: expect.any(Number) } },
      { data: { name: 'after' } },
    ]);
  });

  test('a reader that does not read is cut off; the gateway keeps no more than its bound for it', async () => {
    const cluster = new EmbeddedCluster({ nodes: ['n1'], seed: 1 });
    onTestFinished(() => cluster.close());
    const events = new Subject<SerfEvent>();
    const gateway = await runGateway(changed(cluster.node('n1'), { stream: () => events }), {
      ...API,
      serve: { limits: { outboundBytes: 65_536 } },
    });
    const socket = connectTcp({ port: gateway.port, host: '127.0.0.1' });
    onTestFinished(() => void socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
    socket.pause();
    socket.write(
      `GET /api/events?filter=user HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer ${VIEWER_KEY}\r\n\r\n`,
    );
    const { peer } = await gateway.until('connected');
    const event = { event: 'user', name: 'e', coalesce: false, payload: Buffer.alloc(400, 'x') } as const;
    // The system's buffers take the first megabytes.
    for (let turn = 0; turn < 4_000 && gateway.events.every(({ type }) => type !== 'disconnected'); turn++) {
      for (let i = 0; i < 20; i++) events.next({ ...event, ltime: i });
      await new Promise((resolve) => setImmediate(resolve));
    }

    expect(await gateway.until('disconnected')).toMatchObject({ peer, code: 1013 });
  });

  test('a credential that expires, a right that is taken away and a gateway that drains end it with a word', async () => {
    const clock = new Clock();
    const drain = new Subject<void>();
    const { gateway } = await runDemo({
      ...API,
      scheduler: clock,
      drain,
      authenticate: ({ key }) => ({ role: 'viewer', ...(key === VIEWER_KEY ? { expires: 60_000 } : {}) }),
    });
    const expiring = await read(gateway, 'user');
    const revoked = await read(gateway, 'user', { authorization: 'Bearer another-key-0123456789' });
    const last = await read(gateway, 'user', { authorization: `Bearer ${ADMIN_KEY}` });
    await eventually(() => gateway.events.filter(({ type }) => type === 'authenticated').length === 3);
    clock.advance(60_000);
    await eventually(() => expiring.ended);
    const [, second] = gateway.events.filter((event) => event.type === 'authenticated');
    if (second?.type === 'authenticated') second.peer.disconnect();
    await eventually(() => revoked.ended);
    drain.next();
    clock.advance(5_000);
    await eventually(() => last.ended);

    expect(expiring.blocks).toEqual([
      { event: 'end', data: { code: 4401, reason: 'the credential has expired' } },
    ]);
    expect(revoked.blocks).toEqual([{ event: 'end', data: { code: 4403, reason: 'no longer allowed' } }]);
    expect(last.blocks).toEqual([{ event: 'end', data: { code: 1012, reason: 'the gateway restarts' } }]);
    expect(gateway.completed()).toBe(true);
  });

  test('readers take places as WebSockets do', async () => {
    const { gateway } = await runDemo({ ...API, limits: { peersPerName: 2 } });
    const readers = [await read(gateway, 'user'), await read(gateway, 'user')];
    expect((await ask(gateway, '/api/events')).status).toBe(503);
    readers[0]?.close();
    await gateway.until('disconnected');
    expect((await read(gateway, 'user')).status).toBe(200);
  });
});

test('what is wrong at the agent is not told to who asks, but to the log', async () => {
  const cluster = new EmbeddedCluster({ nodes: ['n1'], seed: 1 });
  onTestFinished(() => cluster.close());
  const status$ = new Subject<ConnectionStatus>();
  const serf = changed(cluster.node('n1'), {
    status$,
    stats: () => throwError(() => new Error('10.0.0.7 burst')),
  });
  const gateway = await runGateway(serf, API);
  status$.next({ state: 'connected', address: 'x' });
  const answer = await ask(gateway, '/api/stats');

  expect([answer.status, await answer.text()]).toEqual([
    502,
    '{"error":{"code":"unexpected","message":"the agent could not answer"}}',
  ]);
  expect(gateway.events).toContainEqual(
    expect.objectContaining({ type: 'refused-request', reason: 'upstream', hint: '10.0.0.7 burst' }),
  );
});

/** A node, some of it replaced. */
function changed(node: ReturnType<EmbeddedCluster['node']>, parts: object): never {
  return new Proxy(node, {
    get(target, key) {
      if (Object.hasOwn(parts, key)) return parts[key as keyof typeof parts];
      const own = target[key as keyof typeof target] as unknown;
      return typeof own === 'function' ? own.bind(target) : own;
    },
  }) as never;
}
