import { concat, Observable, of, Subject, throwError } from 'rxjs';
import { AgentError, InvalidArgumentError, type QueryReply, type SerfEvent } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { parseEventFilter } from '../../src/server/event-filter.ts';
import { bytes, FakeSerf, member, never, queryEvent, userEvent } from './support/fake-serf.ts';
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

describe('queries that come as events', () => {
  test('have ids of the connection’s own, and are answered by them', () => {
    const serf = new FakeSerf();
    const answers: unknown[] = [];
    const query = (name: string) =>
      queryEvent(name, (payload) => {
        answers.push([name, payload]);
        return of(undefined);
      });
    const late = new WirePeer(serf).greet().ask(1, 'stream', { Type: 'query' });
    const peers = [late, new WirePeer(serf).greet().ask(1, 'stream', { Type: '*' })];
    serf.events$.next(query('a'));
    peers[0]?.ask(2, 'stop', { Stop: 1 });
    serf.events$.next(query('b'));
    peers[0]?.ask(3, 'stream', { Type: '*' });
    serf.events$.next(query('c'));

    const ids = peers.map((peer) =>
      (peer.take() as { Name?: string; ID?: number }[])
        .filter(({ ID }) => ID !== undefined)
        .map(({ Name, ID }) => [Name, ID]),
    );
    expect(ids).toEqual([
      [
        ['a', 1],
        ['c', 2],
      ],
      [
        ['a', 1],
        ['b', 2],
        ['c', 3],
      ],
    ]);
    peers[0]?.ask(5, 'respond', { ID: 2, Payload: bytes('x') });
    expect(peers[0]?.take()).toEqual([ok(5)]);
    peers[1]?.ask(5, 'respond', { ID: 2 });
    expect(answers).toEqual([
      ['c', bytes('x')],
      ['b', bytes('')],
    ]);
  });

  test.each([0, 2, 2 ** 53 - 1, 2n ** 60n, 2n ** 64n - 1n])('there is none with the id %d', (ID) => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet().ask(1, 'stream', { Type: '*' });
    serf.events$.next(queryEvent('a'));
    peer.take();
    expect(peer.ask(2, 'respond', { ID }).take()).toEqual([refused(2, 'No pending queries matching ID')]);
  });

  test('a second answer is refused in the Serf’s words, a late one in the agent’s', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet().ask(1, 'stream', { Type: '*' });
    const refusing = (code: 'already-answered' | 'deadline-passed', text: string) =>
      queryEvent('a', () => throwError(() => new AgentError(code, text)));
    serf.events$.next(refusing('already-answered', 'response already sent'));
    serf.events$.next(refusing('deadline-passed', 'response is past the deadline'));
    peer.take();

    peer.ask(2, 'respond', { ID: 1 }).ask(3, 'respond', { ID: 2 }).ask(4, 'respond', { ID: 2 });
    expect(peer.take()).toEqual([
      refused(2, 'response already sent'),
      refused(3, 'No pending queries matching ID'),
      refused(4, 'No pending queries matching ID'),
    ]);
  });

  test('the oldest is forgotten when there are thousands', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet().ask(1, 'stream', { Type: '*' });
    for (let i = 0; i < 4_097; i++) serf.events$.next(queryEvent('a'));
    peer.chunks();

    peer.ask(2, 'respond', { ID: 1 }).ask(3, 'respond', { ID: 2 }).ask(4, 'respond', { ID: 4_097 });
    expect(peer.take()).toEqual([refused(2, 'No pending queries matching ID'), ok(3), ok(4)]);
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

describe('query', () => {
  const done = { From: '', Payload: null, Type: 'done' };

  test('is answered first, then come acks and responses, then `done`', () => {
    const serf = new FakeSerf();
    serf.answers.query = () =>
      of<QueryReply[]>(
        { type: 'ack', from: 'n1' },
        { type: 'response', from: 'n1', payload: bytes('0.42') },
        { type: 'response', from: 'n2', payload: bytes('') },
      );
    const peer = new WirePeer(serf).greet();

    peer.ask(3, 'query', {
      FilterNodes: ['n1', 'n2'],
      FilterTags: { role: 'w.*' },
      RequestAck: true,
      RelayFactor: 2,
      Timeout: 1_500_000_000n,
      Name: 'load',
      Payload: bytes('?'),
    });
    expect(serf.calls).toEqual([
      [
        'query',
        'load',
        bytes('?'),
        {
          filterNodes: ['n1', 'n2'],
          filterTags: { role: 'w.*' },
          requestAck: true,
          relayFactor: 2,
          timeout: 1_500,
          onAccepted: expect.any(Function),
        },
      ],
    ]);
    expect(peer.take()).toEqual([
      ok(3),
      ok(3),
      { From: 'n1', Payload: null, Type: 'ack' },
      ok(3),
      { From: 'n1', Payload: bytes('0.42'), Type: 'response' },
      ok(3),
      { From: 'n2', Payload: null, Type: 'response' },
      ok(3),
      done,
    ]);
  });

  test('without options, it has the Serf’s', () => {
    const serf = new FakeSerf();
    new WirePeer(serf).greet().ask(3, 'query', { Name: 'load', Timeout: 0, FilterNodes: null });
    expect(serf.calls).toEqual([
      [
        'query',
        'load',
        bytes(''),
        { filterTags: {}, requestAck: false, relayFactor: 0, onAccepted: expect.any(Function) },
      ],
    ]);
  });

  test.each([
    [2n ** 63n - 1n, 0x7fff_ffff],
    [1_000_000, 1],
    [-1_000_000, 0.000_001],
    [-5, 0.000_001],
  ])('a timeout of %d ns is %d ms', (Timeout, timeout) => {
    const serf = new FakeSerf();
    new WirePeer(serf).greet().ask(3, 'query', { Name: 'load', Timeout });
    expect(serf.calls[0]?.[3]).toMatchObject({ timeout });
  });

  test('is accepted when it has not been refused at once, and holds nothing up', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    peer.ask(1, 'query', { Name: 'load' }).ask(2, 'stop', { Stop: 1 });
    expect(peer.take()).toEqual([ok(1), ok(2)]);

    // As with an agent, `stop` does not stop a query.
    serf.replies$.next({ type: 'ack', from: 'n1' });
    serf.replies$.complete();
    expect(peer.take()).toEqual([ok(1), { From: 'n1', Payload: null, Type: 'ack' }, ok(1), done]);
    expect(serf.open).toBe(0);
  });

  test.each([
    [
      'through error',
      () => throwError(() => new AgentError('payload-too-large', 'query exceeds limit of 9 bytes')),
    ],
    [
      'at the call',
      () => {
        throw new AgentError('payload-too-large', 'query exceeds limit of 9 bytes');
      },
    ],
  ])('is refused %s', (_how, answer) => {
    const serf = new FakeSerf();
    serf.answers.query = answer;
    const peer = new WirePeer(serf).greet().ask(1, 'query', { Name: 'load' }).ask(2, 'stop', { Stop: 1 });
    expect(peer.take()).toEqual([refused(1, 'query exceeds limit of 9 bytes'), ok(2)]);
  });

  test('one that fails later is hung up on: the protocol has no word for it, and nobody was silent', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet().ask(1, 'query', { Name: 'load' });
    serf.replies$.next({ type: 'ack', from: 'n1' });
    serf.replies$.error(new Error('lost'));

    expect(peer.take()).toEqual([ok(1), ok(1), { From: 'n1', Payload: null, Type: 'ack' }]);
    expect(peer.hungUp()).toBe(true);
    peer.close();
    expect(peer.end?.error).toEqual(new Error('lost'));
  });

  test('is accepted as soon as the Serf says so', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf, { queryGrace: 10_000 })
      .greet()
      .ask(1, 'query', { Name: 'load' })
      .ask(2, 'stop', {});
    expect(peer.take()).toEqual([]);
    const options = serf.calls[0]?.[3] as { onAccepted(): void };
    options.onAccepted();

    expect(peer.take()).toEqual([ok(1), ok(2)]);
    options.onAccepted();
    expect(peer.take()).toEqual([]);
  });

  describe('with a grace', () => {
    const asked = (serf: FakeSerf) =>
      new WirePeer(serf, { queryGrace: 100 }).greet().ask(1, 'query', { Name: 'load' }).ask(2, 'stop', {});

    test('is refused when the refusal comes within it', () => {
      const serf = new FakeSerf();
      const peer = asked(serf);
      peer.clock.advance(99);
      expect(peer.take()).toEqual([]);
      serf.replies$.error(new Error('no'));
      expect(peer.take()).toEqual([refused(1, 'no'), ok(2)]);
    });

    test('is accepted at its end', () => {
      const peer = asked(new FakeSerf());
      peer.clock.advance(100);
      expect(peer.take()).toEqual([ok(1), ok(2)]);
    });

    test('is accepted at the first reply, that comes behind the answer', () => {
      const serf = new FakeSerf();
      const peer = asked(serf);
      serf.replies$.next({ type: 'ack', from: 'n1' });
      expect(peer.take()).toEqual([ok(1), ok(2), ok(1), { From: 'n1', Payload: null, Type: 'ack' }]);
      peer.clock.advance(1_000);
      expect(peer.take()).toEqual([]);
    });

    test('is accepted when it completes', () => {
      const serf = new FakeSerf();
      const peer = asked(serf);
      serf.replies$.complete();
      expect(peer.take()).toEqual([ok(1), ok(2), ok(1), done]);
    });
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
