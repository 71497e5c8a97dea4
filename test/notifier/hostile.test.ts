import { map, NEVER } from 'rxjs';
import { pipe } from 'rxserf/socket';
import { describe, expect, test } from 'vitest';
import {
  encodeAnswer,
  encodeCall,
  encodeChange,
  encodeHello,
  encodePublish,
  encodeRegistrations,
  encodeSign,
  type Frame,
  readFrame,
} from '../../src/notifier/mesh/frames.ts';
import { Handshake } from '../../src/notifier/mesh/handshake.ts';
import type { Registration } from '../../src/notifier/registrations/registration.ts';
import { Assembler } from '../../src/protocol/assembler.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { Writer } from '../../src/protocol/writer.ts';
import { world } from './support/world.ts';

const ALL = { mask: 0, value: 0 };
const KEY = 'a key that all of them have';

/** Two notifiers that know each other, and somebody who connects to one of them by hand. */
function attacked(options = {}) {
  const all = world({ key: KEY, ...options });
  const [a, b] = all.mesh('a', 'b') as [ReturnType<typeof all.add>, ReturnType<typeof all.add>];
  a.peers$.subscribe();
  b.peers$.subscribe();
  all.pass(100);
  all.watch('event', a.events$);

  /** Connects, and tells what comes back. */
  const connect = () => {
    const [mine, theirs] = pipe(all.scheduler);
    const received: Uint8Array[] = [];
    const state = { isOpen: true };
    mine.subscribe({
      next: (bytes) => received.push(bytes),
      complete: () => {
        state.isOpen = false;
      },
    });
    all.doors.get('a')?.next(theirs);
    return { socket: mine, received, state, heard: () => framesOf(received.splice(0)) };
  };

  /** Connects and proves the key as `x`: from then on anything can be sent. */
  const peer = (id = 'x') => {
    const connection = connect();
    const key = new TextEncoder().encode(KEY);
    const handshake = new Handshake('dialer', { id, node: '', key, accept: () => {} });
    connection.socket.next(handshake.start() as Uint8Array);
    all.pass(2);
    for (const frame of connection.heard()) {
      const { send } = handshake.receive(frame);
      if (send) connection.socket.next(send);
    }
    all.pass(2);
    return connection;
  };
  /** That the other two still talk to each other. */
  const others = () => {
    const got: unknown[] = [];
    const subscription = b.notifications('o', ALL, 'still').subscribe(({ id }) => got.push(id));
    all.pass(5);
    a.publish('o', 1, 'still').subscribe();
    all.pass(5);
    subscription.unsubscribe();
    return got;
  };
  return { ...all, a, b, connect, peer, others };
}

function framesOf(pieces: readonly Uint8Array[]): Frame[] {
  const assembler = new Assembler(DEFAULT_LIMITS);
  const frames: Frame[] = [];
  for (const piece of pieces) {
    assembler.push(piece);
    for (let value = assembler.next(); value !== undefined; value = assembler.next())
      frames.push(readFrame(value));
  }
  return frames;
}

const slice = (number: number, fields: Partial<Registration> = {}): Registration => ({
  number,
  kind: 'call',
  object: 'o',
  command: 'get',
  match: ALL,
  weight: 1,
  target: number,
  ...fields,
});

describe('somebody who has not proved the key', () => {
  const nonce = new Uint8Array(16);
  test.each([
    ['nonsense', Uint8Array.of(0xc1, 1, 2, 3)],
    ['HTTP', new TextEncoder().encode('GET / HTTP/1.1\r\n\r\n')],
    ['a publication', encodePublish('o', 1, 'c', new Uint8Array(0), true, undefined)],
    ['registrations', encodeRegistrations(0, [slice(1)], false)],
    ['a claim of four gigabytes', Uint8Array.of(0xc6, 0xff, 0xff, 0xff, 0xff)],
    ['a hello that is too long', encodeHello({ version: 1, id: 'x', node: 'n'.repeat(2_000), nonce })],
    ['another version', encodeHello({ version: 9, id: 'x', node: '', nonce })],
    ['our own id', encodeHello({ version: 1, id: 'a', node: '', nonce })],
    ['a map', new Writer().write({ hello: 1 }).take()],
  ])('and sends %s is disconnected, and told nothing', (_, bytes) => {
    const { connect, pass, take, others } = attacked();
    const { socket, received, state } = connect();
    socket.next(bytes);
    pass(5);

    expect(received).toEqual([]);
    expect(state.isOpen).toBe(false);
    expect(take().map((line) => line.slice(0, 35))).toEqual(['event: {"type":"refused","address":']);
    expect(others()).toEqual([1]);
  });

  test('learns an id and a nonce, and has 5 s, whatever it sends', () => {
    const { connect, pass, take } = attacked();
    const { socket, received, state } = connect();
    const hello = encodeHello({ version: 1, id: 'x', node: '', nonce });
    // Byte by byte.
    for (const [i, byte] of hello.entries()) {
      socket.next(Uint8Array.of(byte));
      if (i < hello.length - 1) pass(4_000 / hello.length);
    }
    pass(10);
    expect(framesOf(received).map(({ type }) => type)).toEqual(['hello']);
    pass(5_000);
    expect(state.isOpen).toBe(false);
    expect(take()).toEqual(['event: {"type":"refused","address":"","error":"connect-timeout"}']);
  });

  test('is one of 64 at most: one more is disconnected at once', () => {
    const { connect, pass, others } = attacked();
    const all = Array.from({ length: 70 }, connect);
    pass(5);
    expect(all.filter(({ state }) => state.isOpen)).toHaveLength(64);
    expect(others()).toEqual([1]);
    pass(6_000);
    expect(all.filter(({ state }) => state.isOpen)).toHaveLength(0);
    const honest = connect();
    pass(5);
    expect(honest.state.isOpen).toBe(true);
  });

  test.each([
    ['\u001b[31m', 'is none'],
    ['a b', 'is none'],
    ['', 'is none'],
    ['ü', 'is none'],
    ['x'.repeat(65), 'is none'],
    ['\u202e.host:1', 'is none'],
    ['10.0.0.1:0', 'is none'],
    ['10.0.0.1:65536', 'is none'],
  ])('and calls itself %j is refused, in text that is safe', (id, message) => {
    const { a, connect, pass, others } = attacked();
    const refused: Error[] = [];
    a.events$.subscribe((event) => event.type === 'refused' && refused.push(event.error));
    const { socket, state } = connect();
    socket.next(encodeHello({ version: 1, id, node: '', nonce }));
    pass(5);

    expect(state.isOpen).toBe(false);
    expect(refused).toMatchObject([{ code: 'handshake-refused', message: expect.stringContaining(message) }]);
    expect(refused[0]?.message).toMatch(/^\P{Cc}*$/u);
    expect(others()).toEqual([1]);
  });

  test('and is called by its place, as lists name it, is let in', () => {
    const { a, peer, pass } = attacked();
    const ids = ['10.0.0.1:7400', '[fe80::1]:65535', 'host-1.example:80'];
    for (const id of ids) peer(id).socket.next(encodeRegistrations(0, [], false));
    pass(5);
    const seen: string[][] = [];
    a.peers$.subscribe((peers) => seen.push(peers.map(({ id }) => id)));

    expect(seen.at(-1)).toEqual([ids[0], ids[1], 'b', ids[2]]);
  });

  test('and has another key cannot listen either: who dials it leaves', () => {
    const { add, pass, scheduler, watch, take } = world({ key: KEY });
    const [near, far] = pipe(scheduler);
    const key = new TextEncoder().encode('another key of sixteen');
    const handshake = new Handshake('listener', { id: 'a', node: '', key, accept: () => {} });
    const heard: string[] = [];
    far.subscribe((bytes) => {
      for (const frame of framesOf([bytes])) {
        heard.push(frame.type);
        try {
          const { send } = handshake.receive(frame);
          if (send) far.next(send);
        } catch {
          // It does not know the key, and goes on anyway.
          far.next(new Writer().write([1, new Uint8Array(32)]).take());
        }
      }
    });
    const notifier = add('b', ['a'], { dial: () => near });
    notifier.notifications('secret', ALL, 'c').subscribe();
    watch('peers', notifier.peers$.pipe(map(([peer]) => peer?.error?.message)));
    pass(50);

    // Not a word of what is registered.
    expect(heard).toEqual(['hello', 'proof']);
    expect(take().at(-1)).toContain('does not have our key');
  });
});

describe('a peer that lies', () => {
  const many = (count: number, fields: (i: number) => Partial<Registration>) =>
    Array.from({ length: count }, (_, i) => slice(i, fields(i)));
  const known = encodeRegistrations(5, [slice(1)], false);

  test.each([
    ['a change before its list', [encodeChange(1, [])]],
    ['a second list', [known, known]],
    ['a change that leaves one out', [known, encodeChange(7, [])]],
    ['a number twice', [encodeRegistrations(0, [slice(1), slice(1)], false)]],
    ['that what it never had is gone', [known, encodeChange(6, [{ type: 'removed', number: 3 }])]],
    [
      'a weight for what is full',
      [
        encodeRegistrations(0, [slice(1, { weight: undefined })], false),
        encodeChange(1, [{ type: 'weight', number: 1, weight: 2 }]),
      ],
    ],
    ['a negative weight', [encodeRegistrations(0, [slice(1, { weight: -1 })], false)]],
    ['a weight of NaN', [encodeRegistrations(0, [slice(1, { weight: Number.NaN })], false)]],
    [
      'a match that nothing matches',
      [encodeRegistrations(0, [slice(1, { match: { mask: 1, value: 2 } })], false)],
    ],
    ['a name of a kilobyte', [encodeRegistrations(0, [slice(1, { object: 'o'.repeat(1_024) })], false)]],
    [
      '65 masks for one command',
      [
        encodeRegistrations(
          0,
          many(65, (i) => ({ match: { mask: i + 1, value: 0 } })),
          false,
        ),
      ],
    ],
    [
      'more registrations than there may be',
      [
        encodeRegistrations(
          0,
          many(101, (i) => ({ object: `o${i}` })),
          false,
        ),
      ],
    ],
    [
      'the number of a call twice',
      [known, encodeCall(1, 0, 1, new Uint8Array(0)), encodeCall(1, 0, 1, new Uint8Array(0))],
    ],
    [
      'an array of arrays, deeper and deeper',
      [known, Uint8Array.from(Array.from({ length: 100 }, () => 0x91))],
    ],
    ['a frame of 17 MiB', [known, Uint8Array.of(0xc6, 0x01, 0x10, 0, 0)]],
    ['no frame', [known, Uint8Array.of(0x90)]],
  ] as [string, Uint8Array[]][])(
    'about %s is disconnected, and takes nothing from the others',
    (_, frames) => {
      const { a, peer, pass, take, others } = attacked({ limits: { registrations: 100 } });
      a.serve('o', ALL, 'get', () => NEVER, { slice: 1 }).subscribe();
      const { socket, state } = peer();
      take();
      for (const frame of frames) socket.next(frame);
      pass(5);

      expect(state.isOpen).toBe(false);
      expect(take().at(-1)).toMatch(/^event: {"type":"(disconnected|refused)"/);
      expect(others()).toEqual([1]);
      let left: unknown;
      a.registrations$.subscribe((all) => {
        left = all.filter(({ peer }) => peer === 'x');
      });
      expect(left).toEqual([]);
    },
  );

  test('about what it serves: a call of a slice goes to another, one that is full has that as its answer', () => {
    const { a, b, peer, pass, watch, take } = attacked({ random: () => 0.9 });
    const liar = peer();
    const lies = [slice(1), slice(2, { weight: undefined, command: 'full' })];
    liar.socket.next(encodeRegistrations(0, lies, false));
    b.serve('o', ALL, 'get', () => 'b', { slice: 1 }).subscribe();
    pass(5);
    take();
    liar.heard();
    watch('slice', a.call('o', 1, 'get'));
    watch('full', a.call('o', 1, 'full'));
    pass(5);
    for (const frame of liar.heard())
      if (frame.type === 'call') liar.socket.next(new Writer().write([6, frame.seq, 2, null]).take());
    pass(5);

    expect(take().sort()).toEqual([
      'full: {"from":"x","error":"no-recipient"}',
      'full: |',
      'slice: {"from":"b","value":"b"}',
      'slice: |',
    ]);
  });

  test('and never says what it has registered, though it lives, is given up after 30 s: it is one of 64', () => {
    const { connect, peer, pass, others } = attacked();
    const liars = Array.from({ length: 64 }, (_, i) => peer(`x${i}`));
    const alive = liars.map(({ socket }) => socket);
    expect(liars.every(({ state }) => state.isOpen)).toBe(true);
    for (let s = 0; s < 31; s++) {
      // An empty part of a list, and another one to come.
      for (const socket of alive) socket.next(encodeRegistrations(0, [], true));
      pass(1_000);
    }
    expect(liars.filter(({ state }) => state.isOpen)).toHaveLength(0);
    const honest = connect();
    pass(5);
    expect(honest.state.isOpen).toBe(true);
    expect(others()).toEqual([1]);
  });

  test('about thousands of slices is asked ten times, and not after the time of the call', () => {
    const { a, peer, watch, pass, take } = attacked();
    const liar = peer();
    const slices = Array.from({ length: 1_000 }, (_, i) => slice(i));
    liar.socket.next(encodeRegistrations(0, slices, false));
    pass(5);
    take();
    let asked = 0;
    const answer = (delay: number) => {
      for (const frame of liar.heard()) {
        if (frame.type !== 'call') continue;
        asked++;
        pass(delay);
        liar.socket.next(encodeAnswer(frame.seq, { type: 'gone' }));
      }
      pass(2);
    };
    watch('call', a.call('o', 1, 'get'));
    pass(2);
    for (let i = 0; i < 20; i++) answer(0);
    expect(take()).toEqual(['call: {"from":"x","error":"no-recipient"}', 'call: |']);
    expect(asked).toBe(10);

    watch('call', a.call('o', 1, 'get', null, { timeout: 1_000 }));
    pass(2);
    for (let i = 0; i < 20; i++) answer(600);
    expect(take()).toEqual(['call: {"from":"x","error":"request-timeout"}', 'call: |']);
    expect(asked).toBe(12);
  });

  test('and answers what nobody asked, or twice, is nobody’s trouble', () => {
    const { a, peer, pass, watch, take } = attacked();
    const liar = peer();
    liar.socket.next(encodeRegistrations(0, [slice(1, { weight: undefined })], false));
    pass(5);
    liar.heard();
    take();
    watch('call', a.call('o', 1, 'get'));
    pass(5);
    const payload = new Writer().write('x').take();
    for (const seq of [7, 0, 0, 2 ** 40]) liar.socket.next(new Writer().write([6, seq, 0, payload]).take());
    pass(5);

    expect(take()).toEqual(['call: {"from":"x","value":"x"}', 'call: |']);
    expect(liar.state.isOpen).toBe(true);
  });

  test('sends what no codec can read: told as such, to subscribers, handlers and callers', () => {
    const { a, peer, pass, watch, take } = attacked();
    watch('got', a.notifications('o', ALL, 'c'));
    watch(
      'served',
      a.serve('o', ALL, 'get', () => 'never'),
    );
    const liar = peer();
    liar.socket.next(encodeRegistrations(0, [slice(1, { weight: undefined, command: 'ask' })], false));
    pass(5);
    liar.heard();
    take();
    const bad = Uint8Array.of(0xc1);
    liar.socket.next(encodePublish('o', 1, 'c', bad, true, undefined));
    liar.socket.next(encodeCall(3, 1, 1, bad));
    watch('call', a.call('o', 1, 'ask'));
    pass(5);
    const frames = liar.heard();
    liar.socket.next(new Writer().write([6, 0, 0, bad]).take());
    pass(5);

    expect(frames.find(({ type }) => type === 'answer')).toMatchObject({
      seq: 3,
      outcome: { type: 'error', code: -32602 },
    });
    expect(take()).toEqual([
      'got: {"object":"o","id":1,"command":"c","from":"x","payloadError":"payload-undecodable","rawPayload":{"0":193}}',
      'served: {"type":"refused","id":1,"from":"x","error":"-32602"}',
      'call: {"from":"x","error":"payload-undecodable"}',
      'call: |',
    ]);
  });

  test('and floods with calls finds us busy, and is disconnected when it does not read', () => {
    const { a, peer, pass, take, others } = attacked({
      concurrency: 2,
      limits: { waiting: 10, outbound: 20_000 },
    });
    let running = 0;
    a.serve('o', ALL, 'get', () => {
      running++;
      return NEVER;
    }).subscribe();
    const flood = peer();
    flood.socket.next(encodeRegistrations(0, [], false));
    pass(5);
    take();
    flood.heard();
    for (let seq = 0; seq < 20; seq++) flood.socket.next(encodeCall(seq, 0, 1, new Uint8Array(0)));
    pass(5);
    expect(running).toBe(2);
    const answers = flood.heard();
    expect(answers).toHaveLength(8);
    expect(answers[0]).toMatchObject({ outcome: { type: 'error', code: -102 } });
    // All at once, so that nothing is read in between.
    for (let seq = 20; seq < 2_000; seq++) flood.socket.next(encodeCall(seq, 0, 1, new Uint8Array(0)));
    pass(5);
    expect(flood.state.isOpen).toBe(false);
    expect(take()).toEqual(['event: {"type":"disconnected","peer":"x","error":"overflow"}']);
    expect(others()).toEqual([1]);
  });

  test('that takes the id of another over proves the key, and replaces its connection', () => {
    const { a, peer, pass, take } = attacked();
    const second = peer('b');
    second.socket.next(encodeRegistrations(0, [], false));
    pass(5);
    // The same side dialled: it must have lost the first one.
    expect(take()).toEqual([]);
    let ids: unknown;
    a.peers$.subscribe((peers) => {
      ids = peers.map(({ id, state }) => `${id} ${state}`);
    });
    expect(ids).toEqual(['b connected']);
    second.socket.next(encodeSign('bye'));
    second.socket.complete();
    pass(5);
    expect(take()).toEqual(['event: {"type":"disconnected","peer":"b"}']);
  });
});
