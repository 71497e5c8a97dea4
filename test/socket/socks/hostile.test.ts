import { createServer, type Socket as NodeSocket } from 'node:net';
import { firstValueFrom, toArray } from 'rxjs';
import { InvalidArgumentError } from 'rxserf';
import { detectSocks, socksSocket } from 'rxserf/socket';
import { describe, expect, test } from 'vitest';
import { Address } from '../../../src/address.ts';
import { eventually } from '../../agent/harness/eventually.ts';
import { echo, fakeProxy, listening, talk } from './support.ts';

const GRANTED_5 = [5, 0, 0, 1, 0, 0, 0, 0, 0, 0];

/** A proxy that answers each time with the next of these, a byte at a time if asked to. */
function scripted(answers: readonly (readonly number[])[], byteByByte = false): Promise<number> {
  const next = new Map<NodeSocket, number>();
  return fakeProxy((_, socket) => {
    const at = next.get(socket) ?? 0;
    next.set(socket, at + 1);
    const bytes = answers[at] ?? [];
    if (!byteByByte) socket.write(Uint8Array.from(bytes));
    else {
      const send = (index: number) => {
        if (index < bytes.length)
          socket.write(Uint8Array.of(bytes[index] as number), () => setImmediate(() => send(index + 1)));
      };
      socket.setNoDelay(true);
      send(0);
    }
  });
}

const through = async (proxy: Promise<number>, protocol = 'socks5', userinfo = '') =>
  talk(
    socksSocket({ proxy: `${protocol}://${userinfo}127.0.0.1:${await proxy}`, timeout: 2_000 }),
    '10.0.0.1',
    80,
  );

describe('a proxy that is none, or a bad one', () => {
  const http = [...Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')];

  test.each([
    ['answers HTTP', 'socks5', [http], 'socks-protocol'],
    ['answers HTTP to 4', 'socks4', [http], 'socks-protocol'],
    ['grants by chance, to 4', 'socks4', [[0x53, 90, 0, 0, 0, 0, 0, 0]], 'socks-protocol'],
    ['chooses a method that was not offered', 'socks5', [[5, 1]], 'socks-protocol'],
    ['chooses none', 'socks5', [[5, 255]], 'socks-auth'],
    ['refuses, to 4', 'socks4', [[0, 91, 0, 0, 0, 0, 0, 0]], 'socks-refused'],
    [
      'refuses for a reason nobody knows',
      'socks5',
      [
        [5, 0],
        [5, 99, 0, 1, 0, 0, 0, 0, 0, 0],
      ],
      'socks-refused',
    ],
    [
      'fails',
      'socks5',
      [
        [5, 0],
        [5, 1, 0, 1, 0, 0, 0, 0, 0, 0],
      ],
      'socks-refused',
    ],
  ])('one that %s', async (_, protocol, answers, code) => {
    const { error, text } = await through(scripted(answers), protocol);
    expect(error).toMatchObject({ code });
    expect(error?.cause).toBeUndefined();
    expect(text).toBe('');
  });

  test('one that hangs up, before or in the handshake', async () => {
    expect((await through(fakeProxy((_, socket) => socket.end()))).error).toMatchObject({
      code: 'socks-protocol',
    });
    const later = fakeProxy((_, socket) => socket.end(Uint8Array.of(5)));
    expect((await through(later)).error).toMatchObject({ code: 'socks-protocol' });
  });

  test('one that is not there is Node’s error', async () => {
    const port = await listening(createServer());
    const gone = socksSocket(`socks5://127.0.0.1:${port === 1 ? 2 : 1}`);
    expect((await talk(gone, '10.0.0.1', 80)).error).toMatchObject({ code: 'ECONNREFUSED' });
  });

  test('one that says nothing: for `timeout` ms', async () => {
    const proxy = `socks5://127.0.0.1:${await fakeProxy(() => {})}`;
    const { error } = await talk(socksSocket({ proxy, timeout: 50 }), '10.0.0.1', 80);
    expect(error).toMatchObject({ code: 'connect-timeout' });
  });

  test('one that floods', async () => {
    const { error } = await through(fakeProxy((_, socket) => socket.write(new Uint8Array(8_000_000))));
    expect(error).toMatchObject({ code: 'socks-protocol' });
  });

  test('one that answers byte by byte, and what is right behind the reply', async () => {
    const answers = [
      [5, 0],
      [...GRANTED_5, ...Buffer.from('hi, ping')],
    ];
    expect(await through(scripted(answers, true))).toEqual({ text: 'hi, ping' });
    expect(await through(scripted(answers))).toEqual({ text: 'hi, ping' });
  });

  test('unsubscribing closes the connection in any state', async () => {
    for (const answers of [[], [[5, 0]], [[5, 2]]] as const) {
      const ends: string[] = [];
      let opened = 0;
      const server = createServer((socket) => {
        opened++;
        let at = 0;
        socket.on('data', () => socket.write(Uint8Array.from(answers[at++] ?? [])));
        socket.on('close', () => ends.push('closed'));
      });
      const proxy = `socks5://a:b@127.0.0.1:${await listening(server)}`;
      const subscription = socksSocket(proxy)(new Address('tcp', '10.0.0.1', 80)).subscribe({});
      await eventually('the proxy is asked', () => expect(opened).toBe(1));
      subscription.unsubscribe();
      await eventually('the connection is closed', () => expect(ends).toEqual(['closed']));
    }
    // Before anything is opened.
    socksSocket('socks5://127.0.0.1:1')(new Address('tcp', '10.0.0.1', 80))
      .subscribe({})
      .unsubscribe();
  });

  test('random credentials differ with each connection', async () => {
    const seen: string[] = [];
    const proxy = `socks5://127.0.0.1:${await fakeProxy((bytes, socket) => {
      if (bytes[0] === 5) socket.write(Uint8Array.of(5, 2));
      else {
        seen.push(bytes.toString('hex'));
        socket.end(Uint8Array.of(1, 1));
      }
    })}`;
    const socket = socksSocket({ proxy, auth: 'random' });
    for (let n = 0; n < 3; n++)
      expect((await talk(socket, '10.0.0.1', 80)).error).toMatchObject({ code: 'socks-auth' });
    expect(new Set(seen).size).toBe(3);
  });
});

describe('misuse', () => {
  const long = 'x'.repeat(300);
  test.each([
    ['no URL', '127.0.0.1:1080'],
    ['another scheme', 'http://127.0.0.1:1080'],
    ['no host', 'socks5://'],
    ['a port that is none', 'socks5://127.0.0.1:99999'],
    ['a user of 300 bytes', `socks5://${long}:p@127.0.0.1`],
    ['a password of 300 bytes', `socks5://u:${long}@127.0.0.1`],
    ['200 characters of 2 bytes', `socks5://u:${'%C3%A9'.repeat(200)}@127.0.0.1`],
    ['a user without a password', 'socks5://s3cret@127.0.0.1'],
    ['an empty user', 'socks5://:s3cret@127.0.0.1'],
    ['a password for SOCKS 4', 'socks4://u:s3cret@127.0.0.1'],
    ['a NUL for SOCKS 4', 'socks4://u%00s3cret@127.0.0.1'],
    ['bad percent-encoding', 'socks5://u:s3cret%@127.0.0.1'],
    ['a slash in the password', 'socks5://u:s3cret/x@127.0.0.1'],
  ])('%s is told at the call, without the credentials', (_, proxy) => {
    let error: unknown;
    try {
      socksSocket(proxy);
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(String(error)).not.toMatch(/s3cret|xxx/);
  });

  test.each([
    ['a name, with SOCKS 4', 'socks4', 'name.example', /look names up/],
    ['IPv6, with SOCKS 4', 'socks4', '::1', /IPv6/],
    ['IPv6, with SOCKS 4a', 'socks4a', '::1', /IPv6/],
    ['a name of 300 bytes', 'socks5', 'n'.repeat(300), /255 bytes/],
    ['a zone', 'socks5', 'fe80::1%lo', /zones/],
  ])('%s', async (_, protocol, host, message) => {
    const { error } = await talk(socksSocket(`${protocol}://127.0.0.1:1`), host, 80);
    expect(error).toBeInstanceOf(InvalidArgumentError);
    expect(error?.message).toMatch(message);
  });

  test('a WebSocket address', () => {
    expect(() => socksSocket('socks5://127.0.0.1:1')(new Address('wss', 'a', 1))).toThrow(/wss/);
  });

  test('TLS options and an address in plain text', () => {
    const socket = socksSocket({ proxy: 'socks5://127.0.0.1:1', tls: {} });
    expect(() => socket(new Address('tcp', 'a', 1))).toThrow(/plain text/);
  });

  test('detectSocks: addresses that are none, and nobody who answers', async () => {
    expect(() => detectSocks('socks5://a')).toThrow(InvalidArgumentError);
    expect(() => detectSocks(['a:99999'])).toThrow(InvalidArgumentError);
    const silent = `127.0.0.1:${await fakeProxy(() => {})}`;
    const hello = `127.0.0.1:${await echo()}`;
    expect(await firstValueFrom(detectSocks([silent, hello], { timeout: 50 }).pipe(toArray()))).toEqual([]);
    const socks4 = await fakeProxy((bytes, socket) => {
      if (bytes[0] === 4) socket.end(Uint8Array.of(0, 91, 0, 0, 0, 0, 0, 0));
      else socket.end();
    });
    expect(await firstValueFrom(detectSocks(`127.0.0.1:${socks4}`))).toMatchObject({ protocol: 'socks4' });
  });
});
