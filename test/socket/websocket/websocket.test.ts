import { once } from 'node:events';
import { createServer } from 'node:net';
import { ProtocolError } from 'rxserf';
import { CLOSE_CODES, WebSocketClosedError, webSocketSocket } from 'rxserf/socket';
import { describe, expect, test } from 'vitest';
import type { WebSocket } from 'ws';
import { bytes, listen, turn } from '../harness.ts';
import { acceptBytes, acceptText, leaveNoWebSocketOpen, Recorded, webSocketServer } from './harness.ts';

leaveNoWebSocketOpen();

/** Leaves what arrives to the test. */
const untouched = (webSocket: WebSocket) => webSocket;

describe('bytes through a real WebSocket', () => {
  test('what was written before it is open goes first, and a turn is a frame', async () => {
    const { url, accepted } = await webSocketServer(acceptBytes);
    const socket = webSocketSocket(url);
    socket.next(bytes(1));
    const client = new Recorded(socket);
    socket.next(bytes(2));
    const server = await accepted;
    expect(await server.until(1)).toEqual([[1, 2]]);

    socket.next(bytes(3));
    socket.next(bytes(4));
    expect(await server.until(2)).toEqual([
      [1, 2],
      [3, 4],
    ]);
    server.socket.next(bytes(5));
    server.socket.next(bytes(6));
    expect(await client.until(1)).toEqual([[5, 6]]);

    client.close();
    expect(await server.ended()).toBe('end');
  });

  test('complete before it is open still sends all, then closes with 1000', async () => {
    const { url, accepted } = await webSocketServer(acceptBytes);
    const socket = webSocketSocket(url);
    socket.next(bytes(1, 2, 3));
    socket.complete();
    const client = new Recorded(socket);

    const server = await accepted;
    await server.ended();
    expect(server.log).toEqual([[1, 2, 3], 'end']);
    expect(await client.ended()).toBe('end');
  });

  test('unsubscribing while it is CONNECTING closes it, and nobody hears of it', async () => {
    const silent = await listen(createServer());
    const client = new Recorded(webSocketSocket(`ws://127.0.0.1:${silent.port}`));
    const peer = await silent.peer();
    await peer.until(10);

    client.close();
    await peer.closed;
    expect(client.log).toEqual([]);
  });

  test('unsubscribing within the subscription opens nothing', async () => {
    const { url, server } = await webSocketServer(untouched);
    new Recorded(webSocketSocket(url)).close();
    await turn();
    await turn();
    expect(server.clients.size).toBe(0);
  });

  test.each(CLOSE_CODES.filter(({ code }) => code !== 1005 && code !== 1006))(
    'a close with $code is $end',
    async ({ code, end }) => {
      const { url, accepted } = await webSocketServer(untouched);
      const client = new Recorded(webSocketSocket(url));
      (await accepted).close(code, 'the reason');

      const ended = await client.ended();
      if (end === 'complete') expect(ended).toBe('end');
      else expect(ended).toMatchObject({ closeCode: code, closeReason: 'the reason' });
    },
  );

  test('a close without a code completes; a connection that is cut is an error with 1006', async () => {
    const { url, accepted } = await webSocketServer(untouched);
    const client = new Recorded(webSocketSocket(url));
    (await accepted).close();
    expect(await client.ended()).toBe('end');

    const other = await webSocketServer(untouched);
    const cut = new Recorded(webSocketSocket(other.url));
    (await other.accepted).terminate();
    expect(await cut.ended()).toMatchObject({
      name: 'WebSocketClosedError',
      closeCode: 1006,
      closeReason: '',
    });
  });

  test('a server that is none is an error that says what came instead', async () => {
    const { url } = await webSocketServer(untouched, { verifyClient: () => false });
    const client = new Recorded(webSocketSocket(url));
    const error = await client.ended();
    expect(error).toBeInstanceOf(WebSocketClosedError);
    expect((error as Error).message).toBe('no WebSocket could be opened (Unexpected server response: 401)');
  });

  test('a text frame is a ProtocolError, and a server closes with 1003', async () => {
    const { url, accepted } = await webSocketServer(acceptBytes);
    const text = webSocketSocket(url, { frames: 'text' });
    const client = new Recorded(text);
    text.next('hello');
    expect(await (await accepted).ended()).toMatchObject({ name: 'ProtocolError', code: 'unexpected-frame' });
    expect(await client.ended()).toMatchObject({ closeCode: 1003 });
  });

  test.each([
    [new ProtocolError('overflow', 'x'), 1013, 'too slow a reader, or too many requests'],
    [new ProtocolError('frame-too-large', 'x'), 1009, 'a message is too large'],
    [new ProtocolError('not-msgpack', 'secrets'), 1002, 'not what the protocol has'],
    [new Error('secrets'), 1011, 'the server failed'],
    [undefined, 'end', undefined],
  ])('a server that closes for %s says so by its code', async (reason, closeCode, closeReason) => {
    const { url, accepted } = await webSocketServer(acceptBytes);
    const client = new Recorded(webSocketSocket(url));
    const server = await accepted;
    server.socket.next(Uint8Array.of(1));
    server.socket.closeFor?.(reason);
    const end = await client.ended();
    expect(end).toEqual(closeCode === 'end' ? 'end' : expect.objectContaining({ closeCode, closeReason }));
    expect(client.log[0]).toEqual([1]);
  });

  test('a frame over the limit is a ProtocolError', async () => {
    const { url, accepted } = await webSocketServer(untouched);
    const client = new Recorded(webSocketSocket(url, { frameBytes: 10 }));
    (await accepted).send(new Uint8Array(11));
    expect(await client.ended()).toMatchObject({ name: 'ProtocolError', code: 'frame-too-large' });
  });

  test('a server that never answers the close does not keep the connection', async () => {
    const { url, accepted } = await webSocketServer(untouched);
    const client = new Recorded(webSocketSocket(url));
    const server = await accepted;
    server.pause();
    client.close();
    server.resume();
    await once(server, 'close');
  });
});

describe('texts through a real WebSocket', () => {
  test('a text is a message, both ways, whatever is in it', async () => {
    const { url, accepted } = await webSocketServer(acceptText);
    const socket = webSocketSocket(url, { frames: 'text' });
    const client = new Recorded(socket);
    for (const text of ['a', '', 'ünï 🎈', 'x'.repeat(100_000)]) socket.next(text);
    const server = await accepted;
    await server.until(4);
    expect(server.log).toEqual(['a', '', 'ünï 🎈', 'x'.repeat(100_000)]);
    server.socket.next('b');
    server.socket.next('c');
    expect(await client.until(2)).toEqual(['b', 'c']);
    server.socket.complete();
    expect(await client.ended()).toBe('end');
  });

  test('a binary frame is a ProtocolError', async () => {
    const { url, accepted } = await webSocketServer(acceptText);
    const socket = webSocketSocket(url);
    new Recorded(socket);
    socket.next(bytes(1));
    expect(await (await accepted).ended()).toMatchObject({ name: 'ProtocolError', code: 'unexpected-frame' });
  });
});
