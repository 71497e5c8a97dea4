import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect as connectTcp, createServer, Socket as NodeSocket } from 'node:net';
import { decode, encode } from '@msgpack/msgpack';
import { firstValueFrom, type Subscription } from 'rxjs';
import { connect, InvalidArgumentError, type Serf, SerfError } from 'rxserf';
import { type ListenOptions, listen, type Peer, type ServerEvent } from 'rxserf/server';
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest';
import { failureOf } from '../agent/harness/observing.ts';
import { type RawConnection, rawConnection } from '../agent/harness/raw-connection.ts';
import { openHandles } from '../socket/harness.ts';
import { FakeSerf, member, userEvent } from './support/fake-serf.ts';
import { ok } from './support/wire-peer.ts';

/** What a test has opened. */
const leaving: (() => void)[] = [];

type Served = Serf<Uint8Array> | ((peer: Peer) => Serf<Uint8Array>);

/** A server on a port of its own, up. */
async function listening(serf: Served, options: ListenOptions = {}) {
  const seen: ServerEvent[] = [];
  let subscription: Subscription | undefined;
  const at = await new Promise<{ host: string; port: number; address: string }>((resolve, reject) => {
    subscription = listen(serf, { port: 0, ...options }).subscribe({
      next: (event) => {
        seen.push(event);
        if (event.type === 'listening') resolve(event);
      },
      error: reject,
    });
  });
  leaving.push(() => subscription?.unsubscribe());
  return {
    ...at,
    seen,
    types: () => seen.map(({ type }) => type),
    unsubscribe: () => subscription?.unsubscribe(),
    /** A bare connection, that has shaken hands. */
    raw: async (greet = true): Promise<RawConnection> => {
      const raw = await rawConnection({ rpc: at });
      leaving.push(() => raw.close());
      if (greet) {
        raw.send({ Command: 'handshake', Seq: 0 }, { Version: 1 });
        await raw.waitFor(() => raw.values().length === 1);
        raw.forget();
      }
      return raw;
    },
  };
}

afterEach(async () => {
  for (const leave of leaving.splice(0)) leave();
  await expect.poll(openHandles, { interval: 1, timeout: 5_000 }).toEqual([]);
});

describe('listen', () => {
  test('is cold: nothing listens before it is subscribed to', async () => {
    const server$ = listen(new FakeSerf(), { port: 0 });
    await new Promise((resolve) => setImmediate(resolve));
    expect(openHandles()).toEqual([]);
    expect((await firstValueFrom(server$)).type).toBe('listening');
  });

  test('tells where, and of its peers', async () => {
    const server = await listening(new FakeSerf());
    expect(server.seen).toEqual([
      { type: 'listening', host: '127.0.0.1', port: server.port, address: `127.0.0.1:${server.port}` },
    ]);
    const raw = await server.raw();
    const peer = { address: raw.localAddress };
    raw.close();
    await expect.poll(server.types).toEqual(['listening', 'connected', 'accepted', 'disconnected']);
    expect(server.seen.slice(1)).toEqual([
      { type: 'connected', peer },
      { type: 'accepted', peer },
      { type: 'disconnected', peer },
    ]);
  });

  test('on IPv6, addresses have brackets', async () => {
    const server = await listening(new FakeSerf(), { host: '::1' });
    expect(server.address).toBe(`[::1]:${server.port}`);
    const client = connect(server.address);
    expect(await firstValueFrom(client.members())).toHaveLength(3);
    await client.close();
    expect(server.seen[1]).toMatchObject({ peer: { address: expect.stringMatching(/^\[::1\]:\d+$/) } });
  });

  test('serves our client, with a key', async () => {
    const server = await listening(new FakeSerf(), { authKey: 's3cret' });
    const client = connect(server.address, { authKey: 's3cret' });
    expect(await firstValueFrom(client.members())).toHaveLength(3);
    await client.close();
    const stranger = connect(server.address);
    expect(await failureOf(stranger.members())).toMatchObject({ code: 'auth-required' });
    await stranger.close();
    expect(server.seen.find(({ type }) => type === 'refused')).toMatchObject({ command: 'members' });
  });

  test('gives each peer a Serf of its own, where it has a function', async () => {
    const asked: Peer[] = [];
    const server = await listening((peer) => {
      const serf = new FakeSerf();
      asked.push(peer);
      serf.nodes = [member(`node-${asked.length}`)];
      return serf;
    });
    const names = async () => {
      const client = connect(server.address);
      const members = await firstValueFrom(client.members());
      await client.close();
      return members.map(({ name }) => name);
    };
    expect(await names()).toEqual(['node-1']);
    expect(await names()).toEqual(['node-2']);
    const connected = server.seen.filter((event) => event.type === 'connected');
    expect(asked.map((peer, i) => peer === connected[i]?.peer)).toEqual([true, true]);
  });

  test('disconnects a peer that the function has no Serf for', async () => {
    const refusal = new Error('not you');
    const server = await listening(() => {
      throw refusal;
    });
    const raw = await server.raw(false);
    await raw.ended;
    await expect.poll(server.types).toEqual(['listening', 'connected', 'disconnected']);
    expect(server.seen[2]).toMatchObject({ error: refusal });
  });

  test('a peer that breaks the rules is disconnected with what it was sent, and harms nobody else', async () => {
    const server = await listening(new FakeSerf());
    const good = await server.raw();
    const bad = await server.raw();
    bad.send({ Command: 'stop', Seq: 1 }, { Stop: 1 }, 7);
    await bad.ended;
    expect(bad.values()).toEqual([ok(1)]);
    await expect.poll(server.types).toContain('disconnected');
    expect(server.seen.at(-1)).toMatchObject({ error: { code: 'unexpected-shape' } });

    good.send({ Command: 'stop', Seq: 2 }, { Stop: 1 });
    await good.waitFor(() => good.values().length === 1);
  });

  test('a peer that does not close its half is let go a second later', async () => {
    const server = await listening(new FakeSerf());
    const stubborn = connectTcp({ host: server.host, port: server.port, allowHalfOpen: true });
    leaving.push(() => stubborn.destroy());
    stubborn.on('error', () => {});
    stubborn.write(encode({ Command: 'members', Seq: 1 }));
    const [answer] = (await once(stubborn, 'data')) as [Buffer];
    expect(decode(answer)).toEqual({ Error: 'Handshake required', Seq: 1 });
    await once(stubborn, 'end');
    expect(server.types()).not.toContain('disconnected');
    await expect.poll(server.types, { timeout: 3_000 }).toContain('disconnected');
  });

  test('has at most `maxPeers`', async () => {
    const server = await listening(new FakeSerf(), { maxPeers: 1 });
    const first = await server.raw();
    const second = await server.raw(false);
    const address = second.localAddress;
    await second.ended;
    await expect.poll(server.types).toContain('rejected');
    expect(server.seen.at(-1)).toEqual({ type: 'rejected', address });
    first.close();
    await expect.poll(server.types).toContain('disconnected');
    await server.raw();
  });

  test('closes everything when it is unsubscribed from', async () => {
    const serf = new FakeSerf();
    const server = await listening(serf);
    const peers = await Promise.all([server.raw(), server.raw(), server.raw(false)]);
    for (const peer of peers.slice(0, 2)) peer.send({ Command: 'stream', Seq: 1 }, { Type: '*' });
    await expect.poll(() => serf.open).toBe(2);

    server.unsubscribe();
    await Promise.all(peers.map(({ ended }) => ended));
    expect(serf.open).toBe(0);
    expect(server.types()).not.toContain('disconnected');
    await expect(rawConnection({ rpc: server })).rejects.toThrow('ECONNREFUSED');
    await expect.poll(openHandles, { interval: 1 }).toEqual([]);
  });

  test('fails when the port is taken, with Node’s error as the cause', async () => {
    const taken = createServer().listen(0, '127.0.0.1');
    await once(taken, 'listening');
    const { port } = taken.address() as { port: number };
    const error = await failureOf(listen(new FakeSerf(), { port }));
    expect(error).toBeInstanceOf(SerfError);
    expect(error).toMatchObject({
      code: 'listen-failed',
      address: `127.0.0.1:${port}`,
      cause: { code: 'EADDRINUSE' },
    });
    taken.close();
  });

  test.each<[ListenOptions, string]>([
    [{ port: -1 }, 'port'],
    [{ port: 65_536 }, 'port'],
    [{ port: 1.5 }, 'port'],
    [{ maxPeers: 0 }, 'maxPeers'],
    [{ idleTimeout: -1 }, 'idleTimeout'],
  ])('throws at the call for %j', (options, name) => {
    const call = () => listen(new FakeSerf(), options);
    expect(call).toThrow(InvalidArgumentError);
    expect(call).toThrow(name);
  });
});

describe.skipIf(process.platform !== 'linux')('a connection, as the system has it', () => {
  /** The line of `/proc/net/tcp` for the server's end of a connection. */
  async function connection(port: number, peer: string) {
    const hex = (value: number) => value.toString(16).toUpperCase().padStart(4, '0');
    const [, peerPort = ''] = peer.split(':');
    const lines = (await readFile('/proc/net/tcp', 'utf8'))
      .split('\n')
      .map((line) => line.trim().split(/\s+/));
    const ends = ([, local = '', remote = '']: string[]) =>
      local.endsWith(`:${hex(port)}`) && remote.endsWith(`:${hex(Number(peerPort))}`);
    const [, , , , queues = '', timer = ''] = lines.find(ends) ?? [];
    const [kind, due] = timer.split(':');
    return { unsent: Number.parseInt(queues, 16), kind, due: Number.parseInt(due ?? '', 16) };
  }

  test('is asked for a sign of life after 15 s, as an agent’s', async () => {
    const server = await listening(new FakeSerf());
    const raw = await server.raw();
    const { kind, due } = await connection(server.port, raw.localAddress);
    // 2: a keep-alive timer; its time is in hundredths of a second.
    expect(kind).toBe('02');
    expect(due).toBeGreaterThan(0);
    expect(due).toBeLessThanOrEqual(1_500);
  });

  test('sends a small answer at once, though one before it is not acknowledged', async () => {
    const noDelay = vi.spyOn(NodeSocket.prototype, 'setNoDelay');
    onTestFinished(() => noDelay.mockRestore());
    const server = await listening(new FakeSerf());
    const raw = await server.raw();
    const ours = noDelay.mock.contexts.filter(
      (socket) =>
        (socket as NodeSocket).localPort === server.port &&
        `127.0.0.1:${(socket as NodeSocket).remotePort}` === raw.localAddress,
    );
    expect(ours).toHaveLength(1);
    expect(noDelay.mock.calls[noDelay.mock.contexts.indexOf(ours[0] as NodeSocket)]).toEqual([true]);
  });
});

test('a peer that stops reading loses records, is told of, and has a bounded share of memory', async () => {
  const serf = new FakeSerf();
  const server = await listening(serf, { limits: { outboundBytes: 64 * 1024 } });
  const slow = await server.raw();
  const quick = await server.raw();
  for (const raw of [slow, quick]) {
    raw.send({ Command: 'stream', Seq: 1 }, { Type: '*' });
    await raw.waitFor(() => raw.values().length === 1);
  }
  slow.pause();
  const dropped = () => server.seen.filter((event) => event.type === 'dropped');
  const event = userEvent('load', 'x'.repeat(2_000));
  await expect
    .poll(
      () => {
        for (let i = 0; i < 20; i++) serf.events$.next(event);
        return dropped().length;
      },
      { interval: 1, timeout: 15_000 },
    )
    .toBeGreaterThan(100);

  expect(dropped().at(-1)).toMatchObject({
    peer: { address: slow.localAddress },
    cause: 'slow',
    command: 'stream',
    subject: '*',
    total: dropped().length,
  });
});

test('a flood of bytes is taken in with a bounded share of memory', async () => {
  const serf = new FakeSerf();
  const server = await listening(serf);
  const raw = await server.raw(false);
  raw.sendBytes(Uint8Array.of(0xdb, 0x00, 0x10, 0x00, 0x00));
  for (let i = 0; i < 64; i++) raw.sendBytes(new Uint8Array(64 * 1024));
  await raw.ended;
  await expect.poll(server.types).toContain('disconnected');
  expect(server.seen.at(-1)).toMatchObject({ error: { code: 'frame-too-large' } });
});
