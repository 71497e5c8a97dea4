import { NEVER, Subject, throwError } from 'rxjs';
import { InvalidArgumentError } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { FakeSerf } from './support/fake-serf.ts';
import { ok, refused, WirePeer } from './support/wire-peer.ts';

const log = (line: string) => ({ Log: line });

describe('concurrency', () => {
  test('answers come as they are ready', () => {
    const serf = new FakeSerf();
    const joined = new Subject<number>();
    serf.answers.join = () => joined;
    const peer = new WirePeer(serf, { concurrency: 4 }).greet();
    peer
      .ask(1, 'join', { Existing: ['a'] })
      .ask(2, 'stop', { Stop: 9 })
      .ask(3, 'event', { Name: 'e' });
    expect(peer.take()).toEqual([ok(2), ok(3)]);
    joined.next(1);
    expect(peer.take()).toEqual([ok(1), { Num: 1 }]);
  });

  test('is a bound: one more waits for one of them', () => {
    const serf = new FakeSerf();
    const joined = [new Subject<number>(), new Subject<number>()];
    let asked = 0;
    serf.answers.join = () => joined[asked++] ?? NEVER;
    const peer = new WirePeer(serf, { concurrency: 2 }).greet();
    for (let seq = 1; seq <= 3; seq++) peer.ask(seq, 'join', { Existing: ['a'] });
    peer.ask(4, 'stop', { Stop: 9 });
    expect(asked).toBe(2);
    expect(peer.take()).toEqual([]);
    joined[1]?.next(1);
    expect(asked).toBe(3);
    expect(peer.take()).toEqual([ok(2), { Num: 1 }]);
    joined[0]?.next(1);
    expect(peer.take()).toEqual([ok(1), { Num: 1 }, ok(4)]);
  });

  test('a connection has as many monitors as it asks for, each stopped by its Seq', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf, { concurrency: 2 }).greet();
    peer.ask(1, 'monitor', { LogLevel: 'INFO' }).ask(2, 'monitor', { LogLevel: 'DEBUG' });
    expect(peer.ask(2, 'monitor', { LogLevel: 'WARN' }).take()).toEqual([
      ok(1),
      ok(2),
      refused(2, 'Monitor already exists'),
    ]);
    serf.lines$.next('a');
    expect(peer.take()).toEqual([ok(1), log('a'), ok(2), log('a')]);
    peer.ask(3, 'stop', { Stop: 1 }).take();
    serf.lines$.next('b');
    expect(peer.take()).toEqual([ok(2), log('b')]);
  });

  test('a pattern that is not RE2 is refused, and the connection lives on', () => {
    const serf = new FakeSerf();
    const message = 'not valid RE2 (no look-around, no back-references): name "(?=a)"';
    serf.answers.members = () => throwError(() => new InvalidArgumentError('invalid-pattern', message));
    const peer = new WirePeer(serf, { concurrency: 2 }).greet();
    expect(peer.ask(1, 'members-filtered', { Name: '(?=a)' }).take()).toEqual([
      refused(1, message),
      { Members: [] },
    ]);
    expect(peer.ask(2, 'stop', { Stop: 1 }).take()).toEqual([ok(2)]);
  });

  test('what a peer asks before it is accepted is carried out one after the other', () => {
    const peer = new WirePeer(new FakeSerf(), { concurrency: 8, authKey: 'k' });
    peer.ask(0, 'handshake', { Version: 1 }).ask(1, 'auth', { AuthKey: 'k' }).ask(2, 'stop', { Stop: 1 });
    expect(peer.take()).toEqual([ok(0), ok(1), ok(2)]);
  });

  test('when a stream ends, all that is under way is answered before the connection closes', () => {
    const serf = new FakeSerf();
    const joined = [new Subject<number>(), new Subject<number>()];
    let asked = 0;
    serf.answers.join = () => joined[asked++] ?? NEVER;
    const peer = new WirePeer(serf, { concurrency: 4 }).greet().ask(9, 'stream', { Type: '*' });
    for (let seq = 1; seq <= 2; seq++) peer.ask(seq, 'join', { Existing: ['a'] });
    peer.take();
    serf.events$.complete();
    joined[0]?.next(1);
    expect(peer.hungUp()).toBe(false);
    joined[1]?.next(1);
    expect(peer.take()).toEqual([ok(1), { Num: 1 }, ok(2), { Num: 1 }]);
    expect(peer.hungUp()).toBe(true);
  });
});
