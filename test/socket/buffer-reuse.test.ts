import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer as createTlsServer } from 'node:tls';
import { connect, type Socket, type SocketFactory } from 'rxserf';
import { tcpSocket, unixSocket } from 'rxserf/socket';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bytes, leaveNothingOpen, listen, type Peer, Seen, turn } from './harness.ts';

// Who copies what it keeps can do without a new buffer for each chunk: what was emitted is overwritten by what comes next.

const fixture = (name: string) => readFileSync(new URL(`fixtures/${name}.pem`, import.meta.url), 'utf8');

/** What is read at a time, in bytes. */
const BUFFER = 262_144;

/** A connection over each transport that can do so, and its peer. */
const TRANSPORTS = {
  async tcp(reuseBuffer = true) {
    const { host, port, peer } = await listen();
    return { socket: tcpSocket({ host, port, reuseBuffer }), peer };
  },
  async tls(reuseBuffer = true) {
    const [key, cert] = [fixture('key'), fixture('cert')];
    const { host, port, peer } = await listen(createTlsServer({ key, cert }), 'secureConnection');
    return { socket: tcpSocket({ host, port, reuseBuffer, tls: { ca: cert } }), peer };
  },
};

/** The chunks as they were emitted, not copied. */
function chunksOf(socket: Socket): Uint8Array[] {
  const chunks: Uint8Array[] = [];
  socket.subscribe({ next: (chunk) => chunks.push(chunk) });
  return chunks;
}

/** Writes each, and waits until it has come. */
async function send(peer: Peer, chunks: readonly Uint8Array[], all: readonly number[][]): Promise<void> {
  for (const [i, values] of all.entries()) {
    peer.socket.write(bytes(...values));
    await vi.waitUntil(() => chunks.length > i, { interval: 1 });
  }
}

describe.each(['tcp', 'tls'] as const)('reuseBuffer over %s', (transport) => {
  leaveNothingOpen();

  test('overwrites what was emitted by what comes next', async () => {
    const { socket, peer } = await TRANSPORTS[transport]();
    const chunks = chunksOf(socket);
    await send(await peer(), chunks, [
      [1, 2, 3],
      [4, 5],
    ]);

    expect(chunks[1]).toEqual(bytes(4, 5));
    expect(chunks[0]).toEqual(bytes(4, 5, 3));
    expect(chunks[0]?.constructor).toBe(Uint8Array);
    socket.error();
  });

  test('is off unless it is asked for: what was emitted stays as it was', async () => {
    const { socket, peer } = await TRANSPORTS[transport](false);
    const chunks = chunksOf(socket);
    await send(await peer(), chunks, [
      [1, 2, 3],
      [4, 5],
    ]);

    expect(chunks).toEqual([bytes(1, 2, 3), bytes(4, 5)]);
    socket.error();
  });

  test('two connections have two buffers', async () => {
    const emitted: Uint8Array[] = [];
    for (const _ of [1, 2]) {
      const { socket, peer } = await TRANSPORTS[transport]();
      const chunks = chunksOf(socket);
      await send(await peer(), chunks, [[1]]);
      emitted.push(chunks[0] as Uint8Array);
      socket.error();
    }
    expect(emitted[0]?.buffer).not.toBe(emitted[1]?.buffer);
  });

  test('emits all, in order, of more than the buffer holds; and its end', async () => {
    const { socket, peer } = await TRANSPORTS[transport]();
    let sum = 0;
    let at = 0;
    let largest = 0;
    const ended = new Promise<void>((resolve) => {
      socket.subscribe({
        next: (chunk) => {
          largest = Math.max(largest, chunk.length);
          for (const byte of chunk) sum += (at++ % 251) ^ byte;
        },
        complete: resolve,
      });
    });
    const all = Uint8Array.from({ length: 3_000_000 }, (_, i) => i % 251);
    (await peer()).socket.end(all);
    await ended;

    expect([at, sum]).toEqual([all.length, 0]);
    expect(largest).toBeLessThanOrEqual(BUFFER);
  });

  test.each(['before it is connected', 'later'])('a pause stops it, and it goes on: %s', async (when) => {
    const { socket, peer } = await TRANSPORTS[transport]();
    let came = 0;
    let [sent, taken] = [0, false];
    socket.subscribe({
      next: (chunk) => {
        came += chunk.length;
      },
    });
    if (when === 'before it is connected') socket.pause(true);
    const { socket: server } = await peer();
    if (when === 'later') {
      server.write(bytes(1));
      await vi.waitUntil(() => came === 1, { interval: 1 });
      socket.pause(true);
      sent = 1;
    }
    // More than the system's buffers take: all of it is taken when somebody reads.
    const much = new Uint8Array(16_000_000);
    server.write(much, () => {
      taken = true;
    });
    for (let i = 0; i < 200; i++) await turn();
    expect(taken).toBe(false);
    expect(came - sent).toBeLessThanOrEqual(when === 'later' ? 0 : BUFFER);
    socket.pause(false);
    await vi.waitUntil(() => came === sent + much.length, { interval: 1, timeout: 10_000 });
    socket.error();
  });

  test('errors as ever when the connection is lost', async () => {
    const { socket, peer } = await TRANSPORTS[transport]();
    const seen = new Seen(socket);
    const { socket: server } = await peer();
    server.write(bytes(1));
    await seen.until(1);
    // Node resets no TLS.
    if (transport === 'tcp') server.resetAndDestroy();
    else server.destroy();
    expect(await seen.ended).toBe(transport === 'tcp' ? 'error' : 'complete');
    expect(seen.bytes).toEqual([1]);
  });

  test('sends on when the server has closed its end, with allowHalfOpen', async () => {
    const { socket, peer } = await TRANSPORTS[transport]();
    socket.allowHalfOpen = true;
    const seen = new Seen(socket);
    const its = await peer();
    its.socket.allowHalfOpen = true;
    its.socket.end(bytes(1));
    expect(await seen.ended).toBe('complete');
    socket.next(bytes(2, 3));
    socket.complete();
    await its.closed;
    expect([seen.bytes, its.bytes]).toEqual([[1], [2, 3]]);
  });
});

test('a Unix socket can reuse its buffer, too', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'rxserf-'));
  const server = createServer((socket) => {
    socket.write(bytes(1, 2), () => setImmediate(() => socket.write(bytes(3))));
  });
  await new Promise<void>((resolve) => server.listen(join(folder, 's'), resolve));
  try {
    const socket = unixSocket(join(folder, 's'), { reuseBuffer: true });
    const seen = new Seen(socket);
    expect(await seen.until(3)).toEqual([1, 2, 3]);
    seen.unsubscribe();
  } finally {
    server.close();
    await rm(folder, { recursive: true });
  }
});

describe('a client', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  /** Whether a client has Node read into one buffer. */
  function reuses(socket?: SocketFactory): boolean {
    const connected = vi.spyOn(process.getBuiltinModule('node:net'), 'connect');
    connect('127.0.0.1:1', { reconnect: false, ...(socket && { socket }) })
      .stats()
      .subscribe({ error: () => {} })
      .unsubscribe();
    const [options] = connected.mock.lastCall as unknown as [object];
    return 'onread' in options;
  }

  test('reads into one buffer, as it copies what it keeps', () => {
    expect(reuses()).toBe(true);
  });

  test('does not where the sockets are given: somebody may keep what they emit', () => {
    expect(reuses(({ host, port }) => tcpSocket({ host, port }))).toBe(false);
    expect(reuses((address) => Object.freeze(tcpSocket(address)))).toBe(false);
  });
});
