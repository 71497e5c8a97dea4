import { NEVER, Subject } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { FakeSerf } from './support/fake-serf.ts';
import { ok, WirePeer } from './support/wire-peer.ts';

describe('a peer whose stream fails while a request is under way', () => {
  const reason = new Error('n1 is not running');
  const failing = (
    command: string,
    body: object[],
    answer: { join?: Subject<number>; leave?: Subject<void> },
  ) => {
    const serf = new FakeSerf();
    serf.answers.join = () => answer.join ?? NEVER;
    serf.answers.leave = () => answer.leave ?? NEVER;
    const peer = new WirePeer(serf)
      .greet()
      .ask(1, 'stream', { Type: '*' })
      .ask(2, command, ...body);
    peer.take();
    serf.events$.error(reason);
    return peer;
  };
  const join = [{ Existing: ['a'] }];

  test('is hung up on 100 ms later, though that is never answered', () => {
    const peer = failing('join', join, {});
    peer.clock.advance(99);
    expect(peer.hungUp()).toBe(false);
    peer.clock.advance(1);
    expect(peer.hungUp()).toBe(true);
    peer.close();
    expect(peer.end).toEqual({ error: reason });
  });

  test('gets an answer that comes until then', () => {
    const joined = new Subject<number>();
    const peer = failing('join', join, { join: joined });
    peer.clock.advance(50);
    joined.next(1);
    expect(peer.take()).toEqual([ok(2), { Num: 1 }]);
    expect(peer.hungUp()).toBe(true);
  });

  test('has as long as ever to see that its leave was obeyed', () => {
    const left = new Subject<void>();
    const peer = failing('leave', [], { leave: left });
    peer.clock.advance(90);
    left.next();
    expect(peer.take()).toEqual([ok(2)]);
    peer.clock.advance(99);
    expect(peer.hungUp()).toBe(false);
    peer.clock.advance(1);
    expect(peer.hungUp()).toBe(true);
    peer.close();
    expect(peer.end).toEqual({});
  });
});
