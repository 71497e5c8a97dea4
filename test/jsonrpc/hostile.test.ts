import { once } from 'node:events';
import { connect, type Socket as NodeSocket } from 'node:net';
import { finalize, firstValueFrom, NEVER } from 'rxjs';
import { type JsonRpcListenOptions, type JsonRpcServerEvent, jsonRpc, jsonRpcListen } from 'rxserf/jsonrpc';
import { tcpSocket } from 'rxserf/socket';
import { describe, expect, onTestFinished, test } from 'vitest';
import { eventually } from '../agent/harness/eventually.ts';
import { retained } from '../agent/harness/retained.ts';

/** A listener of ours, an honest client of it, and what happened. */
async function server(options: Partial<JsonRpcListenOptions> = {}) {
  const events: JsonRpcServerEvent[] = [];
  let running = 0;
  const handlers = {
    echo: (value: unknown) => value,
    big: (n: number) => 'x'.repeat(n),
    never: () => {
      running++;
      return NEVER.pipe(finalize(() => running--));
    },
  };
  const port = await new Promise<number>((resolve, reject) => {
    const subscription = jsonRpcListen(handlers, { port: 0, ...options }).subscribe({
      next: (event) => {
        events.push(event);
        if (event.type === 'listening') resolve(event.port);
      },
      error: reject,
    });
    onTestFinished(() => subscription.unsubscribe());
  });
  const honest = jsonRpc(tcpSocket({ host: '127.0.0.1', port }));
  onTestFinished(() => honest.close());
  /** Whether somebody else is served. */
  const serves = async () => expect(await firstValueFrom(honest.request('echo', ['ok']))).toBe('ok');
  await serves();
  const attacker = async () => {
    const socket = connect(port, '127.0.0.1');
    socket.on('error', () => {});
    onTestFinished(() => {
      socket.destroy();
    });
    await once(socket, 'connect');
    return socket;
  };
  const ends = () => events.filter((event) => event.type === 'disconnected');
  const ended = (code: string) =>
    eventually(`the end of a peer: ${code}`, () => expect(ends()).toMatchObject([{ error: { code } }]));
  return { serves, attacker, ended, ends, events, running: () => running };
}

/** Sends without end, until the connection is gone. */
function flood(socket: NodeSocket, piece: string | Uint8Array): void {
  const send = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', send);
  send();
}

const reads = (socket: NodeSocket) => {
  let text = '';
  socket.setEncoding('utf8').on('data', (piece) => {
    text += piece;
  });
  return () => text;
};

describe('a peer that means harm', () => {
  test('bytes without end and without a newline: nothing is kept', async () => {
    const { serves, attacker } = await server();
    const socket = await attacker();
    const before = (await retained()).buffers;
    flood(socket, new Uint8Array(65_536).fill(0x61));
    for (let n = 0; n < 50; n++) await serves();
    expect((await retained()).buffers - before).toBeLessThan(10_000_000);
    socket.destroy();
  });

  test('empty lines, read or not: it is cut', async () => {
    const { serves, attacker, ended } = await server();
    flood(await attacker(), '\n'.repeat(65_536));
    await ended('overflow');
    await serves();
  });

  test('requests whose answers it does not read: handlers stop, and it is cut', async () => {
    const { serves, attacker, ended } = await server({ limits: { outbound: 100_000, waiting: 100 } });
    const socket = await attacker();
    socket.pause();
    flood(socket, `${'{"jsonrpc":"2.0","id":1,"method":"big","params":[50000]}\n'.repeat(50)}`);
    await ended('overflow');
    await serves();
  });

  test('requests that never end: so many run, so many wait, the others are told', async () => {
    const { serves, attacker, running } = await server({ concurrency: 5, limits: { waiting: 10 } });
    const socket = await attacker();
    const text = reads(socket);
    socket.write('{"jsonrpc":"2.0","id":1,"method":"never"}\n'.repeat(20));
    await eventually('five answers', () => expect(text().trimEnd().split('\n')).toHaveLength(5));
    expect(text()).toMatch(/-102/);
    expect(running()).toBe(5);
    await serves();
    socket.resetAndDestroy();
    await eventually('they are unsubscribed from', () => expect(running()).toBe(0));
  });

  test.each([
    ['a batch of a million', `[${'1,'.repeat(400_000)}1]\n`, /-32600.*batch too large/],
    ['nesting', `${'['.repeat(100_000)}${']'.repeat(100_000)}\n`, /-32600.*too deep/],
    [
      'nesting in what is asked',
      `{"jsonrpc":"2.0","id":1,"method":"echo","params":[${'{"a":'.repeat(100_000)}1${'}'.repeat(100_000)}]}\n`,
      /-32600.*too deep/,
    ],
    [
      'a number of arguments that no function takes',
      `{"jsonrpc":"2.0","id":7,"method":"echo","params":[${'1,'.repeat(300_000)}1]}\n`,
      /"id":7/,
    ],
    [
      'a name of 900,000 characters',
      `{"jsonrpc":"2.0","id":1,"method":"${'n'.repeat(900_000)}"}\n`,
      /-32601.{0,200}"id":1/,
    ],
    [
      'an id of 900,000 characters',
      `{"jsonrpc":"2.0","id":"${'n'.repeat(900_000)}","method":"echo","params":[1]}\n`,
      /"result":1,"id":"n/,
    ],
    [
      'keys that objects have',
      '{"jsonrpc":"2.0","id":1,"method":"echo","params":[{"__proto__":{"a":1},"constructor":1}]}\n',
      /"result":\{"__proto__":\{"a":1\},"constructor":1\},"id":1/,
    ],
    [
      '__proto__ as the message',
      '{"__proto__":{"jsonrpc":"2.0","method":"echo"},"id":1}\n[{"__proto__":{"method":"echo"}}]\n',
      /-32600/,
    ],
    [
      'bytes that are no UTF-8, within a message',
      Buffer.from('{"jsonrpc":"2.0","id":1,"method":"\xff"}\n', 'latin1'),
      /-32700.*UTF-8/,
    ],
  ])('%s', async (_, sent, answer) => {
    const { serves, attacker, ends } = await server();
    const socket = await attacker();
    const text = reads(socket);
    socket.write(sent);
    await eventually('an answer', () => expect(text()).toMatch(answer));
    await serves();
    expect(ends()).toEqual([]);
  });

  test('answers that nobody asked for', async () => {
    const { serves, attacker, ends } = await server();
    const socket = await attacker();
    const text = reads(socket);
    for (const id of ['0', '"0"', 'null', '[]', '{}', '1e999', '-1', '"__proto__"'])
      socket.write(
        `{"jsonrpc":"2.0","id":${id},"result":1}\n{"jsonrpc":"2.0","id":${id},"error":{"code":1,"message":"x"}}\n`,
      );
    socket.write('{"jsonrpc":"2.0","id":1,"method":"echo","params":[1]}\n');
    await eventually('an answer', () => expect(text()).toBe('{"jsonrpc":"2.0","result":1,"id":1}\n'));
    await serves();
    expect(ends()).toEqual([]);
  });

  test('resets, by the hundred', async () => {
    const { serves, attacker, events } = await server();
    for (let n = 0; n < 100; n++) {
      const socket = await attacker();
      socket.write('{"jsonrpc":"2.0","id":1,"method":"never"}\n{"jsonrpc"');
      socket.resetAndDestroy();
    }
    await eventually('all are gone', () =>
      expect(events.filter(({ type }) => type === 'disconnected')).toHaveLength(100),
    );
    await serves();
  });
});

test('a server that means harm: one call is all that its answers end', async () => {
  const { createServer } = await import('node:net');
  const listener = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', () =>
      socket.write(
        '{"jsonrpc":"2.0","id":0,"error":{"code":1,"message":"<b>","data":{"__proto__":1}}}\nrubbish\n[{"id":1}]\n{"jsonrpc":"2.0","id":1,"result":"x"}\n',
      ),
    );
  }).listen(0, '127.0.0.1');
  await once(listener, 'listening');
  const session = jsonRpc(
    tcpSocket({ host: '127.0.0.1', port: (listener.address() as { port: number }).port }),
  );
  const first = firstValueFrom(session.request('a')).catch((error) => error);
  const second = firstValueFrom(session.request('b'));
  expect(await first).toMatchObject({ code: 'remote-error', message: '<b>' });
  expect(await second).toBe('x');
  await session.close();
  listener.close();
});
