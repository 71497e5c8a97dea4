import { describe, expect, test } from 'vitest';
import { FakeSerf, userEvent } from './support/fake-serf.ts';
import { ok, refused, WirePeer } from './support/wire-peer.ts';

const filterOf = (length: number) => `user:${'x'.repeat(length - 5)}`;

describe('what a peer has open takes no more memory than its limits say:', () => {
  test('streams whose filters are together longer than 262,144 characters are refused', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    peer.ask(1, 'stream', { Type: filterOf(200_000) }).ask(2, 'stream', { Type: filterOf(62_144) });
    peer.ask(3, 'stream', { Type: '*' });
    expect(peer.take()).toEqual([ok(1), ok(2), refused(3, 'Too many streams')]);
    expect(serf.open).toBe(2);
  });

  test('those that are over do not count', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    for (let seq = 0; seq < 10; seq++) {
      peer.ask(seq, 'stream', { Type: filterOf(200_000) }).ask(100, 'stop', { Stop: seq });
      expect(peer.take()).toEqual([ok(seq), ok(100)]);
    }
  });

  test('the name of a query counts as well', () => {
    const peer = new WirePeer(new FakeSerf()).greet().ask(1, 'query', { Name: 'x'.repeat(262_145) });
    expect(peer.take()).toEqual([refused(1, 'Too many streams')]);
  });

  test('as many streams as may be, with filters as they are in life', () => {
    const peer = new WirePeer(new FakeSerf()).greet();
    for (let seq = 0; seq < 1_024; seq++) peer.ask(seq, 'stream', { Type: filterOf(256) });
    expect(peer.take()).toEqual(Array.from({ length: 1_024 }, (_, seq) => ok(seq)));
  });
});

test('of a long filter, a report of a record dropped has the first 200 characters', () => {
  const serf = new FakeSerf();
  const filter = filterOf(100_000);
  const peer = new WirePeer(serf, { limits: { outboundBytes: 10 } })
    .greet()
    .ask(1, 'stream', { Type: filter });
  peer.buffered = 11;
  serf.events$.next(userEvent('a'));
  expect(peer.seen.at(-1)).toMatchObject({ type: 'dropped', subject: filter.slice(0, 200) });
});
