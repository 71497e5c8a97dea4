import { concat, of, Subject, throwError } from 'rxjs';
import { InvalidArgumentError, type SerfEvent } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { parseEventFilter } from '../../src/server/handlers.ts';
import { bytes, FakeSerf, member, queryEvent, userEvent } from './support/fake-serf.ts';
import { ok, refused, WirePeer } from './support/wire-peer.ts';

const wireUser = (name: string, payload: Uint8Array | null = null) => ({
  Coalesce: false,
  Event: 'user',
  LTime: 5,
  Name: name,
  Payload: payload,
});

describe('stream', () => {
  test('is answered first, then come records of every kind', () => {
    const serf = new FakeSerf();
    serf.answers.stream = () =>
      of<SerfEvent[]>(
        userEvent('deploy', 'v2'),
        userEvent('empty'),
        { event: 'member-join', members: [member('n1')] },
        queryEvent('load'),
      );
    const peer = new WirePeer(serf).greet();

    peer.ask(3, 'stream', { Type: '*' });
    expect(serf.calls).toEqual([['stream', ['*']]]);
    expect(peer.take()).toEqual([
      ok(3),
      ok(3),
      wireUser('deploy', bytes('v2')),
      ok(3),
      wireUser('empty'),
      ok(3),
      { Event: 'member-join', Members: [expect.objectContaining({ Name: 'n1', Status: 'alive' })] },
      ok(3),
      { Event: 'query', ID: 1, LTime: 7, Name: 'load', Payload: bytes('?') },
    ]);
  });

  test('carries a Lamport time above 2^53', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet().ask(1, 'stream', { Type: '*' });
    peer.take();
    serf.events$.next({ ...userEvent('late'), ltime: 2n ** 63n });

    expect(Buffer.from(peer.bytes()).toString('latin1')).toContain('\xa5LTime\xcf\x80\0\0\0\0\0\0\0');
  });

  test('each has a Seq of its own, and gets its copy', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    peer.ask(1, 'stream', { Type: '*' }).ask(2, 'stream', { Type: 'user' }).take();
    serf.events$.next(userEvent('a'));

    expect(peer.take()).toEqual([ok(1), wireUser('a'), ok(2), wireUser('a')]);
  });

  test('stops at `stop`: nothing comes behind its answer', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    peer.ask(1, 'stream', { Type: '*' }).ask(2, 'stream', { Type: '*' }).ask(3, 'stop', { Stop: 1 }).take();
    serf.events$.next(userEvent('a'));

    expect(peer.take()).toEqual([ok(2), wireUser('a')]);
    expect(serf.open).toBe(1);
    peer.ask(1, 'stream', { Type: '*' });
    expect(peer.take()).toEqual([ok(1)]);
  });

  test('`stop` succeeds for what is no stream, also twice', () => {
    const peer = new WirePeer(new FakeSerf()).greet();
    peer.ask(1, 'stop', { Stop: 77 }).ask(2, 'stop', { Stop: 1 }).ask(3, 'stop', {});
    expect(peer.take()).toEqual([ok(1), ok(2), ok(3)]);
  });

  test('a Seq that has one already is refused', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    peer.ask(1, 'stream', { Type: '*' }).ask(1, 'stream', { Type: '*' }).ask(1, 'stream', { Type: 'x' });
    expect(peer.take()).toEqual([
      ok(1),
      refused(1, 'Stream with given sequence exists'),
      refused(1, 'Invalid event filter'),
    ]);
    expect(serf.open).toBe(1);
  });

  test.each([
    ['', ['*']],
    ['user', ['user']],
    ['user:', ['user']],
    ['query:', ['query']],
    ['user:a:b,member-join,query:load', ['user:a:b', 'member-join', 'query:load']],
    ['*,*', ['*', '*']],
  ])('the filter "%s" is %j', (type, parts) => {
    expect(parseEventFilter(type)).toEqual(parts);
  });

  test.each(['users', 'member-join:n1', ' user', 'user,', ',', 'User', 'constructor'])(
    'the filter "%s" is refused',
    (type) => {
      const serf = new FakeSerf();
      const peer = new WirePeer(serf).greet().ask(1, 'stream', { Type: type });
      expect(peer.take()).toEqual([refused(1, 'Invalid event filter')]);
      expect(serf.calls).toEqual([]);
    },
  );

  test('a Serf that refuses a filter at the call has its say', () => {
    const serf = new FakeSerf();
    serf.answers.stream = () => {
      throw new InvalidArgumentError('invalid-filter', 'not an event filter: "user" (not here)');
    };
    expect(new WirePeer(serf).greet().ask(1, 'stream', { Type: 'user' }).take()).toEqual([
      refused(1, 'not an event filter: "user" (not here)'),
    ]);
  });

  test.each([
    ['ends', () => of(userEvent('last')), {}],
    ['fails', () => throwError(() => new Error('gone')), { error: new Error('gone') }],
  ])('when the Serf’s %s, the peer is hung up on: the protocol has no word for it', (_how, answer, end) => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    peer.ask(1, 'monitor', { LogLevel: 'info' });
    serf.answers.stream = answer;
    peer.ask(2, 'stream', { Type: '*' }).ask(3, 'stats');

    expect(peer.take().slice(0, 2)).toEqual([ok(1), ok(2)]);
    expect(peer.hungUp()).toBe(true);
    expect(serf.open).toBe(0);
    peer.close();
    expect(peer.end).toEqual(end);
  });

  test.each([
    ['ends', (serf: FakeSerf) => serf.events$.complete(), {}],
    ['fails', (serf: FakeSerf) => serf.events$.error(new Error('gone')), { error: new Error('gone') }],
  ])('when it %s, the request under way is answered before', (_how, over, end) => {
    const serf = new FakeSerf();
    const joined = new Subject<number>();
    serf.answers.join = () => joined;
    const peer = new WirePeer(serf).greet().ask(1, 'stream', { Type: '*' });
    peer.ask(2, 'join', { Existing: ['a'] }).ask(3, 'stats');
    over(serf);
    expect(peer.hungUp()).toBe(false);
    joined.next(1);
    expect(peer.take()).toEqual([ok(1), ok(2), { Num: 1 }]);
    expect(peer.hungUp()).toBe(true);
    peer.close();
    expect(peer.end).toEqual(end);
  });

  test('an event that cannot be written is left out, and told', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet().ask(1, 'stream', { Type: 'user' });
    serf.events$.next({ event: 'member-join', members: undefined } as never);
    serf.events$.next(userEvent('next'));

    expect(peer.take()).toEqual([ok(1), ok(1), wireUser('next')]);
    expect(peer.seen.slice(1)).toEqual([
      {
        type: 'dropped',
        cause: 'malformed',
        command: 'stream',
        subject: 'user',
        total: 1,
        error: expect.any(TypeError),
      },
    ]);
  });

  test('one event is encoded once, for however many peers', () => {
    const serf = new FakeSerf();
    const peers = Array.from({ length: 100 }, () =>
      new WirePeer(serf).greet().ask(1, 'stream', { Type: '*' }),
    );
    for (const peer of peers) peer.take();
    let asked = 0;
    const counted = <T extends object>(event: T): T =>
      new Proxy(event, {
        get: (target, key, receiver) => {
          if (key === 'ltime' || key === 'members') asked++;
          return Reflect.get(target, key, receiver);
        },
      });
    serf.events$.next(counted(userEvent('a')));
    serf.events$.next(counted({ event: 'member-join', members: [member('n1')] }));
    serf.events$.next(counted(queryEvent('load')));

    expect(asked).toBe(3);
    for (const peer of peers) expect(peer.take()).toHaveLength(6);
  });

  test('a large record is not copied for each peer: its bytes are sent as they are, behind the header', () => {
    const members = Array.from({ length: 1_000 }, (_, i) => member(`n${i}`));
    const sent: Uint8Array[] = [];
    const serf = new FakeSerf();
    for (let i = 0; i < 2; i++)
      new WirePeer(serf, {}, (bytes) => sent.push(bytes)).greet().ask(1, 'stream', {});
    sent.length = 0;
    serf.events$.next({ event: 'member-join', members });
    expect(sent).toHaveLength(4);
    expect(sent[1]).toBe(sent[3]);
  });
});

describe('monitor', () => {
  test('is answered first, then come lines', () => {
    const serf = new FakeSerf();
    serf.answers.monitor = () => concat(of('2026/11/21 [INFO] old'), serf.lines$);
    const peer = new WirePeer(serf).greet().ask(1, 'monitor', { LogLevel: 'Info' });
    serf.lines$.next('new');
    serf.lines$.next('new');

    expect(serf.calls).toEqual([['monitor', 'info']]);
    const line = (Log: string) => [ok(1), { Log }];
    expect(peer.take()).toEqual([ok(1), ...line('2026/11/21 [INFO] old'), ...line('new'), ...line('new')]);
  });

  test('there is one a connection, until it is stopped', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    peer.ask(1, 'monitor', { LogLevel: 'info' }).ask(2, 'monitor', { LogLevel: 'debug' });
    peer.ask(3, 'stop', { Stop: 1 }).ask(4, 'monitor', { LogLevel: 'warn' });

    expect(peer.take()).toEqual([ok(1), refused(2, 'Monitor already exists'), ok(3), ok(4)]);
    expect(serf.open).toBe(1);
  });

  test.each([
    ['loud', 'LOUD'],
    ['', ''],
    ['error', 'ERROR'],
  ])('the level "%s" is refused', (LogLevel, shown) => {
    const peer = new WirePeer(new FakeSerf()).greet().ask(1, 'monitor', { LogLevel });
    expect(peer.take()).toEqual([refused(1, `Unknown log level: ${shown}`)]);
  });

  test.each(['trace', 'DEBUG', 'info', 'Warn', 'err'])('the level "%s" is known', (LogLevel) => {
    expect(new WirePeer(new FakeSerf()).greet().ask(1, 'monitor', { LogLevel }).take()).toEqual([ok(1)]);
  });
});

describe('a monitor and a stream with the same Seq', () => {
  test.each([
    ['stream', 'monitor'],
    ['monitor', 'stream'],
  ])('%s and %s: are two, and stopped together', (...commands) => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    for (const command of commands) peer.ask(5, command, { LogLevel: 'info', Type: 'user' });
    serf.events$.next(userEvent('a'));
    serf.lines$.next('line');
    expect(peer.take()).toEqual([ok(5), ok(5), ok(5), wireUser('a'), ok(5), { Log: 'line' }]);

    peer.ask(6, 'stop', { Stop: 5 });
    expect(serf.open).toBe(0);
    for (const command of commands) peer.ask(5, command, { LogLevel: 'info', Type: 'user' });
    expect(peer.take()).toEqual([ok(6), ok(5), ok(5)]);
  });
});
