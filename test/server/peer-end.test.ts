import { Observable, of } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { FakeSerf, never, userEvent } from './support/fake-serf.ts';
import { ok, refused, WirePeer } from './support/wire-peer.ts';

describe('a Serf that throws when it is unsubscribed from', () => {
  const throwing = () => {
    const serf = new FakeSerf();
    serf.answers.stream = () =>
      new Observable(() => () => {
        throw new Error('teardown');
      });
    return serf;
  };

  test('has its peer hung up on all the same', () => {
    const peer = new WirePeer(throwing()).greet().ask(1, 'stream', { Type: '*' });
    expect(peer.sendBytes(Uint8Array.of(0xc1)).take()).toEqual([ok(1)]);
    expect(peer.hungUp()).toBe(true);
    peer.clock.advance(1_000);
    expect(peer.end?.error).toMatchObject({ code: 'not-msgpack' });
    expect(peer.released()).toBe(true);
  });

  test.each<[string, (peer: WirePeer) => void]>([
    ['closes', (peer) => peer.close()],
    ['ends with the Serf’s other stream', (peer) => peer.ask(2, 'monitor', { LogLevel: 'info' })],
  ])('tells of it when the peer just %s', (_how, end) => {
    const serf = throwing();
    serf.answers.monitor = () => of('last line');
    const peer = new WirePeer(serf).greet().ask(1, 'stream', { Type: '*' });
    end(peer);
    peer.clock.advance(1_000);
    expect(peer.end?.error).toMatchObject({ message: expect.stringContaining('teardown') });
    expect(peer.released()).toBe(true);
  });

  test('may be asked for the same stream again', () => {
    const peer = new WirePeer(throwing()).greet().ask(1, 'stream', { Type: '*' });
    peer.ask(2, 'stop', { Stop: 1 }).ask(1, 'stream', { Type: '*' });
    expect(peer.take()).toEqual([ok(1), refused(2, expect.stringContaining('teardown')), ok(1)]);
    peer.close();
  });
});

describe('the end of a peer', () => {
  const busy = (serf: FakeSerf) => {
    const peer = new WirePeer(serf, { idleTimeout: 60_000 }).greet();
    serf.answers.join = never;
    peer
      .ask(1, 'stream', { Type: '*' })
      .ask(2, 'monitor', { LogLevel: 'info' })
      .ask(3, 'query', { Name: 'q' });
    peer
      .ask(4, 'join', { Existing: ['a'] })
      .ask(5, 'stats')
      .take();
    expect(serf.open).toBe(4);
    return peer;
  };

  test.each<[string, (peer: WirePeer) => void]>([
    [
      'it closes, and has had its time,',
      (peer) => {
        peer.close();
        peer.clock.advance(10_000);
      },
    ],
    ['the connection breaks', (peer) => peer.break(new Error('reset'))],
    ['it is unsubscribed from', (peer) => peer.unsubscribe()],
    ['it is hung up on', (peer) => peer.sendBytes(Uint8Array.of(0xc1))],
  ])('when %s, nothing of it is left', (_how, end) => {
    const serf = new FakeSerf();
    const peer = busy(serf);
    end(peer);
    expect(serf.open).toBe(0);
    peer.clock.advance(1_000);
    expect(peer.released()).toBe(true);
    expect(peer.clock.actions).toEqual([]);
    serf.events$.next(userEvent('a'));
    expect(peer.take()).toEqual([]);
  });

  test('is an error when the connection breaks', () => {
    const peer = new WirePeer(new FakeSerf()).greet();
    const cause = new Error('reset');
    peer.break(cause);
    expect(peer.end?.error).toMatchObject({ code: 'connection-lost', cause });
  });

  test('may come from within', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    serf.answers.event = () =>
      new Observable((subscriber) => {
        peer.close();
        subscriber.next(undefined);
        subscriber.complete();
      });
    peer.ask(1, 'stream', { Type: '*' }).ask(2, 'event', { Name: 'a' }).ask(3, 'stats');
    expect(peer.take()).toEqual([ok(1), ok(2)]);
    expect(peer.end).toEqual({});
    expect(serf.open).toBe(0);
  });

  test('comes at the latest a second after it was hung up on', () => {
    const peer = new WirePeer(new FakeSerf()).ask(1, 'stats');
    peer.clock.advance(999);
    expect(peer.end).toBeUndefined();
    peer.clock.advance(1);
    expect(peer.end?.error).toMatchObject({ code: 'handshake-refused' });
    expect(peer.released()).toBe(true);
  });
});
