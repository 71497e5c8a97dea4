import { once } from 'node:events';
import { createServer, Socket as NodeSocket } from 'node:net';
import { firstValueFrom, toArray } from 'rxjs';
import { tcpSocket } from 'rxserf/socket';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { bytes, leaveNothingOpen, listen, openHandles, Seen, turn } from './harness.ts';

describe('tcpSocket', () => {
  leaveNothingOpen();
  afterEach(() => {
    vi.restoreAllMocks();
  });

  test('is lazy: nothing connects before it is subscribed to', async () => {
    const server = await listen();
    const before = openHandles();
    const socket = tcpSocket(server);
    socket.next(bytes(1));
    await turn();

    expect(openHandles()).toEqual(before);
    expect(server.peers).toEqual([]);

    const seen = new Seen(socket);
    await server.peer();
    seen.unsubscribe();
  });

  test('has the system send small messages at once', async () => {
    const noDelay = vi.spyOn(NodeSocket.prototype, 'setNoDelay');
    const server = await listen();
    const seen = new Seen(tcpSocket(server));
    await server.peer();
    expect(noDelay.mock.calls).toEqual([[true]]);
    seen.unsubscribe();
  });

  test('tells how much a peer that does not read has left unsent, and nothing any more when it is closed', async () => {
    const server = await listen();
    const socket = tcpSocket(server);
    const seen = new Seen(socket);
    const peer = await server.peer();
    peer.socket.pause();
    expect(socket.bufferedAmount).toBe(0);
    // What is joined in this turn, and what the system does not take: more than any of its buffers.
    const piece = new Uint8Array(1_000_000);
    for (let count = 0; count < 64; count++) socket.next(piece);
    socket.next(bytes(1, 2, 3));
    const early = socket.bufferedAmount as number;
    expect(early).toBeGreaterThan(32_000_000);
    expect(early % 1_000).toBe(3);
    await turn();
    expect(socket.bufferedAmount).toBeGreaterThan(32_000_000);
    seen.unsubscribe();
    await vi.waitUntil(() => socket.bufferedAmount === 0, { interval: 1, timeout: 5_000 });
  });

  test('carries bytes both ways', async () => {
    const server = await listen();
    const socket = tcpSocket(server);
    const seen = new Seen(socket);
    const peer = await server.peer();

    socket.next(bytes(0, 1, 255));
    expect(await peer.until(3)).toEqual([0, 1, 255]);
    peer.socket.write(bytes(7, 0, 9));
    expect(await seen.until(3)).toEqual([7, 0, 9]);
    seen.unsubscribe();
  });

  test('tells how many bytes wait for a peer that does not read', async () => {
    const server = await listen();
    const socket = tcpSocket(server);
    socket.next(bytes(1, 2, 3));
    expect(socket.bufferedAmount).toBe(3);
    const seen = new Seen(socket);
    const peer = await server.peer();
    await expect.poll(() => socket.bufferedAmount).toBe(0);
    peer.socket.pause();
    const chunk = new Uint8Array(1_000_000);
    await vi.waitUntil(
      () => {
        socket.next(chunk);
        return (socket.bufferedAmount ?? 0) > 3 * chunk.length;
      },
      { interval: 1 },
    );
    seen.unsubscribe();
  });

  test('emits plain Uint8Arrays, not Buffers', async () => {
    const server = await listen();
    const first = firstValueFrom(tcpSocket(server));
    (await server.peer()).socket.write(bytes(1));

    expect((await first).constructor).toBe(Uint8Array);
  });

  test('sends in order what was given before it was subscribed to, and before it was up', async () => {
    const server = await listen();
    const socket = tcpSocket(server);
    socket.next(bytes(1));
    socket.next(bytes(2));
    const seen = new Seen(socket);
    socket.next(bytes(3));
    await Promise.resolve();
    socket.next(bytes(4));

    expect(await (await server.peer()).until(4)).toEqual([1, 2, 3, 4]);
    seen.unsubscribe();
  });

  test('carries more than any buffer holds', async () => {
    const server = await listen();
    const socket = tcpSocket(server);
    const seen = new Seen(socket);
    const peer = await server.peer();
    let received = 0;
    peer.socket.removeAllListeners('data').on('data', (chunk) => {
      received += chunk.length;
    });
    for (let i = 0; i < 64; i++) socket.next(new Uint8Array(256 * 1024));
    socket.complete();
    await peer.closed;

    expect(received).toBe(16 * 1024 * 1024);
    expect(await seen.ended).toBe('complete');
  });

  describe('writes of one tick', () => {
    /** The bytes of each write, as the system gets it. */
    const writes = () => {
      const single = vi.spyOn(NodeSocket.prototype, '_write');
      const gathered = vi.spyOn(
        NodeSocket.prototype as { _writev: NonNullable<NodeSocket['_writev']> },
        '_writev',
      );
      return () => {
        expect(gathered).not.toHaveBeenCalled();
        return single.mock.calls.map(([chunk]) => (chunk as Buffer).length);
      };
    };

    test('go out as one write, in order', async () => {
      const server = await listen();
      const socket = tcpSocket(server);
      const seen = new Seen(socket);
      const peer = await server.peer();
      const written = writes();
      for (let i = 0; i < 100; i++) socket.next(bytes(i));

      expect(await peer.until(100)).toEqual([...Array(100).keys()]);
      expect(written()).toEqual([100]);
      seen.unsubscribe();
    });

    test('go out as one write when they were made before the connection was up', async () => {
      const server = await listen();
      const socket = tcpSocket(server);
      const written = writes();
      socket.next(bytes(1));
      const seen = new Seen(socket);
      socket.next(bytes(2));
      socket.next(bytes(3));

      expect(await (await server.peer()).until(3)).toEqual([1, 2, 3]);
      expect(written()).toEqual([3]);
      seen.unsubscribe();
    });

    test('of another tick are another write', async () => {
      const server = await listen();
      const socket = tcpSocket(server);
      const seen = new Seen(socket);
      const peer = await server.peer();
      const written = writes();
      socket.next(bytes(1));
      socket.next(bytes(2));
      await turn();
      socket.next(bytes(3));

      expect(await peer.until(3)).toEqual([1, 2, 3]);
      expect(written()).toEqual([2, 1]);
      seen.unsubscribe();
    });

    test('are several where they are large, in order; a large one is not copied', async () => {
      const server = await listen();
      const socket = tcpSocket(server);
      const seen = new Seen(socket);
      const peer = await server.peer();
      // The socket may have several wait while one is under way: what it was given counts.
      const given = vi.spyOn(NodeSocket.prototype, 'write');
      const sizes = [40_000, 30_000, 10, 70_000, 20];
      for (const [i, size] of sizes.entries()) socket.next(new Uint8Array(size).fill(i));

      const total = 140_030;
      expect(socket.bufferedAmount).toBeGreaterThan(0);
      const got = await peer.until(total);
      expect(got).toEqual(sizes.flatMap((size, i) => Array<number>(size).fill(i)));
      expect(given.mock.calls.map(([chunk]) => chunk.length)).toEqual([40_000, 30_010, 70_000, 20]);
      seen.unsubscribe();
    });
  });

  describe('complete()', () => {
    test('sends what is left, closes, and completes', async () => {
      const server = await listen();
      const socket = tcpSocket(server);
      const seen = new Seen(socket);
      const peer = await server.peer();
      socket.next(bytes(1));
      socket.next(bytes(2));
      socket.complete();
      socket.next(bytes(3));
      await peer.closed;

      expect(peer.bytes).toEqual([1, 2]);
      expect(await seen.ended).toBe('complete');
    });

    test('before the connection is up does so once it is', async () => {
      const server = await listen();
      const socket = tcpSocket(server);
      const seen = new Seen(socket);
      socket.next(bytes(1));
      socket.complete();
      const peer = await server.peer();
      await peer.closed;

      expect(peer.bytes).toEqual([1]);
      expect(await seen.ended).toBe('complete');
    });

    test('before the subscription does so after it', async () => {
      const server = await listen();
      const socket = tcpSocket(server);
      socket.next(bytes(1));
      socket.complete();
      socket.next(bytes(2));
      const seen = new Seen(socket);
      const peer = await server.peer();
      await peer.closed;

      expect(peer.bytes).toEqual([1]);
      expect(await seen.ended).toBe('complete');
    });

    test('still gives what the server says before it closes its end', async () => {
      const server = await listen(createServer({ allowHalfOpen: true }));
      const socket = tcpSocket(server);
      const seen = new Seen(socket);
      const peer = await server.peer();
      peer.socket.on('end', () => peer.socket.end(bytes(1, 2, 3)));
      socket.complete();

      expect(await seen.ended).toBe('complete');
      expect(seen.bytes).toEqual([1, 2, 3]);
    });
  });

  describe('unsubscribe', () => {
    test('in the same tick never connects', async () => {
      const server = await listen();
      const seen = new Seen(tcpSocket(server));
      seen.unsubscribe();
      await turn();
      await turn();

      expect(server.peers).toEqual([]);
    });

    test.each(['127.0.0.1', 'localhost'])('during the connect to %s leaves nothing', async (host) => {
      const { port } = await listen();
      const before = openHandles();
      const socket = tcpSocket({ host, port });
      const seen = new Seen(socket);
      socket.next(bytes(1));
      await new Promise<void>((resolve) => process.nextTick(resolve));
      seen.unsubscribe();

      await expect.poll(openHandles, { interval: 1 }).toEqual(before);
      expect(seen.error).toBeUndefined();
    });

    test('closes the connection; what is sent afterwards goes nowhere', async () => {
      const server = await listen();
      const socket = tcpSocket(server);
      const seen = new Seen(socket);
      const peer = await server.peer();
      peer.socket.write(bytes(1));
      await seen.until(1);
      seen.unsubscribe();
      socket.next(bytes(9));
      socket.complete();
      await peer.closed;

      expect(peer.bytes).toEqual([]);
      expect(seen.error).toBeUndefined();
    });

    test('from within a value ends the values', async () => {
      const server = await listen();
      const got: number[] = [];
      const subscription = tcpSocket(server).subscribe((chunk) => {
        got.push(...chunk);
        subscription.unsubscribe();
      });
      const peer = await server.peer();
      peer.socket.write(bytes(1));
      await peer.closed;

      expect(got).toEqual([1]);
    });
  });

  test('error() closes at once', async () => {
    const server = await listen();
    const socket = tcpSocket(server);
    const seen = new Seen(socket);
    const peer = await server.peer();
    socket.error(new Error('ours'));

    await peer.closed;
    expect(await seen.ended).toBe('complete');
  });

  test('completes when the server closes, after its last bytes', async () => {
    const server = await listen();
    const all = firstValueFrom(tcpSocket(server).pipe(toArray()));
    (await server.peer()).socket.end(bytes(1, 2));

    expect((await all).flatMap((chunk) => [...chunk])).toEqual([1, 2]);
  });

  test('completes when the server closes its end, though it reads no more of ours', async () => {
    const server = await listen(createServer({ allowHalfOpen: true, pauseOnConnect: true }));
    const socket = tcpSocket(server);
    const seen = new Seen(socket);
    const peer = await server.peer();
    peer.socket.pause();
    socket.next(new Uint8Array(64 * 1024 * 1024));
    peer.socket.end();

    expect(await seen.ended).toBe('complete');
  });

  test("errors with Node's own error when it is refused", async () => {
    const gone = createServer().listen(0, '127.0.0.1');
    await once(gone, 'listening');
    const { port } = gone.address() as { port: number };
    gone.close();
    await once(gone, 'close');
    const seen = new Seen(tcpSocket({ host: '127.0.0.1', port }));

    expect(await seen.ended).toBe('error');
    expect(seen.error).toMatchObject({ code: 'ECONNREFUSED', port });
  });

  test('errors with ECONNRESET when the connection breaks', async () => {
    const server = await listen();
    const seen = new Seen(tcpSocket(server));
    const peer = await server.peer();
    peer.socket.write(bytes(1));
    await seen.until(1);
    peer.socket.resetAndDestroy();

    expect(await seen.ended).toBe('error');
    expect(seen.error).toMatchObject({ code: 'ECONNRESET' });
  });

  test('errors, and does not throw, at a name that does not exist', async () => {
    const seen = new Seen(tcpSocket({ host: 'name.invalid', port: 1 }));

    expect(await seen.ended).toBe('error');
    expect((seen.error as NodeJS.ErrnoException).code).toMatch(/ENOTFOUND|EAI_AGAIN/);
  });

  test('is one connection: a second subscription is refused and leaves the first alone', async () => {
    const server = await listen();
    const socket = tcpSocket(server);
    const first = new Seen(socket);
    const second = new Seen(socket);

    expect(await second.ended).toBe('error');
    expect(String(second.error)).toBe('Error: a socket is one connection: make another one to connect again');
    (await server.peer()).socket.write(bytes(1));
    expect(await first.until(1)).toEqual([1]);
    first.unsubscribe();

    const third = new Seen(socket);
    expect(await third.ended).toBe('error');
    expect(server.peers).toHaveLength(1);
  });
});
