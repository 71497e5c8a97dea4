import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { NEVER, type Observable } from 'rxjs';
import { type NotifierOptions, notify } from 'rxserf/notifier';
import { describe, expect, test } from 'vitest';

const ALL = { mask: 0, value: 0 };
const KEY = 'a key that all of them have';
const pem = (name: string) =>
  readFileSync(new URL(`../socket/fixtures/${name}.pem`, import.meta.url), 'utf8');
const tls = { cert: pem('cert'), key: pem('key') };

describe('beyond loopback', () => {
  test.each<[string, NotifierOptions, RegExp]>([
    ['nothing', {}, /a key is needed: option `key`/],
    ['TLS alone', { tls }, /a key is needed/],
    ['insecure alone', { insecure: true }, /a key is needed/],
    ['a key alone', { key: KEY }, /TLS is needed: option `tls`, or `insecure: true`/],
    ['a key and TLS without a certificate', { key: KEY, tls: { ca: tls.cert } }, /cert and key, or pfx/],
  ])('%s is not enough to listen', (_, options, problem) => {
    for (const host of ['0.0.0.0', '::', '192.0.2.1', 'example.org'])
      expect(() => notify([], { host, ...options })).toThrow(
        expect.objectContaining({ code: 'invalid-argument', message: expect.stringMatching(problem) }),
      );
  });

  test.each<[string, NotifierOptions]>([
    ['a key and TLS', { key: KEY, tls }],
    ['a key and `insecure`', { key: KEY, insecure: true }],
    ['one that does not listen', { listen: false }],
  ])('%s will do', (_, options) => {
    expect(() => notify([], { host: '0.0.0.0', ...options })).not.toThrow();
  });

  test('a key is 16 bytes, and is not in what is said about it', () => {
    const problem = (key: unknown) => {
      try {
        notify([], { key: key as string });
      } catch (error) {
        return String(error);
      }
      throw new Error('it was taken');
    };
    for (const key of ['', 'short secret', new Uint8Array(15), 123_456, null])
      expect(problem(key)).toMatch(/16 random bytes or more$/);
  });
});

test.each([null, '2', {}, true, Number.NaN, -1, Number.POSITIVE_INFINITY, () => 1])(
  'a slice is a weight, or an Observable of weights, and not %s',
  (slice) => {
    const options = { slice: slice as number };
    const notifier = notify([], { listen: false });
    const refused = expect.objectContaining({ code: 'invalid-argument' });
    expect(() => notifier.serve('o', ALL, 'c', () => 1, options)).toThrow(refused);
    expect(() => notifier.notifications('o', ALL, 'c', options)).toThrow(refused);
  },
);

test('a port that is taken: everything errors with listen-failed, then and later', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const notifier = notify([], { port });
  const streams = (): Observable<unknown>[] => [
    notifier.peers$,
    notifier.registrations$,
    notifier.dropped$,
    notifier.events$,
    notifier.notifications('o', ALL, 'c'),
    notifier.serve('o', ALL, 'c', () => NEVER),
  ];
  const codes = () =>
    Promise.all(
      streams().map(
        (stream$) =>
          new Promise((resolve) => {
            stream$.subscribe({
              error: ({ code }) => resolve(code),
              complete: () => resolve('complete'),
            });
          }),
      ),
    );
  try {
    const all = Array.from({ length: 6 }, () => 'listen-failed');
    expect(await codes()).toEqual(all);
    expect(await codes()).toEqual(all);
  } finally {
    await notifier.close();
    server.close();
  }
});
