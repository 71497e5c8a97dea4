import type { Serf } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { FakeSerf } from './support/fake-serf.ts';
import { ok, refused, WirePeer } from './support/wire-peer.ts';

/** A server that has a Serf for whoever gives no key, and another for the key `s3cret`. */
function scene(concurrency = 1) {
  const everybodys = new FakeSerf();
  const anns = new FakeSerf();
  const authenticate = (key: string): Serf<Uint8Array> => {
    if (key === 's3cret') return anns;
    throw new Error('nobody has this key');
  };
  return { everybodys, anns, peer: new WirePeer(everybodys, { authenticate, concurrency }) };
}

describe('a server with a Serf for peers without a key', () => {
  test('serves them with it', () => {
    const { everybodys, peer } = scene();

    peer.greet().ask(1, 'event', { Name: 'deploy' });
    expect(peer.take()).toEqual([ok(1)]);
    expect(everybodys.calls).toHaveLength(1);
    expect(peer.seen).toEqual([{ type: 'accepted' }]);
  });

  test('gives a peer with a key what is its own, once', () => {
    const { everybodys, anns, peer } = scene();

    peer.greet().ask(1, 'auth', { AuthKey: 's3cret' }).ask(2, 'event', { Name: 'deploy' });
    expect(peer.take()).toEqual([ok(1), ok(2)]);
    expect([everybodys.calls.length, anns.calls.length]).toEqual([0, 1]);
    peer.ask(3, 'auth', { AuthKey: 's3cret' });
    expect(peer.take()).toEqual([refused(3, 'Already authenticated')]);
    expect(peer.seen.filter(({ type }) => type === 'accepted')).toHaveLength(1);
  });

  test('refuses a wrong key, and the peer is what it was', () => {
    const { everybodys, peer } = scene();

    peer.greet().ask(1, 'auth', { AuthKey: 'wrong' }).ask(2, 'event', { Name: 'deploy' });
    expect(peer.take()).toEqual([refused(1, 'Invalid authentication token'), ok(2)]);
    expect(everybodys.calls).toHaveLength(1);
    peer.ask(3, 'auth', { AuthKey: 's3cret' });
    expect(peer.take()).toEqual([ok(3)]);
  });

  test('carries out nothing behind a key until it is known whose it is', async () => {
    const everybodys = new FakeSerf();
    const anns = new FakeSerf();
    let found = (_serf: Serf<Uint8Array>) => {};
    const looked = new Promise<Serf<Uint8Array>>((resolve) => {
      found = resolve;
    });
    const peer = new WirePeer(everybodys, { authenticate: () => looked, concurrency: 8 });

    peer.greet().ask(1, 'auth', { AuthKey: 's3cret' }).ask(2, 'event', { Name: 'deploy' });
    expect(peer.take()).toEqual([]);
    found(anns);
    await looked;
    expect(peer.take()).toEqual([ok(1), ok(2)]);
    expect([everybodys.calls.length, anns.calls.length]).toEqual([0, 1]);
  });
});
