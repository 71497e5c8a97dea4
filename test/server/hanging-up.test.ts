import { BehaviorSubject, defer, of, Subject, throwError } from 'rxjs';
import { InvalidArgumentError, ProtocolError } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { FakeSerf } from './support/fake-serf.ts';
import { ok, refused, WirePeer } from './support/wire-peer.ts';

describe('a command that makes the agent hang up', () => {
  test('members-filtered with a pattern that is none: without a word', () => {
    const serf = new FakeSerf();
    serf.answers.members = () =>
      throwError(() => new InvalidArgumentError('invalid-pattern', 'missing closing ]: `[`'));
    const peer = new WirePeer(serf).greet();

    peer.ask(1, 'members-filtered', { Status: '[' }).ask(2, 'stats');
    expect(peer.take()).toEqual([]);
    expect(peer.hungUp()).toBe(true);
    peer.close();
    expect(peer.end?.error).toBeInstanceOf(ProtocolError);
    expect(peer.end?.error).toMatchObject({ code: 'invalid-pattern', message: 'missing closing ]: `[`' });
    expect(serf.calls).toHaveLength(1);
  });

  test.each(['no-such-command', 'constructor', '__proto__', ''])('"%s": it is unsupported', (command) => {
    const peer = new WirePeer(new FakeSerf()).greet();

    peer.ask(8, command).ask(9, 'stats');
    expect(peer.take()).toEqual([refused(8, 'Unsupported command')]);
    expect(peer.hungUp()).toBe(true);
    peer.close();
    expect(peer.end?.error).toMatchObject({ name: 'ProtocolError', code: 'unsupported-command' });
  });

  test('leave: when it is answered, and had time to hang up itself', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    const left = new Subject<void>();
    serf.answers.leave = () => left;

    peer.ask(1, 'leave').ask(2, 'stats');
    expect(peer.take()).toEqual([]);
    left.next();
    left.complete();
    expect(peer.take()).toEqual([ok(1)]);
    peer.clock.advance(99);
    expect(peer.hungUp()).toBe(false);
    peer.clock.advance(1);
    expect(peer.hungUp()).toBe(true);
    expect(serf.calls).toEqual([['leave']]);
    peer.close();
    expect(peer.end).toEqual({});
  });

  test.each<[string, (serf: FakeSerf) => void]>([
    ['ends', ({ events$ }) => events$.complete()],
    ['fails', ({ events$ }) => events$.error(new Error('n1 is not running'))],
  ])('leave: it is answered although the Serf %s its streams before', (_how, end) => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet().ask(1, 'stream', { Type: '*' });
    serf.answers.leave = () =>
      defer(() => {
        end(serf);
        return of(undefined);
      });
    peer.ask(2, 'leave');
    expect(peer.take()).toEqual([ok(1), ok(2)]);
    peer.clock.advance(99);
    expect(peer.hungUp()).toBe(false);
    peer.clock.advance(1);
    expect(peer.hungUp()).toBe(true);
    peer.close();
    expect(peer.end).toEqual({});
  });

  test('leave: it is over with its answer, which need not be the Serf’s last word', () => {
    const serf = new FakeSerf();
    serf.answers.leave = () => new BehaviorSubject(undefined);
    const peer = new WirePeer(serf).greet().ask(1, 'leave').ask(2, 'stats');
    expect(peer.take()).toEqual([ok(1)]);
    peer.clock.advance(100);
    expect(peer.hungUp()).toBe(true);
    expect(serf.calls).toEqual([['leave']]);
  });

  test('but not a leave that is refused: nobody has left', () => {
    const serf = new FakeSerf();
    serf.answers.leave = () => throwError(() => new Error('stay'));

    expect(new WirePeer(serf).greet().ask(1, 'leave').ask(2, 'stop', { Stop: 0 }).take()).toEqual([
      refused(1, 'stay'),
      ok(2),
    ]);
  });
});
