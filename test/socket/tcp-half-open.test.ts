import { createServer } from 'node:net';
import { tcpSocket } from 'rxserf/socket';
import { describe, expect, test, vi } from 'vitest';
import { bytes, leaveNothingOpen, listen, openHandles, Seen, turn } from './harness.ts';

describe('tcpSocket', () => {
  leaveNothingOpen();

  describe('with allowHalfOpen', () => {
    const halfOpen = async () => {
      const server = await listen(createServer({ allowHalfOpen: true }));
      const socket = tcpSocket(server);
      socket.allowHalfOpen = true;
      const seen = new Seen(socket);
      const peer = await server.peer();
      peer.socket.end(bytes(1));
      expect(await seen.ended).toBe('complete');
      expect(seen.bytes).toEqual([1]);
      return { socket, peer };
    };

    test('sends on when the server has closed its end, until complete()', async () => {
      const { socket, peer } = await halfOpen();
      socket.next(bytes(2));
      expect(await peer.until(1)).toEqual([2]);
      await turn();
      socket.next(bytes(3, 4));
      socket.complete();
      await peer.closed;
      expect(peer.bytes).toEqual([2, 3, 4]);
    });

    test('is closed at once by error()', async () => {
      const { socket, peer } = await halfOpen();
      socket.error();
      socket.next(bytes(2));
      await peer.closed;
      expect(peer.bytes).toEqual([]);
      expect(socket.bufferedAmount).toBe(0);
    });

    test('is closed by unsubscribing before', async () => {
      const server = await listen();
      const socket = tcpSocket(server);
      socket.allowHalfOpen = true;
      const seen = new Seen(socket);
      const peer = await server.peer();
      seen.unsubscribe();
      await peer.closed;
    });

    test('has nothing to send any more when the connection breaks', async () => {
      const { socket, peer } = await halfOpen();
      peer.socket.resetAndDestroy();
      await vi.waitUntil(
        () => {
          socket.next(bytes(2));
          return openHandles().length === 1;
        },
        { interval: 1 },
      );
      await turn();
      expect(socket.bufferedAmount).toBe(0);
    });
  });

  test('without it, what is sent behind the end goes nowhere, and nothing is left open', async () => {
    const server = await listen(createServer({ allowHalfOpen: true }));
    const socket = tcpSocket(server);
    const seen = new Seen(socket);
    const peer = await server.peer();
    peer.socket.end(bytes(1));
    await seen.ended;
    socket.next(bytes(2));
    await peer.closed;
    expect(peer.bytes).toEqual([]);
  });
});
