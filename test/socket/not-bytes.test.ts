import { createServer, connect as netConnect } from 'node:net';
import { PassThrough } from 'node:stream';
import { firstValueFrom, lastValueFrom } from 'rxjs';
import { connect } from 'rxserf';
import { EmbeddedCluster } from 'rxserf/embedded';
import { serve } from 'rxserf/server';
import { duplexSocket, type Socket, socketFrom } from 'rxserf/socket';
import { describe, expect, onTestFinished, test } from 'vitest';

/** A socket of somebody's own, which emits what it should not. */
function emits(data: unknown): Socket {
  return socketFrom((incoming) => {
    queueMicrotask(() => incoming.next(data as Uint8Array));
    return { write: () => {}, end: () => {}, destroy: () => {} };
  });
}

/** The error of a client of that socket. */
async function errorOver(socket: () => Socket): Promise<unknown> {
  const client = connect('over', { socket, reconnect: false });
  onTestFinished(() => client.close());
  return firstValueFrom(client.members()).catch((error: unknown) => error);
}

describe('a socket of somebody’s own that emits no bytes', () => {
  test.each([
    ['a text', 'hello'],
    ['ArrayBuffer', new ArrayBuffer(2_000)],
    ['Undefined', undefined],
    ['Object', { data: 1 }],
  ])('%s is an error of the client', async (what, data) => {
    expect(await errorOver(() => emits(data))).toMatchObject({
      code: 'invalid-argument',
      message: `a socket should emit Uint8Arrays, not ${what}`,
    });
  });

  test('is an error of what serves it', async () => {
    const node = new EmbeddedCluster({ nodes: ['n1'] }).node('n1');
    const served = lastValueFrom(serve(node, emits('hello'))).catch((error: unknown) => error);
    expect(await served).toMatchObject({ message: 'a socket should emit Uint8Arrays, not a text' });
  });
});

describe('a Duplex', () => {
  test('that has ended, or was destroyed, is an error at once and not a timeout', async () => {
    const ended = new PassThrough();
    ended.end();
    ended.resume();
    await new Promise((done) => ended.once('close', done));
    const destroyed = new PassThrough();
    destroyed.destroy();
    for (const duplex of [ended, destroyed])
      expect(await errorOver(() => duplexSocket(duplex))).toMatchObject({
        code: 'connect-failed',
        message: expect.stringContaining('has ended already: each connection wants a new one'),
      });
  });

  test('of texts is an error, and nothing is left out silently', async () => {
    const texts = new PassThrough({ encoding: 'utf8' });
    texts.write('hello');
    expect(await errorOver(() => duplexSocket(texts))).toMatchObject({
      message: expect.stringContaining('without setEncoding or objectMode'),
    });
  });

  test('may be connecting still', async () => {
    const node = new EmbeddedCluster({ nodes: ['n1'] }).node('n1');
    const server = createServer((socket) => serve(node, duplexSocket(socket)).subscribe({ error: () => {} }));
    onTestFinished(() => void server.close());
    const port = await new Promise<number>((done) =>
      server.listen(0, '127.0.0.1', () => done((server.address() as { port: number }).port)),
    );
    const client = connect('over', { socket: () => duplexSocket(netConnect(port, '127.0.0.1')) });
    expect(await firstValueFrom(client.members())).toHaveLength(1);
    await client.close();
  });
});
