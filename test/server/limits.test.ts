import { encode } from '@msgpack/msgpack';
import { NEVER } from 'rxjs';
import { InvalidArgumentError, ProtocolError } from 'rxserf';
import { type ServeOptions, serve } from 'rxserf/server';
import { describe, expect, test } from 'vitest';
import { FakeSerf, member, userEvent } from './support/fake-serf.ts';
import { ok, refused, WirePeer } from './support/wire-peer.ts';

/** The code that a peer was ended with. */
function codeOf(peer: WirePeer): unknown {
  expect(peer.hungUp()).toBe(true);
  peer.buffered = 0;
  peer.close();
  const error = peer.end?.error;
  expect(error).toBeInstanceOf(ProtocolError);
  return (error as ProtocolError).code;
}

describe('what is not the protocol ends the peer, and gets what was asked before an answer', () => {
  const raw = (...values: number[]) => Uint8Array.from(values);

  test.each<[string, Uint8Array, string]>([
    ['a byte that begins nothing', raw(0xc1), 'not-msgpack'],
    ['HTTP', Buffer.from('GET / HTTP/1.1\r\n\r\n'), 'unexpected-shape'],
    ['TLS', raw(0x16, 3, 1, 2, 0, 1, 0, 1, 0xfc, 3, 3), 'unexpected-shape'],
    ['an extension type', raw(0xd4, 1, 0), 'unexpected-shape'],
    ['nil', raw(0xc0), 'unexpected-shape'],
    ['a list', encode(['stats', 1]), 'unexpected-shape'],
    ['a header without a Command', encode({ Seq: 1 }), 'unexpected-shape'],
    ['a response', encode({ Error: '', Seq: 1 }), 'unexpected-shape'],
    ['a negative Seq', encode({ Command: 'stats', Seq: -1 }), 'unexpected-shape'],
    ['a Seq that is no integer', encode({ Command: 'stats', Seq: 1.5 }), 'unexpected-shape'],
    ['a Seq that is a text', encode({ Command: 'stats', Seq: '1' }), 'unexpected-shape'],
    ['a key that is no text', encode(new Map([[1, 2]])), 'unexpected-shape'],
    ['a message that is too large', raw(0xdb, 0x7f, 0xff, 0xff, 0xff), 'frame-too-large'],
    ['a promise of too many values', raw(0xdd, 0x00, 0x02, 0x00, 0x00), 'frame-too-large'],
    ['a message that nests too deeply', new Uint8Array(100).fill(0x91), 'too-deep'],
  ])('%s', (_what, garbage, code) => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    peer.sendBytes(Buffer.concat([encode({ Command: 'stop', Seq: 1 }), encode({ Stop: 1 }), garbage]));

    expect(peer.take()).toEqual([ok(1)]);
    expect(peer.ask(2, 'stats').take()).toEqual([]);
    expect(codeOf(peer)).toBe(code);
    expect(serf.calls).toEqual([]);
  });

  test.each<[string, unknown]>([
    ['event', { Name: 7 }],
    ['event', { Name: 'a', Payload: [1] }],
    ['event', ['a']],
    ['tags', { Tags: { a: 1 } }],
    ['tags', { DeleteTags: [1] }],
    ['tags', { DeleteTags: 'a' }],
    ['join', { Existing: 'a' }],
    ['stop', { Stop: 'a' }],
    ['stop', { Stop: -1 }],
    ['stop', { Stop: 1.5 }],
    ['stop', { Stop: -(2n ** 60n) }],
    ['respond', { ID: -1 }],
    ['respond', { ID: 1.5 }],
    ['stream', { Type: ['*'] }],
    ['query', { Name: 'a', Timeout: '1s' }],
    ['respond', 7],
    ['use-key', { Key: Uint8Array.of(1) }],
  ])('a body of %s that is %o: without an answer, as with an agent', (command, body) => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet().ask(1, command, body).ask(2, 'stats');
    expect(peer.take()).toEqual([]);
    expect(serf.calls).toEqual([]);
    expect(codeOf(peer)).toBe('unexpected-shape');
  });

  test('a body that is nil is one without fields', () => {
    expect(new WirePeer(new FakeSerf()).greet().ask(1, 'stop', null).take()).toEqual([ok(1)]);
  });

  test('requests are read whole, wherever they are cut', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf);
    const requests = [
      { Command: 'handshake', Seq: 0 },
      { Version: 1 },
      { Command: 'event', Seq: 1 },
      { Name: 'a', Payload: new Uint8Array(300) },
      { Command: 'members', Seq: 2 },
    ];
    for (const byte of Buffer.concat(requests.map((value) => encode(value)))) {
      peer.sendBytes(Uint8Array.of(byte));
    }
    expect(peer.take()).toEqual([ok(0), ok(1), ok(2), { Members: expect.anything() }]);
  });
});

describe('limits', () => {
  const blocked = (limits: ServeOptions['limits']) => {
    const serf = new FakeSerf();
    serf.answers.join = () => NEVER;
    const peer = new WirePeer(serf, limits ? { limits } : {}).greet();
    return peer.ask(1, 'join', { Existing: ['a'] });
  };

  test('frameBytes: of one request', () => {
    const peer = new WirePeer(new FakeSerf(), { limits: { frameBytes: 100 } }).greet();
    expect(peer.ask(1, 'event', { Name: 'a'.repeat(80) }).take()).toEqual([ok(1)]);
    peer.ask(2, 'event', { Name: 'a'.repeat(100) });
    expect(codeOf(peer)).toBe('frame-too-large');
  });

  test('requests: that wait', () => {
    const peer = blocked({ requests: 3 });
    for (let seq = 2; seq <= 4; seq++) peer.ask(seq, 'stats');
    expect(peer.hungUp()).toBe(false);
    peer.ask(5, 'stats');
    expect(codeOf(peer)).toBe('overflow');
    expect(peer.end?.error).toMatchObject({
      message: 'more than 3 requests wait for an answer (limits.requests)',
    });
  });

  test('requests: a flood of them ends at the default', () => {
    const peer = blocked(undefined);
    const stop = encode({ Command: 'stats', Seq: 2 });
    peer.sendBytes(Buffer.concat(Array.from({ length: 10_001 }, () => stop)));
    expect(codeOf(peer)).toBe('overflow');
  });

  test('requestBytes: of those that wait, and no longer', () => {
    // 200 bytes of text, 29 others and 3 values each.
    const peer = blocked({ requestBytes: 4 * (229 + 3 * 48) });
    for (let seq = 2; seq <= 5; seq++) peer.ask(seq, 'event', { Name: 'a'.repeat(200) });
    expect(peer.hungUp()).toBe(false);
    peer.ask(6, 'stop', null);
    expect(codeOf(peer)).toBe('overflow');

    const busy = new WirePeer(new FakeSerf(), { limits: { requestBytes: 1_000 } }).greet();
    for (let seq = 0; seq < 100; seq++) busy.ask(seq, 'event', { Name: 'a'.repeat(500) });
    expect(busy.take()).toHaveLength(100);
  });

  test('requestBytes: of values, that take few bytes on the wire and many in memory', () => {
    const peer = blocked(undefined);
    const maps = { Name: 'a', x: Array.from({ length: 40_000 }, () => ({})) };
    for (let seq = 2; seq <= 3; seq++) peer.ask(seq, 'event', maps);
    expect(peer.hungUp()).toBe(false);
    peer.ask(4, 'event', maps);
    expect(codeOf(peer)).toBe('overflow');
    expect(peer.end?.error).toMatchObject({ message: expect.stringContaining('limits.requestBytes') });
  });

  test('streams: one too many is refused, until one is over', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf, { limits: { streams: 3 } }).greet();
    peer
      .ask(1, 'stream', { Type: '*' })
      .ask(2, 'monitor', { LogLevel: 'info' })
      .ask(3, 'query', { Name: 'q' });
    expect(peer.take()).toEqual([ok(1), ok(2), ok(3)]);

    peer.ask(4, 'stream', { Type: '*' }).ask(5, 'query', { Name: 'q' });
    expect(peer.take()).toEqual([refused(4, 'Too many streams'), refused(5, 'Too many streams')]);
    expect(serf.open).toBe(3);

    serf.replies$.complete();
    peer.take();
    peer.ask(6, 'stream', { Type: '*' }).ask(7, 'stream', { Type: '*' }).ask(8, 'stop', { Stop: 1 });
    peer.ask(9, 'stream', { Type: '*' });
    expect(peer.take()).toEqual([ok(6), refused(7, 'Too many streams'), ok(8), ok(9)]);
  });

  test('streams: a filter of very many parts is refused, and the connection lives on', () => {
    const serf = new FakeSerf();
    const filter = (parts: number) => Array.from({ length: parts }, (_, i) => `user:${i}`).join(',');
    const peer = new WirePeer(serf).greet().ask(1, 'stream', { Type: filter(1_024) });
    peer.ask(2, 'stream', { Type: filter(1_025) }).ask(3, 'stop', { Stop: 1 });
    expect(peer.take()).toEqual([ok(1), refused(2, 'Too many parts in an event filter'), ok(3)]);
  });

  test('streams: a flood of them ends at the default', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    for (let seq = 1; seq <= 2_000; seq++) peer.ask(seq, 'stream', { Type: '*' });
    expect(serf.open).toBe(1_024);
    peer.close();
    expect(serf.open).toBe(0);
  });
});

describe('a peer that is not accepted yet', () => {
  const authKey = 's3cret';
  const maps = (length: number) => ({ x: Array.from({ length }, () => ({})) });

  test('may send small requests only, that are refused', () => {
    const peer = new WirePeer(new FakeSerf(), { authKey }).greet();
    peer.ask(1, 'event', { Name: 'a'.repeat(60_000) }).ask(2, 'event', maps(990));
    expect(peer.take()).toEqual([1, 2].map((seq) => refused(seq, 'Authentication required')));
    expect(peer.hungUp()).toBe(false);
  });

  test.each([
    ['bytes', { Name: 'a'.repeat(65_536) }],
    ['values', maps(1_000)],
  ])('is hung up on for one of many %s', (_what, body) => {
    const peer = new WirePeer(new FakeSerf(), { authKey }).greet().ask(1, 'event', body);
    expect(peer.take()).toEqual([]);
    expect(codeOf(peer)).toBe('frame-too-large');
  });

  test('may send large ones right behind its key', () => {
    const peer = new WirePeer(new FakeSerf(), { authKey });
    peer.send(
      { Command: 'handshake', Seq: 0 },
      { Version: 1 },
      { Command: 'auth', Seq: 1 },
      { AuthKey: authKey },
      { Command: 'event', Seq: 2 },
      { Name: 'a'.repeat(100_000), ...maps(2_000) },
    );
    expect(peer.take()).toEqual([ok(0), ok(1), ok(2)]);
  });

  test('has the limits of all, where these are smaller', () => {
    const peer = new WirePeer(new FakeSerf(), { limits: { frameBytes: 100 } });
    peer.ask(0, 'a'.repeat(100));
    expect(codeOf(peer)).toBe('frame-too-large');
  });

  test('is hung up on when it does not read its answers: nothing of its waits', () => {
    const peer = new WirePeer(new FakeSerf(), { authKey, limits: { outboundBytes: 5_000 } }).greet();
    peer.buffered = 5_000;
    expect(peer.ask(1, 'event', {}).take()).toEqual([refused(1, 'Authentication required')]);
    peer.buffered = 5_001;
    expect(peer.ask(2, 'event', {}).take()).toEqual([]);
    expect(codeOf(peer)).toBe('overflow');
  });
});

describe('a peer that reads too slowly', () => {
  const limits = { outboundBytes: 1_000 };
  const record = (seq: number, name: string) => [ok(seq), expect.objectContaining({ Name: name })];

  test('misses records, which is told, and gets what comes when it has caught up', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf, { limits }).greet().ask(1, 'stream', { Type: 'user' });
    peer.take();

    peer.buffered = 1_000;
    serf.events$.next(userEvent('fits'));
    peer.buffered = 1_001;
    serf.events$.next(userEvent('lost'));
    serf.events$.next(userEvent('lost'));
    peer.buffered = 0;
    serf.events$.next(userEvent('next'));

    expect(peer.take()).toEqual([...record(1, 'fits'), ...record(1, 'next')]);
    const dropped = { type: 'dropped', cause: 'slow', command: 'stream', subject: 'user' };
    expect(peer.seen.slice(1)).toEqual([
      { ...dropped, total: 1 },
      { ...dropped, total: 2 },
    ]);
  });

  test('misses replies to its query, but not the end', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf, { limits }).greet().ask(1, 'query', { Name: 'load' });
    peer.buffered = 1_001;
    serf.replies$.next({ type: 'ack', from: 'n1' });
    serf.replies$.complete();
    expect(peer.take()).toEqual([ok(1), ok(1), { From: '', Payload: null, Type: 'done' }]);
    expect(peer.seen.at(-1)).toMatchObject({ type: 'dropped', command: 'query', subject: 'load' });
  });

  test('is disconnected, where that is wished', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf, { limits, slowConsumer: 'disconnect' }).greet();
    peer.ask(1, 'stream', { Type: '*' }).take();
    peer.buffered = 1_001;
    serf.events$.next(userEvent('a'));
    serf.events$.next(userEvent('a'));

    expect(peer.take()).toEqual([]);
    expect(serf.open).toBe(0);
    expect(codeOf(peer)).toBe('overflow');
  });

  test('is not one whose socket has had no turn yet to write what a burst of ours has made', () => {
    const serf = new FakeSerf();
    let written = 0;
    const peer: WirePeer = new WirePeer(serf, { limits, slowConsumer: 'disconnect' }, (bytes) => {
      if (written++ > 3) peer.buffered += bytes.length;
    }).greet();
    peer.ask(1, 'stream', { Type: '*' }).take();
    const event = userEvent('a', 'x'.repeat(300));
    for (let i = 0; i < 5; i++) serf.events$.next(event);
    expect(peer.buffered).toBeGreaterThan(1_000);
    expect(peer.hungUp()).toBe(false);
    // Here is the turn, but nothing is read.
    peer.clock.advance(1);
    serf.events$.next(event);
    expect(codeOf(peer)).toBe('overflow');
  });

  test('is one for whom a burst has made twice as much as may wait', () => {
    const serf = new FakeSerf();
    const peer: WirePeer = new WirePeer(serf, { limits, slowConsumer: 'disconnect' }, (bytes) => {
      peer.buffered += bytes.length;
    });
    peer.greet().ask(1, 'stream', { Type: '*' }).take();
    for (let i = 0; i < 8; i++) serf.events$.next(userEvent('a', 'x'.repeat(300)));
    expect(codeOf(peer)).toBe('overflow');
  });

  test('has to wait for answers: its next request is begun when it has caught up', () => {
    const serf = new FakeSerf();
    serf.nodes = Array.from({ length: 100 }, (_, i) => member(`n${i}`));
    const peer = new WirePeer(serf, { limits }).greet();
    peer.buffered = 1_001;
    peer.ask(1, 'members').ask(2, 'members');
    peer.clock.advance(10_000);
    expect(peer.take()).toEqual([]);
    expect(serf.calls).toEqual([]);

    peer.buffered = 0;
    peer.clock.advance(10);
    expect(peer.take()).toEqual([ok(1), expect.anything(), ok(2), expect.anything()]);
    expect(peer.clock.actions).toEqual([]);
  });

  test('cannot have answers pile up', () => {
    const peer = new WirePeer(new FakeSerf(), { limits: { ...limits, requests: 10 } }).greet();
    peer.buffered = 1_001;
    for (let seq = 0; seq < 11; seq++) peer.ask(seq, 'members');
    expect(peer.take()).toEqual([]);
    expect(codeOf(peer)).toBe('overflow');
  });
});

describe('deadlines', () => {
  test('handshakeTimeout: a peer that says nothing is ended after 10 s', () => {
    const peer = new WirePeer(new FakeSerf());
    peer.clock.advance(9_999);
    expect(peer.hungUp()).toBe(false);
    peer.clock.advance(1);
    expect(codeOf(peer)).toBe('peer-timeout');
  });

  test('handshakeTimeout: one that does not give the key is, too, whatever else it says', () => {
    const peer = new WirePeer(new FakeSerf(), { authKey: 's3cret', handshakeTimeout: 100 }).greet();
    peer.clock.advance(99);
    peer.ask(1, 'auth', { AuthKey: 'x' }).ask(2, 'members');
    peer.clock.advance(1);
    expect(codeOf(peer)).toBe('peer-timeout');
  });

  test('handshakeTimeout: one that does may then be silent for ever', () => {
    const peer = new WirePeer(new FakeSerf(), { authKey: 's3cret' }).greet('s3cret');
    peer.clock.advance(10 ** 9);
    expect(peer.hungUp()).toBe(false);
  });

  test('handshakeTimeout: 0 is for ever', () => {
    const peer = new WirePeer(new FakeSerf(), { handshakeTimeout: 0 });
    peer.clock.advance(10 ** 9);
    expect(peer.hungUp()).toBe(false);
  });

  test('idleTimeout: a peer that asks for nothing is ended', () => {
    const peer = new WirePeer(new FakeSerf(), { idleTimeout: 1_000 }).greet();
    peer.clock.advance(999);
    peer.ask(1, 'stop', {});
    peer.clock.advance(999);
    expect(peer.hungUp()).toBe(false);
    peer.clock.advance(1);
    expect(codeOf(peer)).toBe('peer-timeout');
  });

  test('idleTimeout: one that listens, or waits for an answer, is not', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf, { idleTimeout: 1_000 }).greet().ask(1, 'stream', { Type: '*' });
    peer.clock.advance(100_000);
    peer.ask(2, 'query', { Name: 'q' }).ask(3, 'stop', { Stop: 1 });
    peer.clock.advance(100_000);
    serf.answers.join = () => NEVER;
    peer.ask(4, 'join', { Existing: ['a'] });
    serf.replies$.complete();
    peer.clock.advance(100_000);
    expect(peer.hungUp()).toBe(false);
  });

  test('idleTimeout: it begins anew when the last of that is over', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf, { idleTimeout: 1_000 }).greet().ask(2, 'query', { Name: 'q' });
    peer.clock.advance(5_500);
    serf.replies$.complete();
    peer.clock.advance(500);
    expect(peer.hungUp()).toBe(false);
    peer.clock.advance(1_000);
    expect(peer.hungUp()).toBe(true);
  });
});

test.each<[ServeOptions, string]>([
  [{ authKey: 7 as never }, 'authKey'],
  [{ slowConsumer: 'wait' as never }, 'slowConsumer'],
  [{ handshakeTimeout: -1 }, 'handshakeTimeout'],
  [{ idleTimeout: Number.NaN }, 'idleTimeout'],
  [{ queryGrace: 2 ** 31 }, 'queryGrace'],
  [{ limits: { frameBytes: 0 } }, 'limits.frameBytes'],
  [{ limits: { requests: '1' as never } }, 'limits.requests'],
])('the options %j throw at the call', (options, name) => {
  const call = () => serve(new FakeSerf(), undefined as never, options);
  expect(call).toThrow(InvalidArgumentError);
  expect(call).toThrow(name);
});
