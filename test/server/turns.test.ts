import { decodeMulti, encode } from '@msgpack/msgpack';
import {
  map,
  NEVER,
  of,
  type SchedulerAction,
  type SchedulerLike,
  Subject,
  Subscription,
  tap,
  timer,
} from 'rxjs';
import type { Socket } from 'rxserf';
import { listen, type ServeOptions } from 'rxserf/server';
import { describe, expect, onTestFinished, test } from 'vitest';
import { withDefaults } from '../../src/server/options.ts';
import { Turns } from '../../src/server/peer/turns.ts';
import { servePeer } from '../../src/server/serve.ts';
import { rawConnection } from '../agent/harness/raw-connection.ts';
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

  test('has as many of them in its first turn as take 4 ms, then 1 ms, and is not read from until the next', () => {
    const { serf, peer } = slow();
    serf.answers.event = () => {
      peer.clock.frame += 0.25;
      return of(undefined);
    };
    peer.sendBytes(events(25));
    expect(peer.take()).toHaveLength(16);
    expect(peer.paused).toBe(true);
    peer.clock.advance(0.5);
    expect(peer.take()).toHaveLength(4);
    expect(peer.paused).toBe(true);
    peer.clock.advance(10);
    expect(peer.take()).toHaveLength(5);
    expect(peer.paused).toBe(false);
    expect(peer.clock.actions).toEqual([]);
  });

  test('has them all at once where that is all: nothing waits', () => {
    const { peer } = slow();
    peer.sendBytes(events(1));
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

/** An event loop in virtual time: what is done takes its time, and what is due meanwhile is done afterwards. */
class Loop implements SchedulerLike {
  time = 0;
  readonly #actions: { readonly at: number; readonly work: () => void }[] = [];

  readonly now = () => this.time;

  schedule<T>(work: (this: SchedulerAction<T>, state?: T) => void, delay = 0): Subscription {
    const action = { at: this.time + delay, work: () => work.call(undefined as never) };
    this.#actions.push(action);
    return new Subscription(() => {
      const at = this.#actions.indexOf(action);
      if (at >= 0) this.#actions.splice(at, 1);
    });
  }

  advance(ms: number): void {
    const end = this.time + ms;
    for (;;) {
      const next = this.#actions.reduce((first, each) => (each.at < first.at ? each : first), {
        at: Number.POSITIVE_INFINITY,
        work() {},
      });
      if (Math.max(next.at, this.time) > end) break;
      this.#actions.splice(this.#actions.indexOf(next), 1);
      this.time = Math.max(next.at, this.time);
      next.work();
    }
    this.time = Math.max(end, this.time);
  }
}

/** Several peers of one server, in virtual time. */
class Crowd {
  readonly clock = new Loop();
  readonly serf = new FakeSerf();
  /** When the process did something, in ms. */
  readonly work: { readonly start: number; readonly end: number }[] = [];
  #busy = 0;
  readonly #turns = new Turns(this.clock, () => this.#busy);

  /** The process is busy for so long. */
  spend(ms: number): void {
    const start = this.clock.time;
    this.clock.time += ms;
    this.#busy += ms;
    this.work.push({ start, end: this.clock.time });
  }

  /** When it did something without a pause. */
  spells(): { start: number; end: number }[] {
    return this.work.reduce<{ start: number; end: number }[]>((spells, { start, end }) => {
      const last = spells.at(-1);
      if (last?.end === start) last.end = end;
      else spells.push({ start, end });
      return spells;
    }, []);
  }

  /** A peer that has shaken hands. */
  peer(options: ServeOptions = {}) {
    const bytes$ = new Subject<Uint8Array>();
    const state = { paused: false, replies: 0, ended: false };
    const socket: Socket = {
      subscribe: (observer: never) => bytes$.subscribe(observer),
      next: (bytes: Uint8Array) => {
        state.replies += [...decodeMulti(bytes)].length;
      },
      error: () => {},
      complete: () => {},
      allowHalfOpen: false,
      pause: (paused: boolean) => {
        state.paused = paused;
      },
    };
    const settled = withDefaults({ scheduler: this.clock, ...options });
    const subscription = servePeer(this.serf, socket, settled, this.#turns).subscribe({
      error: () => {
        state.ended = true;
      },
    });
    onTestFinished(() => subscription.unsubscribe());
    const send = (bytes: Uint8Array) => bytes$.next(bytes);
    send(Buffer.concat([encode({ Command: 'handshake', Seq: 0 }), encode({ Version: 1 })]));
    return { state, send, subscription };
  }
}

describe('of several peers', () => {
  test.each([2, 6, 50])('%i that flood have less than half of the time, a turn at a time', (count) => {
    const crowd = new Crowd();
    crowd.serf.answers.event = () => {
      crowd.spend(0.5);
      return of(undefined);
    };
    const peers = Array.from({ length: count }, () => crowd.peer());
    const quiet = crowd.peer();
    for (const { send } of peers) send(events(1_000));
    // Each had a turn when its bytes came: nobody knew that there would be more.
    const begun = crowd.clock.time;
    crowd.work.length = 0;
    crowd.clock.advance(1_000);
    const turns = crowd.spells();

    for (const { start, end } of turns) expect(end - start).toBe(1);
    expect(turns.length).toBeLessThan((crowd.clock.time - begun) / 2);
    expect(turns.length).toBeGreaterThan((crowd.clock.time - begun) / 3);
    const replies = peers.map(({ state }) => state.replies);
    expect(Math.max(...replies) - Math.min(...replies)).toBeLessThanOrEqual(2);
    // Who asks for little is served at once.
    const before = quiet.state.replies;
    quiet.send(events(1));
    expect(quiet.state.replies).toBe(before + 1);
  });

  test.each([3, 10, 30])(
    'five that ask for %i at a time, and again when they have them, are no less a flood',
    (count) => {
      const crowd = new Crowd();
      crowd.serf.answers.event = () => {
        crowd.spend(0.1);
        return of(undefined);
      };
      const quiet = crowd.peer();
      for (const { send, state } of Array.from({ length: 5 }, () => crowd.peer())) {
        let expected = state.replies;
        const again = () => {
          crowd.clock.schedule(again, 0.2);
          if (state.replies < expected) return;
          expected += count;
          send(events(count));
        };
        again();
      }
      const times: number[] = [];
      for (let i = 1; i <= 100; i++) {
        // Not at the pace of the others.
        const wait = 5 + 0.37 * (i % 11);
        const asked = crowd.clock.time + wait;
        crowd.clock.schedule(() => quiet.send(events(1)), wait);
        while (quiet.state.replies <= i) crowd.clock.advance(0.1);
        times.push(crowd.clock.time - asked);
      }
      // Alone it takes 0.1 ms.
      expect(times.sort((a, b) => a - b)[50]).toBeLessThan(0.5);
    },
  );

  /** Peers that come, ask for so many things, leave when they have them, and come back at once. */
  function revolvingDoor({ peers, requests, takes }: { peers: number; requests: number; takes: number }) {
    const crowd = new Crowd();
    crowd.serf.answers.event = () => {
      crowd.spend(takes);
      return of(undefined);
    };
    const door = { crowd, visits: 0 };
    const come = () => {
      const { send, state, subscription } = crowd.peer();
      const look = () => {
        if (state.replies < 1 + requests) crowd.clock.schedule(look, 0.05);
        else {
          subscription.unsubscribe();
          door.visits++;
          come();
        }
      };
      crowd.clock.schedule(() => {
        send(events(requests));
        look();
      }, 0.05);
    };
    for (let i = 0; i < peers; i++) crowd.clock.schedule(come, i);
    return door;
  }

  test.each([10, 20, 30])(
    'five that ask for %i, leave, and come back at once, are no less a flood',
    (requests) => {
      const { crowd } = revolvingDoor({ peers: 5, requests, takes: 0.1 });
      const quiet = crowd.peer();
      const times: number[] = [];
      for (let i = 1; i <= 100; i++) {
        const due = i * 7.3;
        crowd.clock.schedule(() => quiet.send(events(1)), due - crowd.clock.time);
        while (quiet.state.replies <= i) crowd.clock.advance(0.1);
        times.push(crowd.clock.time - due);
      }
      times.sort((a, b) => a - b);
      expect(times[50]).toBeLessThan(0.5);
    },
  );

  test.each([
    ['one that does so alone', { peers: 1, requests: 10, takes: 0.1 }],
    ['each that asks for one thing and leaves', { peers: 5, requests: 1, takes: 0.1 }],
  ])('%s is not held up', (_, visitors) => {
    const door = revolvingDoor(visitors);
    door.crowd.clock.advance(500);
    const busy = door.crowd.work.reduce((sum, { start, end }) => sum + end - start, 0);
    expect(busy).toBeGreaterThan(0.8 * 500);
  });

  test.each([
    [1, 1],
    [3, 0],
  ])(
    'behind one that leaves before its %i requests are answered, who comes has %i reply at once',
    (requests, replies) => {
      const crowd = new Crowd();
      crowd.serf.answers.event = () => {
        crowd.spend(1);
        return NEVER;
      };
      crowd.peer();
      const { send, subscription } = crowd.peer({ concurrency: 8 });
      send(events(requests));
      expect(crowd.serf.calls).toHaveLength(requests);
      subscription.unsubscribe();
      expect(crowd.peer().state.replies).toBe(replies);
    },
  );

  test('that one pressed is forgotten when it has asked for nothing for a while', () => {
    const crowd = new Crowd();
    crowd.serf.answers.event = () => {
      crowd.spend(0.5);
      return of(undefined);
    };
    const [a, b] = [crowd.peer(), crowd.peer()];
    for (const { send } of [a, b]) send(events(20));
    crowd.clock.advance(500);
    // Alone, without a pause, but for its own.
    crowd.work.length = 0;
    b.send(events(100));
    crowd.clock.advance(60);
    expect(crowd.spells()).toHaveLength(1);
    expect(b.state.replies).toBe(121);
  });

  test('one that floods alone leaves nothing out', () => {
    const crowd = new Crowd();
    crowd.serf.answers.event = () => {
      crowd.spend(0.5);
      return of(undefined);
    };
    const { send, state } = crowd.peer();
    crowd.peer();
    send(events(100));
    crowd.clock.advance(50);
    expect(state.replies).toBe(101);
    expect(crowd.clock.time).toBeLessThanOrEqual(55);
  });

  test('one is charged for what a Serf of this process does for it later', () => {
    const crowd = new Crowd();
    crowd.serf.answers.event = () => timer(1, crowd.clock).pipe(tap(() => crowd.spend(5)));
    const [a, b] = [crowd.peer(), crowd.peer()];
    a.send(events(3));
    b.send(events(3));
    crowd.clock.advance(11);
    expect([a.state.replies, b.state.replies]).toEqual([2, 2]);
    expect([a.state.paused, b.state.paused]).toEqual([true, true]);
    // Neither begins its next one before the loop was left for 1.5 times as long.
    crowd.clock.advance(7.4);
    expect(crowd.serf.calls).toHaveLength(2);
    crowd.clock.advance(0.1);
    expect(crowd.serf.calls.length).toBeGreaterThan(2);
  });

  test('one is not charged for the time that it waits for a Serf', () => {
    const crowd = new Crowd();
    crowd.serf.answers.event = () => timer(100, crowd.clock).pipe(map(() => undefined));
    const [a, b] = [crowd.peer({ concurrency: 2 }), crowd.peer({ concurrency: 2 })];
    a.send(events(20));
    b.send(events(20));
    crowd.clock.advance(1_000);
    expect([a.state.replies, b.state.replies]).toEqual([21, 21]);
    expect(crowd.work).toEqual([]);
  });

  test('one that was cut off and comes back waits as long as if it had stayed', () => {
    const crowd = new Crowd();
    crowd.serf.answers.event = () => {
      crowd.spend(0.8);
      return of(undefined);
    };
    const flood = crowd.peer();
    flood.send(Buffer.concat([events(1), Uint8Array.of(0xc1)]));
    const again = crowd.peer();
    expect(again.state.replies).toBe(0);
    crowd.clock.advance(1.1);
    expect(again.state.replies).toBe(0);
    crowd.clock.advance(0.1);
    expect(again.state.replies).toBe(1);
  });

  test('a process that was stopped for a minute does not stop them for longer', () => {
    const crowd = new Crowd();
    let took = 0.5;
    crowd.serf.answers.event = () => {
      crowd.spend(took);
      took = 0.5;
      return of(undefined);
    };
    const peers = [crowd.peer(), crowd.peer()];
    for (const { send } of peers) send(events(100));
    took = 60_000;
    crowd.clock.advance(20);
    const { length } = crowd.serf.calls;
    crowd.clock.advance(2_000);
    expect(crowd.serf.calls.length).toBeGreaterThan(length);
  });

  test('a crowd of those who come back at once, and ask for little, is not let in one by one', () => {
    const crowd = new Crowd();
    crowd.serf.answers.event = () => {
      crowd.spend(0.01);
      return of(undefined);
    };
    for (const { send } of [crowd.peer(), crowd.peer()]) send(events(10_000));
    const back = Array.from({ length: 1_000 }, () => crowd.peer());
    const before = crowd.clock.time;
    for (const { send } of back) send(events(1));
    expect(back.every(({ state }) => state.replies === 0)).toBe(true);
    crowd.work.length = 0;
    while (back.some(({ state }) => state.replies < 2)) crowd.clock.advance(1);
    // 10 ms of requests, a turn's time at once: between each two of these those who press have one, and the loop is left to others.
    expect(crowd.clock.time - before).toBeLessThan(100);
    for (const { start, end } of crowd.spells()) expect(end - start).toBeLessThan(2.5);
  });

  test('those who come wait as long as one of those who press, not as all', () => {
    const crowd = new Crowd();
    crowd.serf.answers.event = () => {
      crowd.spend(1);
      return of(undefined);
    };
    const floods = Array.from({ length: 50 }, () => crowd.peer());
    for (const { send } of floods) send(events(10));
    const { length } = crowd.serf.calls;
    const late = crowd.peer();
    while (late.state.replies === 0) crowd.clock.advance(1);
    expect(crowd.serf.calls.length - length).toBeLessThanOrEqual(1);
  });
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
