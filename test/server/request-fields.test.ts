import { ProtocolError } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { FakeSerf } from './support/fake-serf.ts';
import { WirePeer } from './support/wire-peer.ts';

test.each<[command: string, body: unknown]>([
  ['handshake', { Version: 1.5 }],
  ['handshake', { Version: 2 ** 31 }],
  ['handshake', { Version: 2n ** 62n }],
  ['query', { Name: 'q', RelayFactor: 300 }],
  ['query', { Name: 'q', RelayFactor: -1 }],
  ['query', { Name: 'q', RelayFactor: 1.5 }],
  ['query', { Name: 'q', RelayFactor: 2n ** 40n }],
  ['query', { Name: 'q', Timeout: 0.5 }],
  ['tags', { Tags: { a: 1 } }],
])('a field of %s that it cannot have, %o, is the peer’s last, as with an agent', (command, body) => {
  const serf = new FakeSerf();
  const peer = new WirePeer(serf).greet().ask(1, command, body).ask(2, 'stats');
  expect(peer.take()).toEqual([]);
  expect(serf.calls).toEqual([]);
  expect(peer.hungUp()).toBe(true);
  peer.close();
  expect(peer.end?.error).toBeInstanceOf(ProtocolError);
  expect(peer.end?.error).toMatchObject({ code: 'unexpected-shape' });
});

describe('in a table, nil is an empty text, as for an agent:', () => {
  test.each<[command: string, body: object, call: unknown[]]>([
    ['tags', { Tags: { a: null, b: 'c' } }, ['tags', { set: { a: '', b: 'c' }, delete: [] }]],
    ['members-filtered', { Tags: { a: null } }, ['members', { tags: { a: '' } }]],
    [
      'query',
      { Name: 'q', FilterTags: { a: null } },
      ['query', 'q', new Uint8Array(0), expect.objectContaining({ filterTags: { a: '' } })],
    ],
  ])('%s %o', (command, body, call) => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet().ask(1, command, body);
    expect(peer.hungUp()).toBe(false);
    expect(serf.calls).toEqual([call]);
  });
});
