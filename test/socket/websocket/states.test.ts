import { TestScheduler } from 'rxjs/testing';
import { type WebSocketLike, webSocketSocket } from 'rxserf/socket';
import { afterEach, describe, expect, test } from 'vitest';
import { webSocketSocket as inBrowser } from '../../../src/socket/browser-websocket.ts';
import { bytes } from '../harness.ts';

const STATES = { CONNECTING: 0, OPEN: 1, CLOSING: 2, CLOSED: 3 } as const;
type State = keyof typeof STATES;

/** As a browser has it: what it is told to do, and when, is in `calls`. */
class FakeWebSocket implements WebSocketLike {
  static readonly made: FakeWebSocket[] = [];
  binaryType = 'blob';
  readyState: number = STATES.CONNECTING;
  bufferedAmount = 0;
  readonly calls: string[] = [];
  readonly #listeners: { readonly type: string; readonly listener: (event: never) => void }[] = [];

  constructor() {
    FakeWebSocket.made.push(this);
  }

  addEventListener(type: string, listener: (event: never) => void): void {
    this.#listeners.push({ type, listener });
  }

  send(data: string | Uint8Array): void {
    if (this.readyState === STATES.CONNECTING) throw new Error('InvalidStateError');
    this.calls.push(`send ${typeof data === 'string' ? data : [...data]}`);
  }

  close(code?: number): void {
    if (code !== undefined && code !== 1000 && (code < 3000 || code > 4999))
      throw new Error('InvalidAccessError');
    this.calls.push(`close ${code}`);
    if (this.readyState < STATES.CLOSING) this.readyState = STATES.CLOSING;
  }

  /** What the platform does. */
  happens(type: string, event: object = {}): void {
    if (type === 'open') this.readyState = STATES.OPEN;
    if (type === 'close') this.readyState = STATES.CLOSED;
    for (const each of this.#listeners) if (each.type === type) each.listener(event as never);
  }

  /** Brings it into a state, as a platform does. */
  into(state: State): void {
    if (state !== 'CONNECTING') this.happens('open');
    if (state === 'CLOSING') this.readyState = STATES.CLOSING;
    if (state === 'CLOSED') this.happens('close', { code: 1000, reason: '' });
  }
}

type Made = {
  readonly socket: ReturnType<typeof webSocketSocket>;
  readonly fake: FakeWebSocket;
  close(): void;
};
const ACTS = {
  next: ({ socket }: Made) => socket.next(bytes(1)),
  'next, next': ({ socket }: Made) => {
    socket.next(bytes(1));
    socket.next(bytes(2));
  },
  complete: ({ socket }: Made) => socket.complete(),
  'next, complete': ({ socket }: Made) => {
    socket.next(bytes(1));
    socket.complete();
    socket.next(bytes(2));
  },
  error: ({ socket }: Made) => socket.error(),
  unsubscribe: ({ close }: Made) => close(),
  'peer: close 1000': ({ fake }: Made) => fake.happens('close', { code: 1000, reason: 'bye' }),
  'peer: close 1005': ({ fake }: Made) => fake.happens('close', { code: 1005, reason: '' }),
  'peer: close 4401': ({ fake }: Made) => fake.happens('close', { code: 4401, reason: 'expired' }),
  'peer: error, close 1006': ({ fake }: Made) => {
    fake.happens('error');
    fake.happens('close', { code: 1006, reason: '' });
  },
  'peer: bytes': ({ fake }: Made) => fake.happens('message', { data: bytes(9).buffer }),
  'peer: text': ({ fake }: Made) => fake.happens('message', { data: 'hello' }),
};

/** What the WebSocket was told; what was emitted: `9` bytes, `|`, `#` with the close code or the error's code. */
const TABLE: [State, keyof typeof ACTS, calls: string[], emitted: string[]][] = [
  ['CONNECTING', 'next', [], []],
  ['CONNECTING', 'complete', [], []],
  ['CONNECTING', 'next, complete', [], []],
  ['CONNECTING', 'error', ['close 1000'], []],
  ['CONNECTING', 'unsubscribe', ['close 1000'], []],
  ['CONNECTING', 'peer: close 1000', [], ['|']],
  ['CONNECTING', 'peer: close 4401', [], ['# 4401']],
  ['CONNECTING', 'peer: error, close 1006', [], ['# 1006']],
  ['OPEN', 'next', ['send 1'], []],
  ['OPEN', 'next, next', ['send 1,2'], []],
  ['OPEN', 'complete', ['close 1000'], []],
  ['OPEN', 'next, complete', ['send 1', 'close 1000'], []],
  ['OPEN', 'error', ['close 1000'], []],
  ['OPEN', 'unsubscribe', ['close 1000'], []],
  ['OPEN', 'peer: bytes', [], ['9']],
  ['OPEN', 'peer: text', ['close 1000'], ['# unexpected-frame']],
  ['OPEN', 'peer: close 1000', [], ['|']],
  ['OPEN', 'peer: close 1005', [], ['|']],
  ['OPEN', 'peer: close 4401', [], ['# 4401']],
  ['OPEN', 'peer: error, close 1006', [], ['# 1006']],
  ['CLOSING', 'next', [], []],
  ['CLOSING', 'complete', ['close 1000'], []],
  ['CLOSING', 'unsubscribe', ['close 1000'], []],
  ['CLOSING', 'peer: bytes', [], ['9']],
  ['CLOSING', 'peer: close 4401', [], ['# 4401']],
  ['CLOSING', 'peer: error, close 1006', [], ['# 1006']],
  ['CLOSED', 'next', [], ['|']],
  ['CLOSED', 'complete', ['close 1000'], ['|']],
  ['CLOSED', 'error', [], ['|']],
  ['CLOSED', 'unsubscribe', [], ['|']],
  ['CLOSED', 'peer: bytes', [], ['|']],
  ['CLOSED', 'peer: error, close 1006', [], ['|']],
];

afterEach(() => {
  FakeWebSocket.made.length = 0;
});

describe.each([
  ['in a browser', inBrowser],
  ['on Node', webSocketSocket],
] as const)('a WebSocket %s', (_, make) => {
  /** In virtual time: what is joined goes out at the end of the turn. */
  function story(tell: (made: Made & { readonly emitted: string[] }, flush: () => void) => void): void {
    const scheduler = new TestScheduler(() => {});
    scheduler.run(({ flush }) => {
      const socket = make('ws://gate.example.org', { webSocket: FakeWebSocket });
      const emitted: string[] = [];
      const subscription = socket.subscribe({
        next: (data) => emitted.push(`${data}`),
        error: ({ closeCode, code }) => emitted.push(`# ${closeCode ?? code}`),
        complete: () => emitted.push('|'),
      });
      const [fake] = FakeWebSocket.made;
      tell({ socket, fake: fake!, emitted, close: () => subscription.unsubscribe() }, flush);
    });
  }

  test.each(TABLE)('%s, %s', (state, act, calls, emitted) => {
    story((made, flush) => {
      made.fake.into(state);
      ACTS[act](made);
      flush();
      expect({ calls: made.fake.calls, emitted: made.emitted }).toEqual({ calls, emitted });
    });
  });

  test('nothing is made before it is subscribed to', () => {
    make('ws://gate.example.org', { webSocket: FakeWebSocket }).next(bytes(1));
    expect(FakeWebSocket.made).toHaveLength(0);
  });

  test('what waits for it to open is counted, goes out in one frame, and then it closes', () => {
    story(({ socket, fake }, flush) => {
      expect(fake.binaryType).toBe('arraybuffer');
      socket.next(bytes(1, 2));
      socket.next(bytes(3));
      expect(socket.bufferedAmount).toBe(3);
      socket.complete();
      fake.happens('open');
      flush();
      expect(fake.calls).toEqual(['send 1,2,3', 'close 1000']);
      fake.bufferedAmount = 7;
      expect(socket.bufferedAmount).toBe(7);
    });
  });

  test('nothing happens after it was unsubscribed from while CONNECTING', () => {
    story(({ socket, fake, emitted, close }, flush) => {
      socket.next(bytes(1));
      close();
      fake.happens('open');
      fake.happens('message', { data: bytes(9).buffer });
      fake.happens('message', { data: 'hello' });
      fake.happens('close', { code: 1006, reason: '' });
      flush();
      expect(fake.calls).toEqual(['close 1000']);
      expect(emitted).toEqual([]);
    });
  });

  test('pieces of one turn are joined up to 64 KiB; a larger one is a frame', () => {
    story(({ socket, fake }, flush) => {
      fake.happens('open');
      const sizes: number[] = [];
      fake.send = (data) => sizes.push(data.length);
      for (const size of [30_000, 30_000, 30_000, 100_000, 1]) socket.next(new Uint8Array(size));
      flush();
      expect(sizes).toEqual([60_000, 30_000, 100_000, 1]);
    });
  });

  test.each([
    ['SecurityError', 'a page that came by https:// can open wss:// only, not ws://'],
    ['SyntaxError', 'no WebSocket can be made: because'],
  ])('a constructor that throws a %s is misuse', (name, message) => {
    class Refusing extends FakeWebSocket {
      constructor() {
        super();
        throw Object.assign(new Error('because'), { name });
      }
    }
    let error: unknown;
    make('ws://gate.example.org', { webSocket: Refusing }).subscribe({
      error: (thrown) => {
        error = thrown;
      },
    });
    expect(error).toMatchObject({ name: 'InvalidArgumentError', code: 'invalid-address', message });
  });
});
