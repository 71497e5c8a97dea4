import { map, NEVER, Subject, takeUntil } from 'rxjs';
import type { RemoteError } from 'rxserf';
import { type AnyApi, type Notifier, RpcError } from 'rxserf/notifier';
import { pipe, type Socket } from 'rxserf/socket';
import { describe, expect, test } from 'vitest';
import { encodePublish, encodeRegistrations, readFrame } from '../../src/notifier/mesh/frames.ts';
import { Handshake } from '../../src/notifier/mesh/handshake.ts';
import { Assembler } from '../../src/protocol/assembler.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { Writer } from '../../src/protocol/writer.ts';
import type { Wire } from './support/wire.ts';
import { world } from './support/world.ts';

const ALL = { mask: 0, value: 0 };
type Pair = [Notifier<AnyApi>, Notifier<AnyApi>];
type Trio = [Notifier<AnyApi>, Notifier<AnyApi>, Notifier<AnyApi>];

/** The states that a notifier's peers go through, each once. */
function states(notifier: Notifier<AnyApi>): string[] {
  const seen: string[] = [];
  notifier.peers$.subscribe((peers) => {
    const text = peers.map(({ id, state }) => `${id} ${state}`).join(', ');
    if (seen.at(-1) !== text) seen.push(text);
  });
  return seen;
}

describe('a pair', () => {
  test('has one connection, dialled by the greater id at once', () => {
    const { mesh, pass, wires } = world();
    const [a, b] = mesh('a', 'b') as Pair;
    const seen = [states(a), states(b)];
    pass(10_000);

    expect(wires.map(({ from, to, isOpen }) => `${from} ${to} ${isOpen}`)).toEqual(['b a true']);
    expect(seen).toEqual([
      ['b connecting', 'b connected'],
      ['a connecting', 'a connected'],
    ]);
  });

  test('the lesser id dials as well when it is not dialled for 2 s', () => {
    const { add, pass, wires } = world();
    // b does not know a.
    const seen = states(add('a', ['b']));
    states(add('b', []));
    pass(1_999);
    expect(wires).toEqual([]);
    pass(20);

    expect(wires.map(({ from, to }) => `${from} ${to}`)).toEqual(['a b']);
    expect(seen.at(-1)).toBe('b connected');
  });

  test('one that does not listen dials at once', () => {
    const { add, pass, wires } = world();
    states(add('b', []));
    const seen = states(add('a', ['b'], { listen: false }));
    pass(20);

    expect(wires.map(({ from, to }) => `${from} ${to}`)).toEqual(['a b']);
    expect(seen.at(-1)).toBe('b connected');
  });

  test('both dial at once: the one of the greater id stays, and what the other carries is still answered', () => {
    const { mesh, pass, wires, delays, watch, take } = world();
    delays.set('b a', 2_500);
    const [a, b] = mesh('a', 'b') as Pair;
    watch('got', b.notifications('o', ALL, 'c').pipe(map(({ id }) => id)));
    const answer$ = new Subject<string>();
    watch('served', b.serve('o', ALL, 'late', () => answer$).pipe(map(({ type }) => type)));
    states(a);
    pass(2_200);
    expect(wires.filter(({ isOpen }) => isOpen)).toHaveLength(2);
    // Over the connection that a has dialled.
    watch('call', a.call('o', 1, 'late', undefined, { timeout: 9_000 }));
    pass(1_000);
    expect(wires.map(({ from, isOpen }) => `${from} ${isOpen}`)).toEqual(['b true', 'a true']);
    watch('report', a.publish('o', 5, 'c'));
    pass(10);
    expect(take()).toEqual(['report: {"full":1,"slice":null}', 'report: |', 'got: 5']);
    answer$.next('late');
    pass(10);
    expect(take()).toEqual(['served: "answered"', 'call: {"from":"b","value":"late"}', 'call: |']);
    pass(10);
    expect(wires.map(({ from, isOpen }) => `${from} ${isOpen}`)).toEqual(['b true', 'a false']);
  });
});

/** Three of which all are connected. */
function connected(ids: readonly string[] = ['a', 'b', 'c'], options = {}) {
  const all = world(options);
  const notifiers = all.mesh(...ids) as Trio;
  const peers = notifiers.map(states);
  all.pass(100);
  const wire = (one: string, other: string) =>
    all.wires.findLast(
      ({ from, to }) => (from === one && to === other) || (from === other && to === one),
    ) as Wire;
  return { ...all, notifiers, peers, wire };
}

describe('a connection that is lost', () => {
  test('ends what waits for its peer at once, and nothing else', () => {
    const { notifiers, watch, pass, take, wire } = connected();
    const [a, b, c] = notifiers;
    b.serve('o', ALL, 'get', () => NEVER).subscribe();
    c.serve('o', ALL, 'get', () => 'mine').subscribe();
    pass(10);
    watch('call', a.call('o', 1, 'get'));
    pass(10);
    expect(take()).toEqual(['call: {"from":"c","value":"mine"}']);
    wire('a', 'b').cut();

    expect(take()).toEqual(['call: {"from":"b","error":"connection-lost unknown"}', 'call: |']);
  });

  test('comes back after a while, with all registrations', () => {
    const { notifiers, peers, watch, pass, take, wire, wires } = connected(['a', 'b']);
    const [a, b] = notifiers;
    watch('got', b.notifications('o', ALL, 'c').pipe(map(({ id }) => id)));
    pass(10);
    wire('a', 'b').cut();
    watch('lost', a.publish('o', 1, 'c'));
    // Registered meanwhile.
    b.serve('o', ALL, 'get', () => 'there').subscribe();
    pass(1_000);
    watch('back', a.publish('o', 2, 'c'));
    watch('call', a.call('o', 2, 'get'));
    pass(10);

    expect(take()).toEqual([
      'lost: {"full":0,"slice":null}',
      'lost: |',
      'back: {"full":1,"slice":null}',
      'back: |',
      'got: 2',
      'call: {"from":"b","value":"there"}',
      'call: |',
    ]);
    expect(wires).toHaveLength(2);
    expect(peers[0]).toEqual(['b connecting', 'b connected', 'b connecting', 'b connected']);
  });

  test('is not dialled in a loop when the peer hangs up each time, as soon as it is known', () => {
    const { add, doors, scheduler, pass } = world({ random: () => 0.999 });
    const door = new Subject<Socket>();
    doors.set('a', door);
    let dialled = 0;
    door.subscribe((socket) => {
      dialled++;
      const key = new Uint8Array(0);
      const handshake = new Handshake('listener', { id: 'a', node: '', key, accept: () => {} });
      const assembler = new Assembler(DEFAULT_LIMITS);
      const read = (bytes: Uint8Array) => {
        assembler.push(bytes);
        for (let value = assembler.next(); value !== undefined; value = assembler.next()) {
          const frame = readFrame(value);
          if (frame.type !== 'hello' && frame.type !== 'proof') continue;
          const { send, peer } = handshake.receive(frame);
          if (send) socket.next(send);
          if (!peer) continue;
          socket.next(encodeRegistrations(0, [], false));
          socket.complete();
        }
      };
      socket.subscribe({ next: read });
    });
    const seen = states(add('b', ['a']));
    pass(60_000);

    expect(scheduler.frame).toBe(60_000);
    // At once, and then as one that cannot be reached.
    expect(dialled).toBeGreaterThan(5);
    expect(dialled).toBeLessThan(15);
    expect(seen).toContain('a connected');
  });

  test('one who cannot be reached is tried again, less and less often, up to every 10 s', () => {
    const { add, pass, scheduler } = world({ random: () => 0.999 });
    const at: number[] = [];
    const dial = () => {
      at.push(scheduler.frame);
      throw new Error('connect EHOSTUNREACH');
    };
    const notifier = add('b', ['a'], { dial });
    const seen = states(notifier);
    pass(60_000);

    const waits = at.slice(1).map((time, i) => time - (at[i] as number));
    expect(waits.slice(0, 6).map((wait) => Math.round(wait / 100) * 100)).toEqual([
      400, 800, 1_600, 3_200, 6_400, 10_000,
    ]);
    expect(Math.max(...waits)).toBeLessThanOrEqual(10_000);
    expect(seen).toEqual(['a waiting']);
  });

  test('a peer that says nothing is asked after 10 s, and gone after 25', () => {
    const { notifiers, peers, watch, pass, take, wire } = connected(['a', 'b']);
    const [a, b] = notifiers;
    b.serve('o', ALL, 'get', () => NEVER).subscribe();
    watch('events', a.events$);
    pass(10);
    watch('call', a.call('o', 1, 'get', undefined, { timeout: 0 }));
    pass(24_000);
    // It has answered each ping.
    expect(take()).toEqual([]);
    const { ends } = wire('a', 'b');
    wire('a', 'b').silent = true;
    const before = ends.map(({ sent }) => sent);
    pass(9_000);
    expect(take()).toEqual([]);
    pass(16_100);
    expect(ends.map(({ sent }, i) => sent - (before[i] as number))).toEqual([2, 2]);
    expect(take()).toEqual([
      'call: {"from":"b","error":"connection-lost unknown"}',
      'call: |',
      'events: {"type":"disconnected","peer":"b","error":"peer-timeout"}',
      'events: {"type":"connected","peer":"b"}',
    ]);
    expect(peers[0]).toEqual(['b connecting', 'b connected', 'b connecting', 'b connected']);
  });
});

describe('a long message', () => {
  test('of which pieces come is a sign of life, however long it takes', () => {
    const { scheduler, doors, mesh, watch, pass, take } = world();
    const [a, b] = mesh('a', 'b') as Pair;
    states(b);
    watch('got', a.notifications('o', ALL, 'c').pipe(map(({ args }) => (args as Uint8Array).length)));
    pass(100);
    const [mine, theirs] = pipe(scheduler);
    doors.get('a')?.next(theirs);
    const handshake = new Handshake('dialer', {
      id: 'x',
      node: '',
      key: new Uint8Array(0),
      accept: () => {},
    });
    const assembler = new Assembler(DEFAULT_LIMITS);
    mine.subscribe((bytes) => {
      assembler.push(bytes);
      for (let value = assembler.next(); value !== undefined; value = assembler.next()) {
        const frame = readFrame(value);
        if (frame.type !== 'hello' && frame.type !== 'proof') continue;
        const { send } = handshake.receive(frame);
        if (send) mine.next(send);
      }
    });
    mine.next(handshake.start() as Uint8Array);
    pass(10);
    mine.next(encodeRegistrations(0, [], false));
    watch('events', a.events$);
    const payload = new Writer().write(new Uint8Array(100)).take();
    const frame = encodePublish('o', 1, 'c', payload, true, undefined);
    // A minute, with no answer to any ping: a piece every 10 s.
    for (let at = 0; at < frame.length; at += 20) {
      pass(10_000);
      mine.next(frame.subarray(at, at + 20));
    }
    pass(10);

    expect(take()).toEqual(['events: {"type":"connected","peer":"x"}', 'got: 100']);
  });
});

describe('a peer that has closed its half, and has not read all', () => {
  test('is sent nothing more: its slices give way at once', () => {
    const { notifiers, watch, pass, take, wire } = connected(['a', 'b', 'c'], { random: () => 0 });
    const [a, b, c] = notifiers;
    for (const each of [b, c]) {
      watch(`got ${each.id}`, each.notifications('o', ALL, 'c', { slice: 1 }).pipe(map(({ id }) => id)));
      each.serve('o', ALL, 'get', () => each.id, { slice: 1 }).subscribe();
    }
    pass(10);
    const { ends } = Object.assign(wire('a', 'b'), { buffered: 1_000 });
    // It is b that has dialled.
    ends[0]?.complete();
    pass(10);
    watch('publish', a.publish('o', 1, 'c'));
    watch('call', a.call('o', 1, 'get'));
    pass(10);

    expect(take()).toEqual([
      'publish: {"full":0,"slice":"c"}',
      'publish: |',
      'got c: 1',
      'call: {"from":"c","value":"c"}',
      'call: |',
    ]);
  });
});

describe('a peer that does not read', () => {
  test('gets no more: publications are dropped and counted, calls fail with overflow', () => {
    const { notifiers, watch, pass, take, wire } = connected();
    const [a, b, c] = notifiers;
    for (const each of [b, c]) {
      watch(`got ${each.id}`, each.notifications('o', ALL, 'c').pipe(map(({ id }) => id)));
      each.serve('o', ALL, 'get', () => each.id).subscribe();
    }
    pass(10);
    watch('dropped', a.dropped$);
    wire('a', 'b').buffered = 8 * 1024 * 1024 + 1;
    watch('publish', a.publish('o', 1, 'c'));
    watch('call', a.call('o', 1, 'get'));
    pass(10);
    expect(take()).toEqual([
      'dropped: {"count":1,"cause":"overflow","peer":"b"}',
      'publish: {"full":1,"slice":null}',
      'publish: |',
      'call: {"from":"b","error":"overflow"}',
      'got c: 1',
      'call: {"from":"c","value":"c"}',
      'call: |',
    ]);
    wire('a', 'b').buffered = undefined;
    watch('publish', a.publish('o', 2, 'c'));
    pass(10);
    expect(take()).toEqual(['publish: {"full":2,"slice":null}', 'publish: |', 'got b: 2', 'got c: 2']);
  });

  test('a slice of it gives way to another one, for publications and calls', () => {
    const { notifiers, watch, pass, take, wire } = connected(['a', 'b', 'c'], { random: () => 0 });
    const [a, b, c] = notifiers;
    for (const each of [b, c]) {
      watch(`got ${each.id}`, each.notifications('o', ALL, 'c', { slice: 1 }).pipe(map(({ id }) => id)));
      each.serve('o', ALL, 'get', () => each.id, { slice: 1 }).subscribe();
    }
    pass(10);
    wire('a', 'b').buffered = 8 * 1024 * 1024 + 1;
    watch('publish', a.publish('o', 1, 'c'));
    watch('call', a.call('o', 1, 'get'));
    pass(10);
    expect(take()).toEqual([
      'publish: {"full":0,"slice":"c"}',
      'publish: |',
      'got c: 1',
      'call: {"from":"c","value":"c"}',
      'call: |',
    ]);
    wire('a', 'c').buffered = 8 * 1024 * 1024 + 1;
    watch('dropped', a.dropped$);
    watch('publish', a.publish('o', 1, 'c'));
    watch('call', a.call('o', 1, 'get'));
    pass(10);
    expect(take()).toEqual([
      'dropped: {"count":1,"cause":"overflow","peer":"b"}',
      'publish: {"full":0,"slice":null}',
      'publish: |',
      'call: {"from":"b","error":"overflow"}',
      'call: |',
    ]);
  });

  test('with thousands of slices gives way as a whole: each is not tried', () => {
    let chosen = 0;
    const random = () => {
      chosen++;
      return 0;
    };
    const { notifiers, watch, pass, take, wire } = connected(['a', 'b'], { random });
    const [a, b] = notifiers;
    for (let i = 0; i < 2_000; i++) {
      b.serve('o', ALL, 'get', () => i, { slice: 1 }).subscribe();
      b.notifications('o', ALL, 'c', { slice: 1 }).subscribe();
    }
    pass(10);
    wire('a', 'b').buffered = 8 * 1024 * 1024 + 1;
    chosen = 0;
    watch('publish', a.publish('o', 1, 'c'));
    watch('call', a.call('o', 1, 'get'));
    pass(10);

    expect(take()).toEqual([
      'publish: {"full":0,"slice":null}',
      'publish: |',
      'call: {"from":"b","error":"overflow"}',
      'call: |',
    ]);
    expect(chosen).toBeLessThan(5);
  });

  test('is disconnected when twice as much waits for it', () => {
    const { notifiers, watch, pass, take, wire } = connected(['a', 'b'], { limits: { outbound: 1_000 } });
    const [a, b] = notifiers;
    watch('events', a.events$);
    b.notifications('o', ALL, 'c').subscribe();
    pass(10);
    wire('a', 'b').silent = true;
    wire('a', 'b').buffered = 999;
    a.publish('o', 1, 'c').subscribe();
    expect(take()).toEqual([]);
    // A message for which there was room does not count, however long it is.
    a.publish('o', 1, 'c', new Uint8Array(4_000)).subscribe();
    wire('a', 'b').buffered = 5_999;
    a.serve('o', ALL, 'get', () => 1).subscribe();
    expect(take()).toEqual([]);
    wire('a', 'b').buffered = 6_100;
    a.notifications('o', ALL, 'c').subscribe();

    expect(take()).toEqual(['events: {"type":"disconnected","peer":"b","error":"overflow"}']);
  });
});

describe('a slice that a call cannot have reached', () => {
  test('whose connection breaks before anything is written: another one is called', () => {
    const { notifiers, watch, pass, take, wire } = connected(['a', 'b', 'c'], { random: () => 0 });
    const [a, b, c] = notifiers;
    for (const each of [b, c]) each.serve('o', ALL, 'get', () => each.id, { slice: 1 }).subscribe();
    pass(10);
    wire('a', 'b').broken = true;
    watch('call', a.call('o', 1, 'get'));
    pass(10);

    expect(take()).toEqual(['call: {"from":"c","value":"c"}', 'call: |']);
  });

  test('that was unsubscribed from while the call was on its way: another one is called', () => {
    const { notifiers, watch, pass, take } = connected(['a', 'b', 'c'], { random: () => 0 });
    const [a, b, c] = notifiers;
    const first = b.serve('o', ALL, 'get', () => 'b', { slice: 1 }).subscribe();
    c.serve('o', ALL, 'get', () => 'c', { slice: 1 }).subscribe();
    pass(10);
    watch('call', a.call('o', 1, 'get'));
    first.unsubscribe();
    pass(10);

    expect(take()).toEqual(['call: {"from":"c","value":"c"}', 'call: |']);
  });

  test('but not one that has it: nothing is done twice', () => {
    const { notifiers, watch, pass, take, wire } = connected(['a', 'b', 'c'], { random: () => 0 });
    const [a, b, c] = notifiers;
    let called = 0;
    const count = () => {
      called++;
      return NEVER;
    };
    for (const each of [b, c]) each.serve('o', ALL, 'get', count, { slice: 1 }).subscribe();
    pass(10);
    watch('call', a.call('o', 1, 'get'));
    // On its way, or there: nobody can say.
    wire('a', 'b').cut();
    pass(100);

    expect(take()).toEqual(['call: {"from":"b","error":"connection-lost unknown"}', 'call: |']);
    expect(called).toBe(0);
  });

  test('a publication for it is lost, and that is told', () => {
    const { notifiers, watch, pass, take } = connected(['a', 'b']);
    const [a, b] = notifiers;
    const subscription = b.notifications('o', ALL, 'c', { slice: 1 }).subscribe();
    watch('dropped', b.dropped$);
    pass(10);
    watch('publish', a.publish('o', 1, 'c'));
    subscription.unsubscribe();
    pass(10);

    expect(take()).toEqual([
      'publish: {"full":0,"slice":"b"}',
      'publish: |',
      'dropped: {"count":1,"cause":"unregistered","peer":"a"}',
    ]);
  });
});

describe('the beginning', () => {
  test('what is sent before the others are known waits for them, in its order', () => {
    const { mesh, watch, pass, take } = world();
    const [a, b] = mesh('a', 'b') as Pair;
    watch('got', b.notifications('o', ALL, 'c').pipe(map(({ id }) => id)));
    b.serve('o', ALL, 'get', () => 'b').subscribe();
    watch('publish', a.publish('o', 1, 'c'));
    watch('call', a.call('o', 1, 'get'));
    a.publish('o', 9, 'c').subscribe().unsubscribe();
    expect(take()).toEqual([]);
    pass(20);

    expect(take()).toEqual([
      'publish: {"full":1,"slice":null}',
      'publish: |',
      'got: 1',
      'call: {"from":"b","value":"b"}',
      'call: |',
    ]);
  });

  test('a call no longer than its time, which begins when it is made', () => {
    const { add, watch, pass, take, delays, log } = world();
    const [a, b] = [add('a', ['b'], { listen: false }), add('b', [])];
    b.serve('o', ALL, 'get', () => NEVER).subscribe();
    delays.set('a b', 300);
    watch('too late', a.call('o', 1, 'get', undefined, { timeout: 200 }));
    watch('all too late', a.calls('o', [1, 2], 'get', undefined, { timeout: 200 }));
    watch('in time', a.call('o', 1, 'get', undefined, { timeout: 400 }));
    const gone = a.call('o', 1, 'get', undefined, { timeout: 100 }).subscribe(() => log.push('never'));
    watch('for ever', a.call('o', 1, 'get', undefined, { timeout: 0 }));
    gone.unsubscribe();
    pass(199);
    expect(take()).toEqual([]);
    pass(1);
    expect(take()).toEqual(['too late: request-timeout', 'all too late: request-timeout']);
    pass(199);
    expect(take()).toEqual([]);
    // Of its 400 ms it has waited 300.
    pass(1);
    expect(take()).toEqual(['in time: {"from":"b","error":"request-timeout"}', 'in time: |']);
  });

  test('for 5 s at most', () => {
    const { add, watch, pass, take, scheduler } = world();
    // Somebody who never answers.
    const notifier = add('b', ['a'], { dial: () => pipe(scheduler)[0] });
    watch('call', notifier.call('o', 1, 'get'));
    pass(4_990);
    expect(take()).toEqual([]);
    pass(20);
    expect(take()).toEqual(['call: no-recipient']);
  });

  test('nothing happens before something is subscribed to', () => {
    const { mesh, pass, wires } = world();
    const [a] = mesh('a', 'b') as Pair;
    a.publish('o', 1, 'c');
    a.notifications('o', 1, 'c');
    pass(10_000);

    expect(wires).toEqual([]);
  });
});

describe('close', () => {
  test('streams complete, calls end with ClosedError, the others see it go', async () => {
    const { notifiers, watch, pass, take } = connected(['a', 'b']);
    const [a, b] = notifiers;
    let stopped = false;
    b.serve('o', ALL, 'get', () => NEVER.pipe()).subscribe();
    a.serve('o', ALL, 'mine', ({ signal }) => {
      signal.onabort = () => {
        stopped = true;
      };
      return NEVER;
    }).subscribe();
    watch('got', a.notifications('o', ALL, 'c'));
    watch(
      'served',
      a.serve('o', ALL, 'x', () => 1),
    );
    watch('registrations', a.registrations$.pipe(map(({ length }) => length)));
    watch('b events', b.events$);
    pass(10);
    watch('call', a.call('o', 1, 'get'));
    watch('call of b', b.call('o', 1, 'mine'));
    pass(10);
    take();
    const closed = a.close();
    pass(2_000);
    await closed;
    watch('after', a.call('o', 1, 'get'));
    watch('after', a.publish('o', 1, 'c'));
    watch('after', a.notifications('o', 1, 'c'));

    expect(take()).toEqual([
      'call: closed',
      'got: |',
      'served: |',
      'call of b: {"from":"a","error":"connection-lost unknown"}',
      'call of b: |',
      'b events: {"type":"disconnected","peer":"a"}',
      'registrations: 0',
      'registrations: |',
      'after: closed',
      'after: closed',
      'after: |',
    ]);
    expect(stopped).toBe(true);
    await expect(a.close()).resolves.toBeUndefined();
  });

  test('by a handler: its signal is aborted', () => {
    const { add, watch, pass, take } = world();
    const a = add('a', []);
    let seen: AbortSignal | undefined;
    a.serve('o', ALL, 'stop', ({ signal }) => {
      seen = signal;
      void a.close();
      return NEVER;
    }).subscribe();
    watch('call', a.call('o', 1, 'stop'));
    pass(10);

    expect(take()).toEqual(['call: closed']);
    expect(seen?.aborted).toBe(true);
  });

  test('leaves nothing on the scheduler', async () => {
    const { notifiers, pass, scheduler } = connected();
    for (const each of notifiers) void each.close();
    pass(20_000);

    expect(scheduler.actions).toEqual([]);
  });
});

describe('a call to oneself', () => {
  test('taken back by its own handler: the signal is aborted, and the next one has its turn', () => {
    const { add, watch, pass, take } = world({ concurrency: 1 });
    const a = add('a', []);
    const stop = new Subject<void>();
    let seen: AbortSignal | undefined;
    a.serve('o', ALL, 'leave', ({ signal }) => {
      seen = signal;
      stop.next();
      return NEVER;
    }).subscribe();
    a.serve('o', ALL, 'get', () => 5).subscribe();
    pass(10);
    watch('left', a.call('o', 1, 'leave').pipe(takeUntil(stop)));
    watch('next', a.call('o', 1, 'get'));
    pass(10);

    expect(take()).toEqual(['left: |', 'next: {"from":"a","value":5}', 'next: |']);
    expect(seen?.aborted).toBe(true);
  });
});

describe('where frames may have few bytes', () => {
  test('a list of many registrations with long names is sent in parts that are small enough', () => {
    const { mesh, watch, pass, take } = world({ limits: { frameBytes: 4_096 } });
    const [a, b] = mesh('a', 'b') as Pair;
    const name = '\u20ac'.repeat(255);
    for (let id = 0; id < 50; id++) b.serve(name, id, name, () => id).subscribe();
    for (let id = 0; id < 500; id++) b.serve('o', id, 'get', () => id).subscribe();
    states(a);
    pass(100);
    watch('long', a.call(name, 49, name));
    watch('short', a.call('o', 499, 'get'));
    pass(10);

    expect(take()).toEqual([
      'long: {"from":"b","value":49}',
      'long: |',
      'short: {"from":"b","value":499}',
      'short: |',
    ]);
  });

  test.each([
    ['text', 4_096, new RpcError(5, '\u20ac'.repeat(9_000))],
    ['text and data', 65_536, new RpcError(5, '\u20ac'.repeat(9_000), new Uint8Array(63_400))],
  ])('an error with too long a %s is cut, and ends no connection', (_, frameBytes, error) => {
    const { mesh, watch, pass, take } = world({ limits: { frameBytes } });
    const [a, b] = mesh('a', 'b') as Pair;
    b.serve('o', ALL, 'get', () => {
      throw error;
    }).subscribe();
    states(a);
    pass(100);
    watch('call', a.call('o', 1, 'get').pipe(map((answer) => (answer.error as RemoteError).rpcCode)));
    watch('events', a.events$);
    pass(10);

    expect(take()).toEqual(['call: 5', 'call: |']);
  });
});
