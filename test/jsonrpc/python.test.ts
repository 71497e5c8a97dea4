import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { firstValueFrom, forkJoin, lastValueFrom, type Observable, toArray } from 'rxjs';
import {
  type JsonRpcProtocol,
  type JsonRpcServerEvent,
  type JsonRpcSession,
  jsonRpc,
  jsonRpcListen,
} from 'rxserf/jsonrpc';
import { socksSocket, tcpSocket } from 'rxserf/socket';
import { expect, onTestFinished, test } from 'vitest';
import { Address } from '../../src/address.ts';
import { DANTED, describeWith, MICROSOCKS, PYTHON } from '../peers/programs.ts';
import { dante, microsocks } from '../peers/proxies.ts';
import { pythonClient, pythonServer } from '../peers/python.ts';
import { bytesOf, type Case, captured, cases } from './support/cases.ts';
import { probeHandlers } from './support/probe-handlers.ts';

/** A server of ours; resolves with its port. */
function ourServer(protocol: JsonRpcProtocol, onEvent: (event: JsonRpcServerEvent) => void = () => {}) {
  return new Promise<number>((resolve, reject) => {
    const subscription = jsonRpcListen(({ session }) => probeHandlers(() => session), {
      port: 0,
      protocol,
    }).subscribe({
      next: (event) => {
        if (event.type === 'listening') resolve(event.port);
        onEvent(event);
      },
      error: reject,
    });
    onTestFinished(() => subscription.unsubscribe());
  });
}

/** What whoever listens at a port answers to a case. */
async function answersTo(port: number, each: Case, lines: number): Promise<string[]> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  await once(socket, 'connect');
  let text = '';
  socket.setEncoding('utf8').on('data', (piece) => {
    text += piece;
  });
  socket.write(bytesOf(each));
  // Of what has no answer: the next one's.
  if (lines === 0) socket.write('{"jsonrpc":"2.0","id":"end","method":"echo","params":["end"]}\n');
  const whole = () => text.split('\n').length > Math.max(1, lines);
  while (!whole())
    await Promise.race([
      once(socket, 'data'),
      once(socket, 'close').then(() => Promise.reject(new Error(`${each.name}: closed`))),
    ]);
  socket.destroy();
  return text
    .trimEnd()
    .split('\n')
    .filter((line) => !line.includes('"end"'));
}

const all = <T>(source$: Observable<T>) => lastValueFrom(source$.pipe(toArray()));

describeWith(PYTHON, 'python3-aiorpcx', 'a server in Python', () => {
  const session = async (protocol: 'v1' | 'v2' | 'loose' | 'auto', ...args: string[]) => {
    const { port, peer } = await pythonServer('--protocol', protocol, ...args);
    const ours: JsonRpcSession = jsonRpc(tcpSocket({ host: '127.0.0.1', port }), {
      protocol,
      handlers: { echo: (value: unknown) => value },
    });
    onTestFinished(() => ours.close());
    return { ours, peer, port };
  };

  test.each(['v1', 'v2', 'loose', 'auto'] as const)(
    '%s: calls, errors, notifications, and a call back',
    async (protocol) => {
      const { ours } = await session(protocol);
      // With 1.0, this server wants a list.
      const results = forkJoin([
        ours.request('sum', [1, 2]),
        ours.request('echo', [{ ü: [null, '猫'] }]),
        ours.request('ask', ['echo', ['back']]),
      ]);
      expect(await firstValueFrom(results)).toEqual([3, { ü: [null, '猫'] }, 'back']);
      expect(await all(ours.notify('note', ['hi']))).toEqual([undefined]);
      const error = await firstValueFrom(ours.request('fail', [7, 'bad'])).catch((reason) => reason);
      expect(error).toMatchObject({ code: 'remote-error', rpcCode: 7, message: 'bad', command: 'fail' });
      await expect(firstValueFrom(ours.request('nope', [1]))).rejects.toMatchObject({ rpcCode: -32601 });
      await expect(firstValueFrom(ours.request('echo', [1, 2]))).rejects.toMatchObject({ rpcCode: -32602 });
    },
  );

  test('arguments by name, and batches', async () => {
    const { ours } = await session('v2');
    expect(await firstValueFrom(ours.request('sub', { a: 5, b: 1 }))).toBe(4);
    const outcomes = await firstValueFrom(
      ours.batch((b) => [
        b.request<string>('slow', [0.1]),
        b.notify('note'),
        b.request('fail', [7, 'bad']),
        b.request<number>('sum', [3]),
      ]),
    );
    expect(outcomes).toMatchObject([
      { value: 'slept' },
      { value: undefined },
      { error: { rpcCode: 7 } },
      { value: 3 },
    ]);
    expect(await firstValueFrom(ours.request('count'))).toBe(1);
  });

  test('its limits: the size of a response, and time', async () => {
    const { ours } = await session('v2', '--max-response', '100', '--timeout', '0.2');
    await expect(firstValueFrom(ours.request('big', [1_000]))).rejects.toMatchObject({ rpcCode: -32600 });
    await expect(firstValueFrom(ours.request('slow', [5]))).rejects.toMatchObject({ rpcCode: -102 });
  });

  test('killed: all that waits ends, and later calls do at once', async () => {
    const { ours, peer } = await session('v2');
    await firstValueFrom(ours.request('sum'));
    const pending = [1, 2, 3].map((n) =>
      firstValueFrom(ours.request('slow', [n * 10])).catch((reason) => reason),
    );
    await peer.says({ event: 'request', method: 'slow' });
    peer.kill();
    for (const error of await Promise.all(pending))
      expect(error).toMatchObject({ code: 'connection-lost', outcome: 'unknown' });
    await expect(firstValueFrom(ours.request('sum'))).rejects.toMatchObject({
      code: 'connection-lost',
      outcome: 'not-sent',
    });
  });

  test('its last word: the answer, then the end', async () => {
    const { ours } = await session('v2');
    const states = all(ours.status$);
    expect(await firstValueFrom(ours.request('bye', ['ciao']))).toBe('ciao');
    expect((await states).at(-1)).toEqual({ state: 'closed' });
  });

  test('the captures are what it says', async () => {
    const { port } = await session('v2');
    const file = new URL('captures/aiorpcx-0.22.1-server-v2.txt', import.meta.url);
    const known = captured(readFileSync(file, 'utf8'));
    for (const each of cases.filter(({ halfClose, name }) => !halfClose && name !== 'bye')) {
      const { lines } = known.get(each.name) ?? { lines: [] };
      expect(await answersTo(port, each, lines.length), each.name).toEqual(lines);
    }
  });

  describeWith(MICROSOCKS, 'microsocks', 'through microsocks', () => {
    test('calls, and a call back', async () => {
      const { port } = await pythonServer();
      const proxy = socksSocket(
        `socks5://alice:s3cret@127.0.0.1:${await microsocks({ name: 'alice', password: 's3cret' })}`,
      );
      const ours = jsonRpc(proxy(new Address('tcp', 'localhost', port)), {
        handlers: { echo: (value: unknown) => value },
      });
      onTestFinished(() => ours.close());
      expect(
        await firstValueFrom(
          forkJoin([ours.request('sum', [1, 2]), ours.request('ask', ['echo', ['back']])]),
        ),
      ).toEqual([3, 'back']);
    });
  });

  describeWith(DANTED, 'dante-server', 'through Dante', () => {
    test.each(['socks5', 'socks4'])('%s', async (protocol) => {
      const { port } = await pythonServer();
      const proxy = socksSocket(`${protocol}://127.0.0.1:${await dante(1)}`);
      const ours = jsonRpc(proxy(new Address('tcp', '127.0.0.1', port)));
      onTestFinished(() => ours.close());
      expect(await firstValueFrom(ours.request('sum', [1, 2]))).toBe(3);
    });
  });
});

describeWith(PYTHON, 'python3-aiorpcx', 'a client in Python', () => {
  test.each(['v1', 'v2', 'loose', 'auto'] as const)(
    '%s: calls, errors, notifications, and a call back',
    async (protocol) => {
      const port = await ourServer(protocol);
      const peer = await pythonClient(port, '--protocol', protocol);
      const call = (id: number, method: string, args: unknown = []) => {
        peer.does({ do: 'request', id, method, args });
        return Promise.race([peer.says({ event: 'result', id }), peer.says({ event: 'error', id })]);
      };
      expect(await call(1, 'sum', [1, 2])).toMatchObject({ result: 3 });
      peer.does({ do: 'notify', method: 'note', args: ['hi'] });
      expect(await call(2, 'count')).toMatchObject({ result: 1 });
      expect(await call(3, 'fail', [7, 'bad'])).toMatchObject({ error: 'RPCError', args: [7, 'bad'] });
      expect(await call(4, 'crash')).toMatchObject({ args: [-32603, 'internal server error'] });
      expect(await call(5, 'nope')).toMatchObject({ args: [-32601, 'unknown method "nope"'] });
      expect(await call(6, 'ask', ['echo', ['back']])).toMatchObject({ result: 'back' });
      if (protocol === 'v1') return;
      expect(await call(7, 'sub', { a: 5, b: 1 })).toMatchObject({ result: 4 });
      peer.does({
        do: 'batch',
        id: 8,
        items: [
          ['sum', [1]],
          ['n:note', []],
          ['fail', [7, 'bad']],
          ['slow', [0.1]],
        ],
      });
      expect(await peer.says({ event: 'batch', id: 8 })).toMatchObject({
        results: [1, expect.stringContaining('bad'), 'slept'],
      });
    },
  );

  test('its end: orderly or not, it is an event', async () => {
    const ends: (Error | undefined)[] = [];
    let told: () => void = () => {};
    const port = await ourServer('v2', (event) => {
      if (event.type !== 'disconnected') return;
      ends.push(event.error);
      told();
    });
    for (const act of ['close', 'abort']) {
      const gone = new Promise<void>((resolve) => {
        told = resolve;
      });
      const peer = await pythonClient(port);
      peer.does({ do: act });
      await gone;
    }
    expect(ends[0]).toBeUndefined();
    expect(ends).toHaveLength(2);
  });

  test('our last word: the answer, then the end', async () => {
    const peer = await pythonClient(await ourServer('v2'));
    peer.does({ do: 'request', id: 1, method: 'bye', args: ['ciao'] });
    expect(await peer.says({ event: 'result', id: 1 })).toMatchObject({ result: 'ciao' });
    await peer.says({ event: 'lost' });
  });

  describeWith(MICROSOCKS, 'microsocks', 'through microsocks', () => {
    test('calls', async () => {
      const proxy = await microsocks({ name: 'alice', password: 's3cret' });
      const peer = await pythonClient(
        await ourServer('v2'),
        '--proxy',
        `socks5://alice:s3cret@127.0.0.1:${proxy}`,
      );
      peer.does({ do: 'request', id: 1, method: 'sum', args: [1, 2] });
      expect(await peer.says({ event: 'result', id: 1 })).toMatchObject({ result: 3 });
    });
  });
});
