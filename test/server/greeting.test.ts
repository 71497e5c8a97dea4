import { ProtocolError } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { sameKey } from '../../src/server/peer/auth-state.ts';
import { FakeSerf } from './support/fake-serf.ts';
import { ok, refused, WirePeer } from './support/wire-peer.ts';

const key = { authKey: 's3cret' };

describe('the handshake', () => {
  test('is answered, and then commands are taken', () => {
    const peer = new WirePeer(new FakeSerf());

    peer.ask(0, 'handshake', { Version: 1 });
    expect(peer.take()).toEqual([ok(0)]);
    expect(peer.seen).toEqual([{ type: 'accepted' }]);
    peer.ask(1, 'event', { Name: 'deploy' });
    expect(peer.take()).toEqual([ok(1)]);
  });

  test.each([0, 2, -1])('refuses version %d, and may be tried again', (version) => {
    const peer = new WirePeer(new FakeSerf());

    peer.ask(0, 'handshake', { Version: version }).ask(1, 'handshake', { Version: 1 });
    expect(peer.take()).toEqual([refused(0, 'Unsupported IPC version'), ok(1)]);
  });

  test('a second one is refused, and does no harm', () => {
    const peer = new WirePeer(new FakeSerf()).greet();

    peer.ask(1, 'handshake', { Version: 1 }).ask(2, 'handshake', { Version: 9 }).ask(3, 'stop', { Stop: 7 });
    expect(peer.take()).toEqual([
      refused(1, 'Handshake already performed'),
      refused(2, 'Unsupported IPC version'),
      ok(3),
    ]);
    expect(peer.seen.filter(({ type }) => type === 'accepted')).toHaveLength(1);
  });

  test.each(['members', 'event', 'auth', 'no-such-command', 'constructor', ''])(
    'is required before "%s": refused for its header alone, and hung up on',
    (command) => {
      const serf = new FakeSerf();
      const peer = new WirePeer(serf);

      peer.ask(7, command);
      expect(peer.take()).toEqual([refused(7, 'Handshake required')]);
      expect(peer.hungUp()).toBe(true);
      expect(peer.seen).toEqual([{ type: 'refused', command, error: expect.any(Error) }]);

      // What comes behind is not read any more.
      peer.send({ Name: 'deploy' }).ask(8, 'handshake', { Version: 1 }).ask(9, 'members');
      expect(peer.take()).toEqual([]);
      expect(serf.calls).toEqual([]);

      expect(peer.end).toBeUndefined();
      peer.close();
      expect(peer.end?.error).toBeInstanceOf(ProtocolError);
      expect(peer.end?.error).toMatchObject({ code: 'handshake-refused' });
    },
  );
});

describe('the key', () => {
  test('is required: a command with a body and one without are refused once, and the connection stays', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf, key);

    peer.ask(0, 'handshake', { Version: 1 });
    expect(peer.seen).toEqual([]);
    peer
      .ask(1, 'event', { Name: 'deploy' })
      .ask(2, 'members')
      .ask(3, 'join', { Existing: ['a'] });
    expect(peer.take()).toEqual([
      ok(0),
      refused(1, 'Authentication required'),
      refused(2, 'Authentication required'),
      refused(3, 'Authentication required'),
    ]);
    expect(serf.calls).toEqual([]);

    peer.ask(4, 'auth', { AuthKey: 's3cret' }).ask(5, 'stop', { Stop: 1 });
    expect(peer.take()).toEqual([ok(4), ok(5)]);
    expect(peer.seen.at(-1)).toEqual({ type: 'accepted' });
    expect(peer.end).toBeUndefined();
  });

  test('an unknown command is refused for want of the key, too', () => {
    const peer = new WirePeer(new FakeSerf(), key);

    peer.ask(0, 'handshake', { Version: 1 }).ask(1, 'no-such-command');
    expect(peer.take()).toEqual([ok(0), refused(1, 'Authentication required')]);
    expect(peer.hungUp()).toBe(false);
  });

  test.each(['', 's3cre', 's3cret ', 's3creT', 'S3CRET', 's3crets3cret'])('"%s" is not it', (AuthKey) => {
    const peer = new WirePeer(new FakeSerf(), key);

    peer.ask(0, 'handshake', { Version: 1 }).ask(1, 'auth', { AuthKey }).ask(2, 'members');
    expect(peer.take()).toEqual([
      ok(0),
      refused(1, 'Invalid authentication token'),
      refused(2, 'Authentication required'),
    ]);
    expect(peer.seen[0]).toMatchObject({ type: 'refused', command: 'auth', error: { code: 'auth-invalid' } });
    expect(peer.hungUp()).toBe(false);
  });

  test('given twice, or wrong after it was right, changes nothing', () => {
    const peer = new WirePeer(new FakeSerf(), key).greet('s3cret');

    peer.ask(1, 'auth', { AuthKey: 's3cret' }).ask(2, 'auth', { AuthKey: 'x' }).ask(3, 'stop', { Stop: 1 });
    expect(peer.take()).toEqual([ok(1), refused(2, 'Invalid authentication token'), ok(3)]);
    expect(peer.seen.filter(({ type }) => type === 'accepted')).toHaveLength(1);
  });

  test('where there is none, only an empty one is right', () => {
    const peer = new WirePeer(new FakeSerf()).greet();

    peer.ask(1, 'auth', { AuthKey: 'any' }).ask(2, 'auth', { AuthKey: '' }).ask(3, 'auth', {});
    expect(peer.take()).toEqual([refused(1, 'Invalid authentication token'), ok(2), ok(3)]);
  });

  test('is compared by its bytes', () => {
    expect(sameKey('', '')).toBe(true);
    expect(sameKey('ü', 'ü')).toBe(true);
    expect(sameKey('\udcfc', '\udcfc')).toBe(true);
    expect(sameKey('ü', 'u\u0308')).toBe(false);
    expect(sameKey('', 'a')).toBe(false);
    expect(sameKey('a', '')).toBe(false);
    expect(sameKey('\0', '')).toBe(false);
    expect(sameKey('aa', 'a')).toBe(false);
    expect(sameKey('a', 'aa')).toBe(false);
  });
});
