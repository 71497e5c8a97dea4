import { decodeMulti, encode } from '@msgpack/msgpack';
import { NEVER, type Observable, of, Subject, take, throwError } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { decodeFrames, encodeRequest, type Frame, FrameDecoder } from '../../src/protocol/frames.ts';
import { DEFAULT_LIMITS } from '../../src/protocol/limits.ts';
import { always, concat, cut, decodeAll, type HasBody, pieces } from './support/decoding.ts';
import { answersOf, composed, type RecordedSession, recorded } from './support/sessions.ts';
import { normal, show, utf8 } from './support/values.ts';

const header = (seq: number, error = '') => encode({ Error: error, Seq: seq });
const seqs = (frames: readonly Frame[]) => frames.map(({ seq }) => seq);

/** The frames in `session`, found by another decoder and by what a header looks like. */
function framesOf({ bytes }: RecordedSession): Frame[] {
  const frames: Frame[] = [];
  for (const value of decodeMulti(bytes, { useBigInt64: true })) {
    const { Error: text, Seq } = value as { Error?: unknown; Seq?: unknown };
    if (typeof text === 'string' && Seq !== undefined)
      frames.push({ seq: Number(Seq), text, body: undefined });
    else frames.push({ ...(frames.pop() as Frame), body: normal(value) as Frame['body'] });
  }
  return frames;
}

describe.each([recorded, composed])('a session $name', (session) => {
  const expected = show(framesOf(session));

  function expectSame(chunks: Iterable<Uint8Array>) {
    const { hasBody, left } = answersOf(session);
    const { frames, error } = decodeAll(chunks, hasBody);
    // Outside of `expect`, which takes its time: this runs thousands of times.
    if (error || left() > 0 || show(frames) !== expected) {
      expect(error).toBeUndefined();
      expect(show(frames)).toBe(expected);
      expect(left()).toBe(0);
    }
  }

  test('has more than 20 frames', () => {
    expect(framesOf(session).length).toBeGreaterThan(20);
  });

  test('decodes to the frames that are in it', () => {
    expectSame([session.bytes]);
  });

  test('gives the same frames wherever it is cut in two', () => {
    for (let at = 0; at <= session.bytes.length; at++) {
      expectSame([session.bytes.slice(0, at), session.bytes.slice(at)]);
    }
  });

  test('gives the same frames with a single byte of its own anywhere', () => {
    for (let at = 0; at < session.bytes.length; at++) {
      expectSame([session.bytes.slice(0, at), session.bytes.slice(at, at + 1), session.bytes.slice(at + 1)]);
    }
  });

  test.each([1, 2, 3, 7, 64, 1400])('gives the same frames in pieces of %d bytes', (size) => {
    expectSame(pieces(session.bytes, size));
  });

  test('gives the same frames with empty chunks in between', () => {
    const chunks = [...pieces(session.bytes, 5)].flatMap((chunk) => [new Uint8Array(0), chunk]);
    expectSame(chunks);
  });

  test('gives the same frames from chunks that are views into a larger buffer', () => {
    const larger = concat(Uint8Array.of(0xc1), session.bytes, Uint8Array.of(0xc1));
    const views: Uint8Array[] = [];
    for (let at = 1; at < larger.length - 1; at += 100) {
      views.push(larger.subarray(at, Math.min(at + 100, larger.length - 1)));
    }
    expectSame(views);
  });

  test('leaves the chunks it is given as they are', () => {
    const chunks = [...pieces(session.bytes, 33)];
    decodeAll(chunks, answersOf(session).hasBody);
    expect(show(concat(...chunks))).toBe(show(session.bytes));
  });
});

describe('the end of the bytes', () => {
  const decode = (bytes: Observable<Uint8Array>, log: string[]) =>
    decodeFrames(bytes, 'Error', () => false, DEFAULT_LIMITS).subscribe({
      next: ({ seq }) => log.push(`frame ${seq}`),
      error: (error) => log.push(`error ${error.message}`),
      complete: () => log.push('complete'),
    });

  test('completes the frames', () => {
    const log: string[] = [];
    decode(of(header(1), header(2)), log);
    expect(log).toEqual(['frame 1', 'frame 2', 'complete']);
  });

  test('completes the frames within a frame, too, which is not delivered', () => {
    const log: string[] = [];
    decode(of(header(1), header(2).slice(0, -1)), log);
    expect(log).toEqual(['frame 1', 'complete']);
  });

  test('by an error is that error, behind the frames before it', () => {
    const log: string[] = [];
    const bytes = new Subject<Uint8Array>();
    decode(bytes, log);
    bytes.next(header(1));
    bytes.error(new Error('ECONNRESET'));
    expect(log).toEqual(['frame 1', 'error ECONNRESET']);
  });

  test('at once, without a byte, is passed on', () => {
    const log: string[] = [];
    decode(of(), log);
    decode(
      throwError(() => new Error('refused')),
      log,
    );
    decode(NEVER, log);
    expect(log).toEqual(['complete', 'error refused']);
  });
});

describe('unsubscribing', () => {
  test('unsubscribes from the bytes', () => {
    const bytes = new Subject<Uint8Array>();
    const subscription = decodeFrames(bytes, 'Error', always, DEFAULT_LIMITS).subscribe();
    expect(bytes.observed).toBe(true);
    subscription.unsubscribe();
    expect(bytes.observed).toBe(false);
  });

  test('within a frame delivers none of the frames behind it, and asks about none', () => {
    const bytes = new Subject<Uint8Array>();
    const asked: (number | bigint)[] = [];
    const frames: Frame[] = [];
    const subscription = decodeFrames(
      bytes,
      'Error',
      (seq) => {
        asked.push(seq);
        return false;
      },
      DEFAULT_LIMITS,
    ).subscribe((frame) => {
      frames.push(frame);
      if (frame.seq === 2) subscription.unsubscribe();
    });
    bytes.next(concat(header(1), header(2), header(3), header(4)));

    expect(seqs(frames)).toEqual([1, 2]);
    expect(asked).toEqual([1, 2]);
    expect(bytes.observed).toBe(false);
  });

  test('within the first chunk of many that come at once delivers no more', () => {
    const frames: Frame[] = [];
    decodeFrames(of(header(1), header(2), Uint8Array.of(0xc1)), 'Error', () => false, DEFAULT_LIMITS)
      .pipe(take(1))
      .subscribe((frame) => frames.push(frame));
    expect(seqs(frames)).toEqual([1]);
  });

  test('is what a malformed message does to the bytes', () => {
    const bytes = new Subject<Uint8Array>();
    decodeFrames(bytes, 'Error', always, DEFAULT_LIMITS).subscribe({ error: () => {} });
    bytes.next(Uint8Array.of(0xc1));
    expect(bytes.observed).toBe(false);
  });
});

describe('subscribing again', () => {
  test('starts afresh, whatever was half received before', () => {
    const bytes = new Subject<Uint8Array>();
    const frames$ = decodeFrames(bytes, 'Error', always, DEFAULT_LIMITS);
    const first = frames$.subscribe();
    bytes.next(concat(header(1), encode({ a: 'b' }).slice(0, 2)));
    first.unsubscribe();

    const frames: Frame[] = [];
    frames$.subscribe((frame) => frames.push(frame));
    bytes.next(concat(header(2), encode({ c: 'd' })));
    expect(frames).toEqual([{ seq: 2, text: '', body: { c: 'd' } }]);
  });

  test('at the same time keeps the two apart', () => {
    const bytes = new Subject<Uint8Array>();
    const frames$ = decodeFrames(bytes, 'Error', () => false, DEFAULT_LIMITS);
    const early: Frame[] = [];
    const late: Frame[] = [];
    frames$.subscribe((frame) => early.push(frame));
    bytes.next(header(1).slice(0, 4));
    bytes.next(header(1).slice(4));
    frames$.subscribe((frame) => late.push(frame));
    bytes.next(header(2));
    expect(seqs(early)).toEqual([1, 2]);
    expect(seqs(late)).toEqual([2]);
  });
});

describe('whether a body follows', () => {
  test('is asked when all frames before have been delivered, once a header', () => {
    const log: string[] = [];
    const bytes = concat(header(1), header(2, 'no'), encode({}), header(3));
    for (const size of [1, 5, 1000]) {
      log.length = 0;
      const hasBody: HasBody = (seq, text) => {
        log.push(`ask ${seq} ${text}`);
        return seq === 2;
      };
      const bytes$ = new Subject<Uint8Array>();
      decodeFrames(bytes$, 'Error', hasBody, DEFAULT_LIMITS).subscribe(({ seq }) => log.push(`got ${seq}`));
      for (const piece of pieces(bytes, size)) bytes$.next(piece);
      expect(log).toEqual(['ask 1 ', 'got 1', 'ask 2 no', 'got 2', 'ask 3 ', 'got 3']);
    }
  });

  test('can depend on a frame that was delivered just before, from the same chunk', () => {
    const streams = new Set<number | bigint>();
    const frames: Frame[] = [];
    decodeFrames(
      of(concat(header(1), header(1), encode({ Log: 'x' }))),
      'Error',
      (seq) => streams.has(seq),
      DEFAULT_LIMITS,
    ).subscribe((frame) => {
      streams.add(frame.seq);
      frames.push(frame);
    });
    expect(frames.map(({ body }) => body)).toEqual([undefined, { Log: 'x' }]);
  });

  test('does not hold back a header that has none', () => {
    const bytes = new Subject<Uint8Array>();
    const frames: Frame[] = [];
    decodeFrames(bytes, 'Error', () => false, DEFAULT_LIMITS).subscribe((frame) => frames.push(frame));
    bytes.next(header(1));
    expect(seqs(frames)).toEqual([1]);
  });

  test('may be asked of somebody who throws: that is an error of the frames', () => {
    const { error } = decodeAll([header(1)], () => {
      throw new Error('no idea');
    });
    expect(error?.message).toBe('no idea');
  });

  test('lets a body be any value', () => {
    for (const body of [null, 7, 'text', [1, 2], { Error: '', Seq: 9 }]) {
      const { frames } = decodeAll([concat(header(1), encode(body))], always);
      expect(frames).toEqual([{ seq: 1, text: '', body }]);
    }
  });
});

describe('what was not read yet', () => {
  const decoder = () => new FrameDecoder('Error', (seq) => seq === 2, DEFAULT_LIMITS);

  test('is nothing before a byte has come, and behind the last frame', () => {
    const frames = decoder();
    expect(frames.hasUnread).toBe(false);
    frames.push(header(1));
    expect(frames.next()).toMatchObject({ seq: 1 });
    expect(frames.hasUnread).toBe(false);
  });

  test('is a frame that nobody has asked for, or a part of one', () => {
    const frames = decoder();
    frames.push(concat(header(1), header(3).slice(0, 4)));
    expect(frames.hasUnread).toBe(true);
    frames.next();
    expect(frames.hasUnread).toBe(true);
    expect(frames.next()).toBeUndefined();
    expect(frames.hasUnread).toBe(true);
  });

  test('is a header whose body has not come', () => {
    const frames = decoder();
    frames.push(header(2));
    expect(frames.next()).toBeUndefined();
    expect(frames.hasUnread).toBe(true);
    frames.push(encode({ Num: 1 }));
    expect(frames.next()).toMatchObject({ seq: 2, body: { Num: 1 } });
    expect(frames.hasUnread).toBe(false);
  });
});

test('a chunk that arrives while a frame is delivered keeps its place', () => {
  const bytes = new Subject<Uint8Array>();
  const frames: Frame[] = [];
  decodeFrames(bytes, 'Error', () => false, DEFAULT_LIMITS).subscribe((frame) => {
    frames.push(frame);
    if (frame.seq === 1) bytes.next(concat(header(3).slice(4), header(4)));
  });
  bytes.next(concat(header(1), header(2), header(3).slice(0, 4)));
  expect(seqs(frames)).toEqual([1, 2, 3, 4]);
});

test.each([1, 7, 64, 100, 1400, 65_536])(
  'payloads that were handed out are not overwritten by later chunks (pieces of %d bytes)',
  (size) => {
    const sent = Array.from({ length: 300 }, (_, i) => new Uint8Array((i * 37) % 500).fill(i));
    const bytes = concat(
      ...sent.flatMap((payload, i) => [header(i), encode({ Payload: payload, Log: `${i}` })]),
    );
    const kept: unknown[] = [];
    const bytes$ = new Subject<Uint8Array>();
    decodeFrames(bytes$, 'Error', always, DEFAULT_LIMITS).subscribe(({ body }) =>
      kept.push((body as { Payload: Uint8Array }).Payload),
    );
    for (const chunk of cut(bytes, [size, 1, size])) bytes$.next(chunk);
    expect(show(kept)).toBe(show(sent));
  },
);

describe('a header', () => {
  test.each<[string, unknown]>([
    ['a number, as the H of an HTTP reply', 0x48],
    ['nil', null],
    ['a text', 'Error'],
    ['a list', ['', 1]],
    ['bytes', utf8('Error')],
    ['an empty map', {}],
    ['a map without Seq', { Error: '' }],
    ['a map without Error', { Seq: 1 }],
    ['a map with a text for Seq', { Error: '', Seq: '1' }],
    ['a map with nil for Error', { Error: null, Seq: 1 }],
    ['a map with bytes for Error', { Error: new Uint8Array(0), Seq: 1 }],
    ['a map with a Seq that we cannot have given', { Error: '', Seq: 2n ** 64n - 1n }],
    ['a request where a response should be', { Command: 'members', Seq: 1 }],
  ])('that is %s is a ProtocolError, behind the frames before it', (_, value) => {
    const bytes = concat(header(1), encode(value, { useBigInt64: true }), header(2));
    const { frames, error } = decodeAll([bytes]);
    expect(seqs(frames)).toEqual([1]);
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: 'unexpected-shape', message: expect.stringContaining('Seq') });
  });

  test('may have its fields in any order, others beside them, and integers of any width', () => {
    const wide = encode({ Trace: [1, { a: null }], Seq: 7n, Error: 'x' }, { useBigInt64: true });
    expect(decodeAll([wide]).frames).toEqual([{ seq: 7, text: 'x', body: undefined }]);
  });
});

describe('requests', () => {
  const decodeRequests = (bytes: Uint8Array, hasBody: HasBody) => {
    const frames: Frame[] = [];
    decodeFrames(of(bytes), 'Command', hasBody, DEFAULT_LIMITS).subscribe((frame) => frames.push(frame));
    return frames;
  };

  test('are frames whose text is the command', () => {
    const bytes = concat(
      encodeRequest('handshake', 0, { Version: 1 }),
      encodeRequest('members', 1, undefined),
      encodeRequest('event', 2, { Name: 'deploy', Payload: Uint8Array.of(1, 2), Coalesce: false }),
    );
    expect(decodeRequests(bytes, (_, command) => command !== 'members')).toEqual([
      { seq: 0, text: 'handshake', body: { Version: 1 } },
      { seq: 1, text: 'members', body: undefined },
      { seq: 2, text: 'event', body: { Name: 'deploy', Payload: Uint8Array.of(1, 2), Coalesce: false } },
    ]);
  });

  test('are what another decoder reads', () => {
    const timeout = 5_000_000_000;
    const body = {
      FilterNodes: ['n1'],
      FilterTags: { role: 'web|db' },
      RequestAck: true,
      RelayFactor: 2,
      Timeout: timeout,
      Name: 'load',
      Payload: new Uint8Array(0),
    };
    const [first, second] = decodeMulti(encodeRequest('query', 2 ** 33, body), { useBigInt64: true });
    expect(first).toEqual({ Command: 'query', Seq: BigInt(2 ** 33) });
    // An integer on the wire: a float would be a number here.
    expect(second).toEqual({ ...body, Timeout: BigInt(timeout) });
  });

  test('do not change when others are encoded after them', () => {
    const first = encodeRequest('stop', 1, { Stop: 2 });
    const before = show(first);
    encodeRequest('stop', 3, { Stop: 4 });
    expect(show(first)).toBe(before);
  });

  test('that cannot be encoded leave nothing behind for the next one', () => {
    const Tags = {
      get role(): string {
        throw new Error('a getter that throws');
      },
    };
    expect(() => encodeRequest('tags', 1, { Tags, DeleteTags: [] })).toThrow('a getter that throws');
    expect([...decodeMulti(encodeRequest('stop', 2, { Stop: 1 }))]).toEqual([
      { Command: 'stop', Seq: 2 },
      { Stop: 1 },
    ]);
  });
});
