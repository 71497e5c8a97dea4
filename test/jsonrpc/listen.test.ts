import { once } from 'node:events';
import { mkdtempSync, readFileSync } from 'node:fs';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { JSONRPCClient, JSONRPCServer, JSONRPCServerAndClient } from 'json-rpc-2.0';
import { finalize, firstValueFrom, NEVER, Subject, type Subscription } from 'rxjs';
import {
  type JsonRpcHandlers,
  type JsonRpcListenOptions,
  type JsonRpcPeer,
  type JsonRpcServerEvent,
  type JsonRpcSession,
  jsonRpc,
  jsonRpcListen,
  textFrames,
} from 'rxserf/jsonrpc';
import { acceptedWebSocket, duplexSocket, pipe, tcpSocket, webSocketSocket } from 'rxserf/socket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { WebSocketServer } from 'ws';
import { eventually } from '../agent/harness/eventually.ts';

const handlers = { sum: (...n: number[]) => n.reduce((a, b) => a + b, 0) };

async function listening(
  options: Partial<JsonRpcListenOptions> = {},
  table: JsonRpcHandlers | ((peer: JsonRpcPeer) => JsonRpcHandlers) = handlers,
) {
  const events: JsonRpcServerEvent[] = [];
  let subscription!: Subscription;
  let completed = false;
  const at = await new Promise<{ port: number; address: string }>((resolve, reject) => {
    subscription = jsonRpcListen(table, { port: 0, ...options }).subscribe({
      next: (event) => {
        events.push(event);
        if (event.type === 'listening') resolve(event);
      },
      error: reject,
      complete: () => {
        completed = true;
      },
    });
  });
  onTestFinished(() => subscription.unsubscribe());
  const types = () => events.map(({ type }) => type);
  return { ...at, events, types, subscription, completed: () => completed };
}

const client = (port: number, tls: { ca: string } | false = false) => {
  const session = jsonRpc(tcpSocket({ host: '127.0.0.1', port, tls }));
  onTestFinished(() => session.close());
  return session;
};

describe('jsonRpcListen', () => {
  test('a peer comes, asks, is asked, and goes', async () => {
    const { port, events, types } = await listening();
    const session = jsonRpc(tcpSocket({ host: '127.0.0.1', port }), { handlers: { who: () => 'me' } });
    expect(await firstValueFrom(session.request('sum', [1, 2]))).toBe(3);
    const connected = events.find((event) => event.type === 'connected') as JsonRpcServerEvent & {
      type: 'connected';
    };
    expect(connected.peer.address).toMatch(/^127\.0\.0\.1:\d+$/);
    expect(await firstValueFrom(connected.peer.session.request('who'))).toBe('me');
    await session.close();
    await eventually('it has gone', () =>
      expect(types()).toEqual(['listening', 'connected', 'disconnected']),
    );
    expect(events[2]).toEqual({ type: 'disconnected', peer: connected.peer });
  });

  test('stopAccepting$: who is there stays, nobody comes, and with the last one it completes', async () => {
    const stop = new Subject<void>();
    const { port, completed } = await listening({ stopAccepting$: stop });
    const session = client(port);
    await firstValueFrom(session.request('sum'));
    stop.next();
    expect(await firstValueFrom(session.request('sum', [1]))).toBe(1);
    await expect(firstValueFrom(client(port).request('sum'))).rejects.toMatchObject({
      code: 'connect-failed',
    });
    expect(completed()).toBe(false);
    await session.close();
    await eventually('the end', () => expect(completed()).toBe(true));
  });

  test('unsubscribing ends everybody and all that runs', async () => {
    let ended = 0;
    const { port, subscription } = await listening({}, { never: () => NEVER.pipe(finalize(() => ended++)) });
    const session = client(port);
    const call = firstValueFrom(session.request('never')).catch((error) => error);
    await eventually('it is connected', async () =>
      expect(await firstValueFrom(session.status$)).toEqual({ state: 'connected' }),
    );
    const other = connect(port, '127.0.0.1');
    other.on('error', () => {});
    await once(other, 'connect');
    other.write('{"jsonrpc":"2.0","method":"never"}\n');
    subscription.unsubscribe();
    expect(await call).toMatchObject({ code: 'connection-lost', outcome: 'unknown' });
    await once(other.resume(), 'close');
    expect(ended).toBeLessThanOrEqual(2);
  });

  test('handlers that cannot be had end their peer alone; a port that is taken is an error', async () => {
    let peers = 0;
    const { port, events } = await listening({}, () => {
      if (peers++ === 0) throw new Error('not today');
      return handlers;
    });
    await expect(firstValueFrom(client(port).request('sum'))).rejects.toMatchObject({
      code: 'connection-lost',
    });
    expect(await firstValueFrom(client(port).request('sum', [1]))).toBe(1);
    expect(events).toContainEqual({
      type: 'disconnected',
      peer: expect.anything(),
      error: expect.objectContaining({ message: 'not today' }),
    });
    await expect(listening({ port })).rejects.toMatchObject({ code: 'listen-failed' });
  });

  test('one more than maxPeers', async () => {
    const { port, types } = await listening({ maxPeers: 1 });
    await firstValueFrom(client(port).request('sum'));
    await expect(firstValueFrom(client(port).request('sum'))).rejects.toMatchObject({
      code: 'connection-lost',
    });
    await eventually('it is told', () => expect(types()).toContain('rejected'));
  });

  test('idleTimeout: those who do nothing give their places to others', async () => {
    const { port, events, types } = await listening({ maxPeers: 1, idleTimeout: 50 });
    const silent = connect(port, '127.0.0.1');
    silent.on('error', () => {});
    // Bytes of a message that is never whole are no message.
    silent.on('connect', () => silent.write('{"jsonrpc":'));
    await once(silent, 'close');
    await eventually('its end is told', () => expect(types()).toContain('disconnected'));
    expect(events.at(-1)).toMatchObject({ type: 'disconnected', error: { code: 'peer-timeout' } });
    expect(await firstValueFrom(client(port).request('sum', [1]))).toBe(1);
  });

  test('a Unix socket', async () => {
    const path = join(mkdtempSync(join(tmpdir(), 'rxserf-rpc-')), 's');
    const { address, port } = await listening({ path });
    expect([address, port]).toEqual([path, 0]);
    const socket = connect(path);
    await once(socket, 'connect');
    const session = jsonRpc(duplexSocket(socket));
    onTestFinished(() => session.close());
    expect(await firstValueFrom(session.request('sum', [1, 2]))).toBe(3);
  });

  test('TLS, and who does not speak it', async () => {
    const fixture = (name: string) =>
      readFileSync(new URL(`../socket/fixtures/${name}.pem`, import.meta.url), 'utf8');
    const { port, types } = await listening({ tls: { key: fixture('key'), cert: fixture('cert') } });
    expect(await firstValueFrom(client(port, { ca: fixture('cert') }).request('sum', [1, 2]))).toBe(3);
    const plain = connect(port, '127.0.0.1');
    plain.on('error', () => {});
    plain.end('{"jsonrpc":"2.0","id":1,"method":"sum"}\n');
    await eventually('it is rejected', () => expect(types()).toContain('rejected'));
  });

  test.each([
    { port: -1 },
    { maxPeers: 0 },
    { protocol: 'v3' as 'v2' },
    { concurrency: 0 },
    { timeout: -1 },
    { limits: { batch: 0 } },
  ])('misuse is told at the call: %j', (options) => {
    expect(() => jsonRpcListen(handlers, { port: 0, ...options })).toThrow(/should be/);
  });

  test('handlers that are none', () => {
    expect(() => jsonRpcListen({ a: 5 } as unknown as JsonRpcHandlers, { port: 0 })).toThrow(/handlers.a/);
    class Service {
      sum() {}
    }
    expect(() => jsonRpcListen(new Service() as unknown as JsonRpcHandlers, { port: 0 })).toThrow(
      /plain object/,
    );
  });
});

test('over a WebSocket: a message a frame, both ways', async () => {
  const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false });
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  server.on('connection', (ws) => {
    const served: JsonRpcSession = jsonRpc(acceptedWebSocket(ws, { frames: 'text' }), {
      framer: textFrames(),
      handlers: { ...handlers, ask: (method: string) => served.request(method) } as JsonRpcHandlers,
    });
    served.status$.subscribe();
  });
  const socket = webSocketSocket(`ws://127.0.0.1:${(server.address() as AddressInfo).port}`, {
    frames: 'text',
  });
  const session = jsonRpc(socket, { framer: textFrames(), handlers: { back: () => 'back' } });
  expect(await firstValueFrom(session.request('sum', [1, 2]))).toBe(3);
  expect(await firstValueFrom(session.request('ask', ['back']))).toBe('back');
  await session.close();
});

test('over a pipe of texts', async () => {
  const [a, b] = pipe<string>();
  const served = jsonRpc(b, { framer: textFrames(), handlers });
  served.status$.subscribe();
  const session = jsonRpc(a, { framer: textFrames() });
  expect(await firstValueFrom(session.request('sum', [1, 2]))).toBe(3);
  await session.close();
});

test('json-rpc-2.0 from npm: calls, notifications and batches, both ways', async () => {
  const [ours, theirs] = pipe<string>();
  const notes: unknown[] = [];
  const peer = new JSONRPCServerAndClient(
    new JSONRPCServer(),
    new JSONRPCClient((message) => theirs.next(JSON.stringify(message))),
  );
  peer.addMethod('echo', ([value]) => value);
  peer.addMethod('note', (value) => void notes.push(value));
  theirs.subscribe((text) => void peer.receiveAndSend(JSON.parse(text)));
  const session = jsonRpc(ours, { framer: textFrames(), handlers });

  expect(await firstValueFrom(session.request('echo', ['hi']))).toBe('hi');
  expect(
    await firstValueFrom(
      session.batch((b) => [b.request('echo', [1]), b.notify('note', [2]), b.request('nope')]),
    ),
  ).toMatchObject([{ value: 1 }, {}, { error: { rpcCode: -32601 } }]);
  expect(notes).toEqual([[2]]);
  expect(await peer.request('sum', [1, 2])).toBe(3);
  await expect(peer.request('nope', [])).rejects.toThrow(/unknown method/);
  await session.close();
});
