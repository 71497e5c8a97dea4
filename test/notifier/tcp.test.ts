import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { connect, type Socket as NetSocket } from 'node:net';
import { filter, firstValueFrom, lastValueFrom, merge, Subject, take, toArray } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { type AnyApi, type Notifier, type NotifierOptions, notify } from 'rxserf/notifier';
import { afterEach, describe, expect, test } from 'vitest';
import { encodeHello, encodeRegistrations, readFrame } from '../../src/notifier/mesh/frames.ts';
import { Handshake } from '../../src/notifier/mesh/handshake.ts';
import { Assembler } from '../../src/protocol/assembler.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import type { WireValue } from '../../src/protocol/wire.ts';

const ALL = { mask: 0, value: 0 };
const KEY = 'a key that all of them have';
const MIB = 1024 * 1024;
const pem = (name: string) =>
  readFileSync(new URL(`../socket/fixtures/${name}.pem`, import.meta.url), 'utf8');
const cert = pem('cert');

const opened: Notifier<AnyApi>[] = [];
afterEach(async () => {
  for (const notifier of opened.splice(0)) await notifier.close();
});

/** One that listens, and its port. */
async function listening(options: NotifierOptions = {}) {
  const notifier = notify([], { id: 'b', ...options });
  opened.push(notifier);
  const port = firstValueFrom(notifier.events$.pipe(filter((event) => event.type === 'listening'))).then(
    (event) => event.port,
  );
  notifier.peers$.subscribe();
  return { notifier, port: await port };
}

/** One that knows it. */
function other(port: number, options: NotifierOptions = {}, host = '127.0.0.1'): Notifier<AnyApi> {
  const notifier = notify([{ id: 'b', host, port }], { id: 'a', listen: false, ...options });
  opened.push(notifier);
  return notifier;
}

/** Waits until a peer has a state. */
const peerIs = (notifier: Notifier<AnyApi>, state: string) =>
  firstValueFrom(notifier.peers$.pipe(filter(([peer]) => peer?.state === state)));

const knows = (notifier: Notifier<AnyApi>, count: number) =>
  firstValueFrom(notifier.registrations$.pipe(filter(({ length }) => length === count)));

describe('over TLS', () => {
  const secure = { key: KEY, tls: { cert, key: pem('key') } };

  test('publications and calls go both ways', async () => {
    const { notifier: b, port } = await listening(secure);
    const a = other(port, { key: KEY, tls: { ca: cert } }, 'localhost');
    b.serve('o', ALL, 'get', ({ args, from }) => `${from} ${args}`).subscribe();
    const got = firstValueFrom(a.notifications('o', ALL, 'c'));
    await knows(a, 2);
    await knows(b, 2);

    expect(await firstValueFrom(a.call('o', 1, 'get', 'asks'))).toEqual({ from: 'b', value: 'a asks' });
    expect(await firstValueFrom(b.publish('o', 7, 'c', 'told'))).toEqual({ full: 1, slice: null });
    expect(await got).toEqual({ object: 'o', id: 7, command: 'c', args: 'told', from: 'b' });
  });

  test('a certificate of nobody we know is refused, with or without the key', async () => {
    const { port } = await listening(secure);
    const [peer] = await peerIs(other(port, { key: KEY, tls: {} }, 'localhost'), 'waiting');
    expect(String(peer?.error)).toMatch(/self-signed certificate/);
  });

  test('who comes without TLS, or without the key, is refused and told of', async () => {
    const { notifier: b, port } = await listening(secure);
    const refused = firstValueFrom(
      b.events$.pipe(
        filter(({ type }) => type === 'refused'),
        take(1),
        toArray(),
      ),
    );
    const strangers = [{ key: KEY }, { tls: { ca: cert } }, { key: `${KEY}!`, tls: { ca: cert } }];
    for (const options of strangers) {
      const [peer] = await peerIs(other(port, options, 'localhost'), 'waiting');
      expect(peer?.error).toBeInstanceOf(Error);
      expect(String(peer?.error)).not.toContain(KEY);
    }
    expect(await refused).toMatchObject([{ type: 'refused', error: { code: 'handshake-refused' } }]);
  });
});

describe('strangers', () => {
  test('of one address have 16 of the 64 places, and others find one', async () => {
    // Time stands still: nobody's is over.
    const { notifier, port } = await listening({ scheduler: new TestScheduler(() => true) });
    const sockets: NetSocket[] = [];
    const closed = new Subject<void>();
    const stranger = (localAddress: string) => {
      const socket = connect({ host: '127.0.0.1', port, localAddress });
      sockets.push(socket);
      socket.on('error', () => {}).on('close', () => closed.next());
      return socket;
    };
    /** Whether it is listened to. */
    const greeted = async (socket: NetSocket) => {
      socket.write(encodeHello({ version: 1, id: 'x', node: '', nonce: new Uint8Array(16) }));
      const [bytes] = await once(socket, 'data');
      const assembler = new Assembler(DEFAULT_LIMITS);
      assembler.push(bytes);
      return readFrame(assembler.next() as WireValue).type;
    };
    let gone = 0;
    closed.subscribe(() => gone++);
    const four = lastValueFrom(closed.pipe(take(4)));
    for (let i = 0; i < 20; i++) stranger('127.0.0.1');
    await four;
    expect(await greeted(stranger('127.0.0.2'))).toBe('hello');
    expect(gone).toBe(4);

    // Who leaves makes room.
    const left = firstValueFrom(notifier.events$.pipe(filter(({ type }) => type === 'refused')));
    sockets.find(({ destroyed }) => !destroyed)?.destroy();
    await left;
    expect(await greeted(stranger('127.0.0.1'))).toBe('hello');
    expect(gone).toBe(5);
    for (const socket of sockets) socket.destroy();
  });
});

describe('what is large', () => {
  test('a publication for which there is room is sent, however much there is of it', async () => {
    const { notifier: b, port } = await listening();
    const a = other(port);
    const lengths = lastValueFrom(b.notifications('o', ALL, 'c').pipe(take(2), toArray()));
    await knows(a, 1);
    // The second is twice the bound by itself, and there is room before it.
    for (const length of [7 * MIB, 15 * MIB]) a.publish('o', 1, 'c', new Uint8Array(length)).subscribe();
    // Sent while these wait to be read.
    for (let i = 0; i < 10; i++) a.serve('o', i, 'get', () => i).subscribe();

    expect((await lengths).map(({ args }) => (args as Uint8Array).length)).toEqual([7 * MIB, 15 * MIB]);
    expect((await peerIs(a, 'connected'))[0]?.state).toBe('connected');
  });

  test('answers of a megabyte from all handlers at once are no reason to hang up', async () => {
    const { notifier: b, port } = await listening();
    const a = other(port, { timeout: 0 });
    const waiting: (() => void)[] = [];
    const handler = () =>
      new Promise((resolve) => {
        waiting.push(() => resolve(new Uint8Array(MIB)));
        if (waiting.length === 40) for (const answer of waiting) answer();
      });
    b.serve('o', ALL, 'get', handler).subscribe();
    await knows(a, 1);
    const calls = Array.from({ length: 40 }, (_, i) => a.call('o', i, 'get'));
    const answers = await lastValueFrom(merge(...calls).pipe(toArray()));

    expect(answers.map(({ value, error }) => error ?? (value as Uint8Array).length)).toEqual(
      Array.from({ length: 40 }, () => MIB),
    );
  });
});

describe('a peer that has stopped reading', () => {
  /** Connects by hand, proves who it is, registers for `c`, and reads no more. */
  async function deaf(port: number): Promise<NetSocket> {
    const socket = connect(port, '127.0.0.1');
    const handshake = new Handshake('dialer', {
      id: 'deaf',
      node: '',
      key: new Uint8Array(0),
      accept: () => {},
    });
    const assembler = new Assembler(DEFAULT_LIMITS);
    await once(socket, 'connect');
    socket.write(handshake.start() as Uint8Array);
    let known = false;
    while (!known) {
      const [bytes] = await once(socket, 'data');
      assembler.push(bytes);
      for (let value = assembler.next(); value !== undefined && !known; value = assembler.next()) {
        const { send, peer } = handshake.receive(readFrame(value));
        if (send) socket.write(send);
        known = peer !== undefined;
      }
    }
    socket.pause();
    const match = { mask: 0, value: 0 };
    const fields = { object: 'o', match, weight: undefined };
    const registrations = [
      { number: 0, kind: 'notification', command: 'c', target: 0, ...fields },
      { number: 1, kind: 'call', command: 'get', target: 1, ...fields },
    ] as const;
    socket.write(encodeRegistrations(0, registrations, false));
    return socket;
  }

  test('costs a bounded amount of memory, and nobody else anything', async () => {
    const { notifier: b, port } = await listening({ limits: { outbound: MIB }, timeout: 0 });
    const honest = other(port);
    const got: number[] = [];
    honest.notifications('o', ALL, 'c').subscribe(({ id }) => got.push(Number(id)));
    const socket = await deaf(port);
    await knows(b, 3);
    const dropped: string[] = [];
    b.dropped$.subscribe(({ peer, cause }) => dropped.push(`${peer} ${cause}`));
    // What the kernel takes is not known: so much that it is full.
    let reports = 0;
    for (let i = 0; i < 1_000 && dropped.length < 20; i++) {
      const { full } = await firstValueFrom(b.publish('o', i, 'c', new Uint8Array(256 * 1024)));
      reports += full;
      while (got.length <= i) await firstValueFrom(honest.notifications('o', ALL, 'c'));
    }
    expect(dropped).toEqual(Array.from({ length: 20 }, () => 'deaf overflow'));
    expect(reports).toBe(2 * got.length - 20);
    const answer = await firstValueFrom(b.call('o', 1, 'get'));
    expect(answer).toMatchObject({ from: 'deaf', error: { code: 'overflow' } });
    // Gone, and told at once.
    const gone = knows(b, 1);
    socket.resetAndDestroy();
    await gone;
    expect(await firstValueFrom(b.publish('o', 1, 'c', 'on'))).toEqual({ full: 1, slice: null });
  });
});
