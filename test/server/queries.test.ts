import { of, throwError } from 'rxjs';
import { AgentError, type QueryReply } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { bytes, FakeSerf, queryEvent } from './support/fake-serf.ts';
import { ok, refused, WirePeer } from './support/wire-peer.ts';

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
