import { connect as connectTcp } from 'node:net';
import { decodeMulti, encode } from '@msgpack/msgpack';
import { map, NEVER, Subject, timer } from 'rxjs';
import type { Socket } from 'rxserf';
import { type ListenOptions, listen, serve } from 'rxserf/server';
import { pipe } from 'rxserf/socket';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openHandles } from '../socket/harness.ts';
import { Clock } from './support/clock.ts';
import { FakeSerf, member, userEvent } from './support/fake-serf.ts';
import { serving } from './support/serf-command.ts';
import { ok, WirePeer } from './support/wire-peer.ts';

const event = (seq: number, name: string) => [{ Command: 'event', Seq: seq }, { Name: name }];
const hello = [{ Command: 'handshake', Seq: 0 }, { Version: 1 }];
const encoded = (...values: unknown[]) => Buffer.concat(values.map((value) => encode(value)));
const fired = (serf: FakeSerf) => serf.calls.filter(([method]) => method === 'event').map(([, name]) => name);

describe('a peer that closes its half', () => {
  test('gets its answer, and those to all that waits behind it; then it is hung up on', () => {
    const serf = new FakeSerf();
    const joined = new Subject<number>();
    serf.answers.join = () => joined;
    const peer = new WirePeer(serf).greet().ask(1, 'join', { Existing: ['a'] });
    peer
      .send(...event(2, 'a'), ...event(3, 'b'))
      .ask(4, 'members')
      .close();
    expect(peer.hungUp()).toBe(false);
    expect(peer.end).toBeUndefined();

    joined.next(1);
    expect(peer.take()).toEqual([ok(1), { Num: 1 }, ok(2), ok(3), ok(4), expect.anything()]);
    expect(fired(serf)).toEqual(['a', 'b']);
    expect(peer.hungUp()).toBe(true);
    expect(peer.end).toEqual({});
    expect(peer.clock.actions).toEqual([]);
  });

  test('has no stream and no monitor any more; a query that waits is asked', () => {
    const serf = new FakeSerf();
    serf.answers.join = () => joined;
    const joined = new Subject<number>();
    const peer = new WirePeer(serf).greet().ask(1, 'stream', { Type: '*' });
    peer.ask(2, 'monitor', { LogLevel: 'info' }).ask(3, 'join', { Existing: ['a'] });
    peer.ask(4, 'query', { Name: 'q' }).take();
    peer.close();
    expect(serf.open).toBe(1);
    serf.events$.next(userEvent('a'));
    joined.next(1);

    expect(peer.take()).toEqual([ok(3), { Num: 1 }, ok(4)]);
    expect(serf.calls.at(-1)?.slice(0, 2)).toEqual(['query', 'q']);
    expect(serf.open).toBe(0);
    expect(peer.end).toEqual({});
  });

  test('gets no more than 10 s for it', () => {
    const serf = new FakeSerf();
    serf.answers.join = () => NEVER;
    const peer = new WirePeer(serf).greet().ask(1, 'join', { Existing: ['a'] });
    peer.send(...event(2, 'a')).close();
    peer.clock.advance(9_999);
    expect(serf.open).toBe(1);
    peer.clock.advance(1);
    expect(serf.open).toBe(0);
    expect(peer.end).toEqual({});
    expect(fired(serf)).toEqual([]);
    expect(peer.released()).toBe(true);
  });

  test('is waited for while it reads, for a second', () => {
    const last = () => {
      const peer = new WirePeer(new FakeSerf()).greet();
      peer.buffered = 100;
      peer.close();
      expect(peer.hungUp()).toBe(true);
      peer.clock.advance(990);
      expect(peer.end).toBeUndefined();
      return peer;
    };
    const slow = last();
    slow.clock.advance(10);
    expect(slow.end).toEqual({});
    expect(slow.released()).toBe(true);
    const caughtUp = new WirePeer(new FakeSerf()).greet();
    caughtUp.buffered = 100;
    caughtUp.close();
    caughtUp.buffered = 0;
    caughtUp.clock.advance(10);
    expect(caughtUp.end).toEqual({});
  });

  test('gets what does not fit into its buffers yet, when they have room again', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf, { limits: { outboundBytes: 1_000 } }).greet();
    peer.buffered = 1_001;
    peer.send(...event(1, 'a')).close();
    peer.clock.advance(1_000);
    expect(fired(serf)).toEqual([]);
    peer.buffered = 0;
    peer.clock.advance(10);
    expect(peer.take()).toEqual([ok(1)]);
    expect(peer.end).toEqual({});
  });

  test('has left: its leave is carried out, and it is given the time to see it', () => {
    const serf = new FakeSerf();
    const left = new Subject<void>();
    serf.answers.leave = () => left;
    const peer = new WirePeer(serf).greet().ask(1, 'leave');
    peer.close();
    left.next();
    expect(peer.take()).toEqual([ok(1)]);
    peer.clock.advance(100);
    expect(peer.end).toEqual({});
  });

  test('ends with what was wrong before, if anything was', () => {
    const peer = new WirePeer(new FakeSerf()).greet().sendBytes(Uint8Array.of(0xc1));
    peer.close();
    expect(peer.end?.error).toMatchObject({ code: 'not-msgpack' });
  });

  test('may be unsubscribed from meanwhile: nothing of it is left', () => {
    const serf = new FakeSerf();
    serf.answers.join = () => NEVER;
    const peer = new WirePeer(serf).greet().ask(1, 'join', { Existing: ['a'] });
    peer.close();
    peer.unsubscribe();
    expect(serf.open).toBe(0);
    expect(peer.released()).toBe(true);
    expect(peer.clock.actions).toEqual([]);
  });
});

test('on a socket that ends as one, requests are carried out and their answers are not sent', () => {
  const serf = new FakeSerf();
  const joined = new Subject<number>();
  serf.answers.join = () => joined;
  const incoming = new Subject<Uint8Array>();
  const sent = vi.fn();
  const socket: Socket = {
    subscribe: (observer: never) => incoming.subscribe(observer),
    next: sent,
    error: () => {},
    complete: () => {},
  };
  const complete = vi.fn();
  // A clock that stands: requests that took longer than a turn would wait for the next.
  serve(serf, socket, { scheduler: new Clock() }).subscribe({ complete });
  incoming.next(encoded(...hello, { Command: 'join', Seq: 1 }, { Existing: ['a'] }, ...event(2, 'a')));
  expect(sent).toHaveBeenCalledTimes(1);
  incoming.complete();
  joined.next(1);
  expect(fired(serf)).toEqual(['a']);
  expect(sent).toHaveBeenCalledTimes(1);
  expect(complete).toHaveBeenCalledTimes(1);
});

test('over a pipe, both halves are closed in the end', async () => {
  const serf = new FakeSerf();
  const [theirs, ours] = pipe();
  const received: Uint8Array[] = [];
  const closed = new Promise<void>((resolve) => {
    theirs.subscribe({ next: (bytes) => received.push(bytes), complete: resolve });
  });
  const served = new Promise<void>((resolve) => serve(serf, ours).subscribe({ complete: resolve }));
  theirs.next(encoded(...hello, ...event(1, 'a'), ...event(2, 'b')));
  theirs.complete();
  await closed;
  await served;
  expect([...decodeMulti(Buffer.concat(received))]).toEqual([ok(0), ok(1), ok(2)]);
  expect(fired(serf)).toEqual(['a', 'b']);
});

describe('over TCP', () => {
  const leaving: (() => void)[] = [];
  afterEach(async () => {
    for (const leave of leaving.splice(0)) leave();
    await expect.poll(openHandles, { interval: 1, timeout: 5_000 }).toEqual([]);
  });

  const served = async (serf: FakeSerf, options: ListenOptions = {}) => {
    const { address, stop } = serving(serf, options);
    leaving.push(stop);
    return Number((await address).split(':')[1]);
  };

  /** Sends all of it and closes its half, at once; gives what comes back until the server has closed its own. */
  const sending = (port: number, ...values: unknown[]) =>
    new Promise<unknown[]>((resolve, reject) => {
      const chunks: Buffer[] = [];
      const socket = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
      socket.on('data', (chunk: Buffer) => chunks.push(chunk)).on('error', reject);
      socket.on('end', () => resolve([...decodeMulti(Buffer.concat(chunks))]));
      socket.end(encoded(...values));
      leaving.push(() => socket.destroy());
    });

  test('all is carried out and answered', async () => {
    const serf = new FakeSerf();
    const port = await served(serf);
    const events = Array.from({ length: 20 }, (_, i) => event(i + 1, `e${i}`)).flat();
    expect(await sending(port, ...hello, ...events)).toHaveLength(21);
    expect(fired(serf)).toHaveLength(20);
  });

  test('answers that take time, and are larger than any buffer, get there whole', async () => {
    const serf = new FakeSerf();
    serf.nodes = Array.from({ length: 30_000 }, (_, i) => member(`node-${i}`));
    serf.answers.join = () => timer(50).pipe(map(() => 1));
    const port = await served(serf);
    const join = [{ Command: 'join', Seq: 1 }, { Existing: ['a'] }];
    const answers = await sending(port, ...hello, ...join, { Command: 'members', Seq: 2 });
    expect(answers).toEqual([ok(0), ok(1), { Num: 1 }, ok(2), { Members: expect.any(Array) }]);
    expect((answers[4] as { Members: unknown[] }).Members).toHaveLength(30_000);
  });

  test('what is wrong behind them ends it with the answers', async () => {
    const port = await served(new FakeSerf());
    expect(await sending(port, ...hello, ...event(1, 'a'), 7)).toEqual([ok(0), ok(1)]);
  });

  test('a peer that reads nothing of it is let go a second later', async () => {
    const serf = new FakeSerf();
    serf.nodes = Array.from({ length: 100_000 }, (_, i) => member(`node-${i}`));
    const types: string[] = [];
    const port = await new Promise<number>((resolve) => {
      const server = listen(serf, { port: 0 }).subscribe((event) => {
        types.push(event.type);
        if (event.type === 'listening') resolve(event.port);
      });
      leaving.push(() => server.unsubscribe());
    });
    const socket = connectTcp({ port, host: '127.0.0.1', allowHalfOpen: true });
    leaving.push(() => socket.destroy());
    socket.on('error', () => {});
    socket.pause();
    socket.end(encoded(...hello, { Command: 'members', Seq: 1 }));
    await expect.poll(() => types, { timeout: 5_000 }).toContain('disconnected');
  });

  test('unsubscribing closes at once, whatever is under way', async () => {
    const serf = new FakeSerf();
    serf.answers.join = () => NEVER;
    const { address, stop } = serving(serf);
    const port = Number((await address).split(':')[1]);
    const answers = sending(port, ...hello, { Command: 'join', Seq: 1 }, { Existing: ['a'] });
    await expect.poll(() => serf.open).toBe(1);
    stop();
    expect(await answers).toEqual([ok(0)]);
    expect(serf.open).toBe(0);
  });
});
