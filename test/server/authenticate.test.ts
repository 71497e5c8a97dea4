import { InvalidArgumentError, type Serf } from 'rxserf';
import { listen, type ServeOptions, serve } from 'rxserf/server';
import { describe, expect, test } from 'vitest';
import { FakeSerf } from './support/fake-serf.ts';
import { ok, refused, WirePeer } from './support/wire-peer.ts';

const INVALID = 'Invalid authentication token';

/** Gives `ann` and `bob` a Serf each. */
function identities() {
  const serfs = new Map([
    ['ann', new FakeSerf()],
    ['bob', new FakeSerf()],
  ]);
  const authenticate = (key: string): Serf<Uint8Array> => {
    const serf = serfs.get(key);
    if (!serf) throw new Error(`there is no ${key}`);
    return serf;
  };
  return { serfs, authenticate };
}

describe('authenticate', () => {
  test('gives each peer the Serf of its key, and nothing to one without', () => {
    const { serfs, authenticate } = identities();
    const ann = new WirePeer(undefined, { authenticate }).greet('ann').ask(1, 'event', { Name: 'a' });
    const bob = new WirePeer(undefined, { authenticate }).greet('bob').ask(1, 'event', { Name: 'b' });
    const none = new WirePeer(undefined, { authenticate }).greet().ask(1, 'event', { Name: 'c' });

    expect([ann, bob].map((peer) => peer.take())).toEqual([[ok(1)], [ok(1)]]);
    expect(none.take()).toEqual([refused(1, 'Authentication required')]);
    const fired = [...serfs.values()].map(({ calls }) => calls.map((call) => call.slice(0, 2)));
    expect(fired).toEqual([[['event', 'a']], [['event', 'b']]]);
  });

  test('the reason stays here; a further try is allowed, but none after the right key', () => {
    const { authenticate } = identities();
    const peer = new WirePeer(undefined, { authenticate }).greet();
    expect(peer.ask(1, 'auth', { AuthKey: 'eve' }).take()).toEqual([refused(1, INVALID)]);
    expect(peer.seen).toMatchObject([
      {
        type: 'refused',
        command: 'auth',
        error: { code: 'auth-invalid', cause: { message: 'there is no eve' } },
      },
    ]);
    expect(peer.ask(2, 'auth', { AuthKey: 'ann' }).take()).toEqual([ok(2)]);
    expect(peer.ask(3, 'auth', { AuthKey: 'bob' }).take()).toEqual([refused(3, 'Already authenticated')]);
    expect(peer.seen.filter(({ type }) => type === 'accepted')).toHaveLength(1);
  });

  test.each<[string, ServeOptions['authenticate']]>([
    [
      'throws',
      () => {
        throw new Error('no');
      },
    ],
    ['rejects', () => Promise.reject(new Error('no'))],
    ['rejects with nothing', () => Promise.reject()],
    ['gives nobody', () => undefined as never],
    ['promises nobody', () => Promise.resolve(undefined as never)],
  ])('one that %s refuses the key', async (_how, authenticate) => {
    const peer = new WirePeer(undefined, authenticate && { authenticate }).greet();
    peer.ask(1, 'auth', { AuthKey: 'ann' });
    await expect.poll(() => peer.take(), { interval: 1 }).toEqual([refused(1, INVALID)]);
    expect(peer.hungUp()).toBe(false);
  });

  test('what stands behind a key waits until it is known, unread, and within a bound', () => {
    const peer = new WirePeer(undefined, { authenticate: () => new Promise(() => {}) }).greet();
    peer.ask(1, 'auth', { AuthKey: 'ann' }).ask(2, 'members');
    expect(peer.take()).toEqual([]);
    expect(peer.paused).toBe(true);
    peer.sendBytes(new Uint8Array(100_000));
    expect(peer.hungUp()).toBe(false);
    peer.sendBytes(new Uint8Array(100_000));
    expect(peer.hungUp()).toBe(true);
  });

  test('a large request right behind the key is read with the limits of one who is accepted', async () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(undefined, { authenticate: async () => serf }).greet();
    peer.ask(1, 'auth', { AuthKey: 'ann' }).ask(2, 'event', { Name: 'a', Payload: new Uint8Array(100_000) });
    await expect.poll(() => serf.calls.length, { interval: 1 }).toBe(1);
    expect(peer.take()).toEqual([ok(1), ok(2)]);
    expect(peer.paused).toBe(false);
  });

  test('a key that is looked at for ever ends with handshakeTimeout', () => {
    const peer = new WirePeer(undefined, { authenticate: () => new Promise(() => {}) }).greet();
    peer.ask(1, 'auth', { AuthKey: 'ann' });
    peer.clock.advance(10_000);
    expect(peer.hungUp()).toBe(true);
  });

  test.each<[Serf<Uint8Array> | undefined, ServeOptions, string]>([
    [undefined, {}, 'authenticate'],
    [new FakeSerf(), { authKey: 'k', authenticate: () => new FakeSerf() }, 'not both'],
    [new FakeSerf(), { authenticate: 'k' as never }, 'authenticate'],
    [new FakeSerf(), { concurrency: 0 }, 'concurrency'],
    [new FakeSerf(), { concurrency: 1.5 }, 'concurrency'],
  ])('throws at the call: case %#', (serf, options, what) => {
    for (const call of [() => serve(serf, undefined as never, options), () => listen(serf, options)]) {
      expect(call).toThrow(InvalidArgumentError);
      expect(call).toThrow(what);
    }
  });
});
