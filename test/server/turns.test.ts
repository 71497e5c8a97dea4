import { encode } from '@msgpack/msgpack';
import { of, Subject } from 'rxjs';
import { listen } from 'rxserf/server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { Turns } from '../../src/server/peer/turns.ts';
import { rawConnection } from '../agent/harness/raw-connection.ts';
import { Clock } from './support/clock.ts';
import { FakeSerf } from './support/fake-serf.ts';
import { ok, WirePeer } from './support/wire-peer.ts';

/** So many events, as one chunk. */
function events(count: number): Uint8Array {
  return Buffer.concat(
    Array.from({ length: count }, (_, seq) => [
      encode({ Command: 'event', Seq: seq }),
      encode({ Name: 'e' }),
    ]).flat(),
  );
}

describe('a peer whose requests take long', () => {
  /** A Serf whose events take 1 ms each, of the peer's clock. */
  function slow() {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    serf.answers.event = () => {
      peer.clock.frame += 1;
      return of(undefined);
    };
    return { serf, peer };
  }

  test('has four of them in a turn, and is not read from until the next', () => {
    const { peer } = slow();
    peer.sendBytes(events(10));
    expect(peer.take()).toHaveLength(4);
    expect(peer.paused).toBe(true);
    peer.clock.advance(1);
    peer.clock.advance(10);
    expect(peer.take()).toHaveLength(6);
    expect(peer.paused).toBe(false);
    expect(peer.clock.actions).toEqual([]);
  });

  test('has one in a turn that takes 4 ms', () => {
    const { serf, peer } = slow();
    serf.answers.event = () => {
      peer.clock.frame += 4;
      return of(undefined);
    };
    peer.sendBytes(events(3));
    expect(peer.take()).toHaveLength(1);
    expect(peer.paused).toBe(true);
    peer.clock.advance(1);
    expect(peer.take()).toHaveLength(1);
  });

  test('is read from in turns as well while an answer is waited for', () => {
    const { serf, peer } = slow();
    const answer = new Subject<void>();
    serf.answers.event = () => answer;
    // Reading takes time on this clock, as a large request's does.
    const now = peer.clock.now.bind(peer.clock);
    peer.clock.now = () => {
      peer.clock.frame += 1;
      return now();
    };
    peer.sendBytes(events(100));
    expect(peer.paused).toBe(true);
  });

  test('is answered to the end when it has closed its half', () => {
    const { peer } = slow();
    peer.sendBytes(events(6)).sendBytes(Uint8Array.of(0x82));
    peer.close();
    expect(peer.end).toBeUndefined();
    peer.clock.advance(100);
    expect(peer.end).toEqual({});
  });

  test('cannot pile up bytes meanwhile, where its socket cannot be paused', () => {
    const { peer } = slow();
    peer.sendBytes(events(10));
    for (let i = 0; i < 5; i++) peer.sendBytes(new Uint8Array(1_000_000));
    expect(peer.hungUp()).toBe(false);
    peer.sendBytes(new Uint8Array(1_000_000));
    expect(peer.hungUp()).toBe(true);
    expect(peer.paused).toBe(false);
  });

  test('is read from again when it is hung up on: its end is waited for', () => {
    const { peer } = slow();
    peer.sendBytes(events(10));
    expect(peer.paused).toBe(true);
    peer.unsubscribe();
    expect(peer.paused).toBe(false);
    expect(peer.clock.actions).toEqual([]);
  });
});

test('the more peers there are that do, the longer each pauses', () => {
  const clock = new Clock();
  const turns = new Turns(clock);
  const begun: number[] = [];
  for (let i = 0; i < 3; i++) turns.next(turns.begin(), () => begun.push(clock.now()));
  turns.next(turns.begin(), () => {}).unsubscribe();
  clock.advance(100);
  expect(begun).toEqual([0, 4, 8]);
  turns.next(turns.begin(), () => begun.push(clock.now()));
  clock.advance(0);
  expect(begun).toEqual([0, 4, 8, 100]);
});

test('the longer its turn took, the longer a peer pauses that is not the only one', () => {
  const clock = new Clock();
  const turns = new Turns(clock);
  const begun: number[] = [];
  turns.next(turns.begin(), () => {});
  const turn = turns.begin();
  clock.frame += 20;
  turns.next(turn, () => begun.push(clock.now()));
  clock.advance(59);
  expect(begun).toEqual([]);
  clock.advance(1);
  expect(begun).toEqual([80]);
});

test('over TCP, a peer that asks for little is answered while five flood', async () => {
  const serf = new FakeSerf();
  serf.answers.event = () => {
    const end = performance.now() + 0.1;
    while (performance.now() < end);
    return of(undefined);
  };
  const at = await new Promise<{ host: string; port: number }>((resolve, reject) => {
    const server = listen(serf, { port: 0 }).subscribe({
      next: (event) => event.type === 'listening' && resolve(event),
      error: reject,
    });
    onTestFinished(() => server.unsubscribe());
  });
  const open = async () => {
    const raw = await rawConnection({ rpc: at });
    onTestFinished(() => raw.close());
    raw.send({ Command: 'handshake', Seq: 0 }, { Version: 1 });
    await raw.waitFor(() => raw.values().length === 1);
    raw.forget();
    return raw;
  };
  const quiet = await open();
  const floods = await Promise.all(Array.from({ length: 5 }, open));
  const flood = events(1_000);
  for (const raw of floods) raw.sendBytes(flood);
  await expect.poll(() => serf.calls.length, { interval: 1 }).toBeGreaterThan(0);

  quiet.send({ Command: 'stop', Seq: 1 }, { Stop: 7 });
  await quiet.waitFor(() => quiet.values().length === 1);
  expect(quiet.values()).toEqual([ok(1)]);
  // All that one of them has sent lay there when this was asked.
  expect(serf.calls.length).toBeLessThan(1_000);
  await Promise.all(floods.map((raw) => raw.waitFor(() => raw.values().length === 1_000)));
});
