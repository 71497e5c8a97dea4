import { encode } from '@msgpack/msgpack';
import { type Observer, Subject } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { ProtocolError, type SerfError } from '../../src/errors.ts';
import { decodeFrames } from '../../src/protocol/frames.ts';
import { DEFAULT_LIMITS, type FrameLimits } from '../../src/protocol/limits.ts';
import { Scanner } from '../../src/protocol/scanner.ts';
import { retained } from '../agent/harness/retained.ts';
import { always, concat, type Decoded, decodeAll, type HasBody, pieces } from './support/decoding.ts';
import { membersReply } from './support/sessions.ts';
import { HEADS, isExtension, tokenOf } from './support/tokens.ts';
import { hex } from './support/values.ts';

const header = encode({ Error: '', Seq: 1 });
const KIB = 1024;
const MIB = 1024 * KIB;

describe('the end of a value', () => {
  test('is found for every head byte, however the value is cut', () => {
    for (const head of HEADS) {
      const token = tokenOf(head);
      // Behind it: bytes that would be something, were they looked at.
      const bytes = concat(token, hex('df ffffffff'));
      const ends = token.map((_, first) => {
        const scanner = new Scanner(DEFAULT_LIMITS);
        expect(scanner.scan(bytes, 0, first)).toBe(-1);
        return scanner.scan(bytes, 0, bytes.length);
      });
      expect(new Set(ends), `head byte ${head}`).toEqual(new Set([token.length]));

      const byteByByte = new Scanner(DEFAULT_LIMITS);
      for (let end = 0; end < token.length; end++) expect(byteByByte.scan(bytes, 0, end)).toBe(-1);
      expect(byteByByte.scan(bytes, 0, token.length)).toBe(token.length);
    }
  });

  test('is found again for the next value', () => {
    const scanner = new Scanner(DEFAULT_LIMITS);
    const bytes = concat(encode([1, [2, {}]]), encode('text'), encode(null));
    const ends: number[] = [];
    while (ends.at(-1) !== bytes.length) ends.push(scanner.scan(bytes, ends.at(-1) ?? 0, bytes.length));
    expect(ends).toEqual([5, 10, 11]);
  });

  test('is found wherever the bytes lie by then', () => {
    const scanner = new Scanner(DEFAULT_LIMITS);
    const bytes = encode({ a: [1, 2, 'x'.repeat(40)] });
    expect(scanner.scan(bytes.slice(0, 7), 0, 7)).toBe(-1);
    const moved = concat(new Uint8Array(100), bytes);
    expect(scanner.scan(moved, 100, moved.length)).toBe(moved.length);
  });
});

/** Bytes that count how often each of them is read. */
function counted(bytes: Uint8Array): { bytes: Uint8Array; total: () => number; most: () => number } {
  const reads = new Uint8Array(bytes.length);
  const proxy = new Proxy(bytes, {
    get(target, key) {
      const at = Number(key);
      reads[at] = (reads[at] as number) + 1;
      return target[at];
    },
  });
  return {
    bytes: proxy,
    total: () => reads.reduce((sum, n) => sum + n, 0),
    most: () => reads.reduce((most, n) => Math.max(most, n), 0),
  };
}

/** How many bytes were copied while `run` ran. */
function copied(run: () => void): number {
  const { set } = Uint8Array.prototype;
  let count = 0;
  Uint8Array.prototype.set = function (this: Uint8Array, source: ArrayLike<number>, offset?: number) {
    count += source.length;
    set.call(this, source, offset);
  };
  try {
    run();
  } finally {
    Uint8Array.prototype.set = set;
  }
  return count;
}

describe('a reply of 2 MB', () => {
  const reply = membersReply(6500).subarray(header.length);

  test('has 2 MB', () => {
    expect(reply.length).toBeGreaterThan(2 * MIB);
  });

  test('in pieces of 1,400 bytes has no byte looked at twice, but for a length cut in two', () => {
    const scanner = new Scanner(DEFAULT_LIMITS);
    const { bytes, total, most } = counted(reply);
    for (let end = 1400; end < reply.length; end += 1400) expect(scanner.scan(bytes, 0, end)).toBe(-1);
    expect(scanner.scan(bytes, 0, reply.length)).toBe(reply.length);
    expect(most()).toBeLessThanOrEqual(2);
    expect(total()).toBeLessThan(reply.length);
  });

  test('byte by byte has no byte looked at more often than its length field is wide', () => {
    const scanner = new Scanner(DEFAULT_LIMITS);
    const { bytes, total, most } = counted(reply);
    let end = 1;
    while (scanner.scan(bytes, 0, end) < 0) end++;
    expect(end).toBe(reply.length);
    expect(most()).toBeLessThanOrEqual(5);
    expect(total()).toBeLessThan(reply.length);
  });

  test.each([1, 1400, 65_536])('in pieces of %d bytes has each byte copied three times at most', (size) => {
    const bytes = concat(header, reply);
    const chunks = size === 1 ? oneByOne(bytes) : [...pieces(bytes, size)];
    let members = 0;
    const count = copied(() => {
      members = membersIn(decodeAll(chunks, always));
    });
    expect(members).toBe(6500);
    expect(count).toBeLessThanOrEqual(3 * bytes.length);
  });
});

/** Views of one byte: two million buffers would be this test's cost, not the decoder's. */
function* oneByOne(bytes: Uint8Array): Iterable<Uint8Array> {
  for (let at = 0; at < bytes.length; at++) yield bytes.subarray(at, at + 1);
}

test('a reply of 10,000 members with ten tags each is well within the default limits', () => {
  const reply = membersReply(10_000, 10);
  const decoded = decodeAll(pieces(reply, 65_536), always);
  expect(decoded.error).toBeUndefined();
  expect(membersIn(decoded)).toBe(10_000);
  expect(reply.length).toBeGreaterThan(3 * MIB);
  expect(reply.length).toBeLessThan(DEFAULT_LIMITS.frameBytes / 4);
});

function membersIn({ frames }: Decoded): number {
  const [reply] = frames as unknown as [{ body: { Members: unknown[] } }];
  return reply.body.Members.length;
}

/** What decoding `body` behind a header ends in; `undefined` where it does not. */
function errorOf(body: Uint8Array, limits: Partial<FrameLimits> = {}): SerfError | undefined {
  return decodeAll([header, body], always, limits).error;
}

describe('the limits', () => {
  const nested = (levels: number) => concat(new Uint8Array(levels - 1).fill(0x91), Uint8Array.of(0x91, 0xc0));

  test('let the longest allowed message pass, and no longer one', () => {
    const body = encode({ Log: 'x'.repeat(1000) });
    expect(errorOf(body, { frameBytes: body.length })).toBeUndefined();
    expect(errorOf(body, { frameBytes: body.length - 1 })).toMatchObject({
      name: 'ProtocolError',
      code: 'frame-too-large',
      message: `a message has more than ${body.length - 1} bytes (see the option \`limits\`)`,
    });
  });

  test('let the deepest allowed message pass, and no deeper one', () => {
    expect(errorOf(nested(16))).toBeUndefined();
    expect(errorOf(nested(17))).toMatchObject({
      name: 'ProtocolError',
      code: 'too-deep',
      message: 'a message nests deeper than 16 levels (see the option `limits`)',
    });
    expect(errorOf(nested(3), { depth: 3 })).toBeUndefined();
    expect(errorOf(nested(4), { depth: 3 })).toMatchObject({ code: 'too-deep' });
  });

  test('let as many values as allowed pass, and no more', () => {
    for (const body of [new Array(99).fill(null), [[], ...new Array(96).fill({}), [1]], [{ a: 1, b: [1] }]]) {
      const values = count(body);
      // The header counts for itself: it has five values.
      expect(errorOf(encode(body), { values: Math.max(values, 5) })).toBeUndefined();
      expect(errorOf(encode(body), { values: values - 1 })).toMatchObject({
        name: 'ProtocolError',
        code: 'frame-too-large',
        message: `a message has more than ${values - 1} values (see the option \`limits\`)`,
      });
    }
  });

  test('are those of one message: a hundred short ones are no long one', () => {
    const bytes = concat(...Array.from({ length: 100 }, () => concat(header, encode([1, 2, 3]))));
    const { frames, error } = decodeAll([bytes], always, { frameBytes: 20, values: 6, depth: 1 });
    expect(error).toBeUndefined();
    expect(frames).toHaveLength(100);
  });

  test('hold for headers, too', () => {
    const { error } = decodeAll([concat(header, hex('db ffffffff'))], () => false);
    expect(error).toMatchObject({ code: 'frame-too-large' });
  });

  test('end the frames behind those that came before', () => {
    const { frames, error } = decodeAll([concat(header, header, nested(17))], () => false);
    expect(frames).toHaveLength(2);
    expect(error).toBeInstanceOf(ProtocolError);
  });
});

/** How many MessagePack values `value` is made of. */
function count(value: unknown): number {
  if (Array.isArray(value)) return value.reduce((sum, item) => sum + count(item), 1);
  if (typeof value !== 'object' || value === null) return 1;
  return Object.values(value).reduce((sum: number, item) => sum + 1 + count(item), 1);
}

describe('what a length claims', () => {
  test.each([
    ['bin 32', 'c6 ffffffff'],
    ['str 32', 'db ffffffff'],
    ['array 32', 'dd ffffffff'],
    ['map 32', 'df ffffffff'],
    ['bin 32 within a map', '81 a1 61 c6 ffffffff'],
    ['array 32 within arrays', '91 91 91 dd ffffffff'],
    ['bin 32, one byte over', 'c6 02000000'],
  ])('is refused at once when it is too much, before anything came or was kept for it (%s)', (_, claim) => {
    const before = process.memoryUsage().arrayBuffers;
    expect(errorOf(hex(claim))).toMatchObject({
      name: 'ProtocolError',
      code: 'frame-too-large',
      message: expect.stringMatching(/^a message has more than 33554432 bytes/),
    });
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(MIB);
  });

  test.each([
    ['array 32', 'dd 001e8480'],
    ['map 32', 'df 000f4240'],
  ])('is refused at once when it is too many values (%s)', (_, claim) => {
    expect(errorOf(hex(claim))).toMatchObject({
      name: 'ProtocolError',
      code: 'frame-too-large',
      message: expect.stringMatching(/^a message has more than 2000000 values/),
    });
  });

  test.each([
    ['bin 32', 'c6 01f00000'],
    ['str 32', 'db 01f00000'],
    ['array 32', 'dd 00100000'],
    ['map 32', 'df 00080000'],
  ])('keeps no memory before the bytes come (%s)', (_, claim) => {
    const before = process.memoryUsage();
    for (let i = 0; i < 20; i++) expect(errorOf(concat(hex(claim), new Uint8Array(100)))).toBeUndefined();
    const after = process.memoryUsage();
    expect(after.arrayBuffers - before.arrayBuffers).toBeLessThan(MIB);
    expect(after.heapUsed - before.heapUsed).toBeLessThan(20 * MIB);
  });
});

describe('a peer that dribbles a message for ever', () => {
  test.each([
    ['lists in lists', '91'],
    ['maps in maps', '81 a0'],
    ['long lists, none of them ever full', 'dc ffff a3 616263'],
  ])('is stopped at the depth limit: %s', (_, fill) => {
    const fills = (times: number) => errorOf(concat(...new Array(times).fill(hex(fill))));
    expect(fills(16)).toBeUndefined();
    expect(fills(17)).toMatchObject({ name: 'ProtocolError', code: 'too-deep' });
  });

  test.each<[string, Uint8Array, Uint8Array]>([
    ['nils', hex('dd 0000f000'), hex('c0')],
    ['texts', hex('dd 0000f000'), hex('d9 05 6162636465')],
    ['empty maps', hex('dd 0000f000'), hex('80')],
    ['a map of lists', hex('df 00007000'), hex('a1 61 91 c0')],
    ['bytes of one long text', hex('db 0000ff00'), hex('61')],
  ])('is stopped at the limit, and no more is kept than that: %s', async (_, start, fill) => {
    const limits: FrameLimits = { frameBytes: 64 * KIB, depth: 16, values: 20_000 };
    const bytes = new Subject<Uint8Array>();
    let error: SerfError | undefined;
    let done = false;
    decodeFrames(bytes, 'Error', always, limits).subscribe({
      next: () => {
        done = true;
      },
      error: (reason) => {
        error = reason;
      },
    });
    const { buffers } = await retained();
    bytes.next(header);
    bytes.next(start);
    let sent = 0;
    let most = 0;
    while (!error && !done) {
      for (const byte of oneByOne(fill)) bytes.next(byte.slice());
      sent += fill.length;
      if (sent % (8 * KIB) < fill.length) most = Math.max(most, (await retained()).buffers - buffers);
    }
    expect(sent).toBeLessThanOrEqual(64 * KIB);
    expect(most).toBeLessThan(4 * 64 * KIB);
    if (!done) expect(error).toMatchObject({ name: 'ProtocolError', code: 'frame-too-large' });
  });
});

test('a flood of short messages leaves nothing behind', async () => {
  const bytes = new Subject<Uint8Array>();
  const record = concat(header, encode({ Event: 'user', Name: 'deploy', Payload: new Uint8Array(300) }));
  const flood = concat(...Array.from({ length: 200 }, () => record));
  let frames = 0;
  decodeFrames(bytes, 'Error', always, DEFAULT_LIMITS).subscribe(() => frames++);
  const { buffers } = await retained();
  let most = 0;
  for (let i = 0; i < 500; i++) {
    // Cut within a message, elsewhere each time.
    bytes.next(flood.slice(0, i * 7));
    bytes.next(flood.slice(i * 7));
    if (i % 100 === 99) most = Math.max(most, (await retained()).buffers - buffers);
  }
  expect(frames).toBe(100_000);
  expect(most).toBeLessThan(MIB);
});

test('bytes that come after the end are not kept', async () => {
  let send = (_: Uint8Array): void => {};
  // A source that goes on, as one does that emits within `subscribe`.
  const source = {
    subscribe({ next }: Partial<Observer<Uint8Array>>) {
      if (next) send = next;
      return { unsubscribe() {} };
    },
  };
  decodeFrames(source, 'Error', always, DEFAULT_LIMITS).subscribe({ error: () => {} });
  send(Uint8Array.of(0xc1));
  const { buffers } = await retained();
  for (let i = 0; i < 100; i++) send(new Uint8Array(64 * KIB));
  expect((await retained()).buffers - buffers).toBeLessThan(MIB);
});

describe('what is not MessagePack', () => {
  const places: readonly [string, (byte: number) => Uint8Array, HasBody][] = [
    ['a header', (byte) => Uint8Array.of(byte), () => false],
    ['a body', (byte) => concat(header, Uint8Array.of(byte)), always],
    ['a list', (byte) => concat(header, Uint8Array.of(0x92, 0xc0, byte)), always],
    ['a key', (byte) => concat(header, Uint8Array.of(0x81, byte)), always],
    ['a map', (byte) => concat(header, Uint8Array.of(0x81, 0xa0, byte)), always],
  ];

  test.each(places)('is not-msgpack in the place of %s', (_, bytes, hasBody) => {
    const { error } = decodeAll([bytes(0xc1)], hasBody);
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: 'not-msgpack', message: expect.stringContaining('0xc1') });
  });

  test.each(places)('an extension type is unexpected-shape in the place of %s', (_, bytes, hasBody) => {
    const extensions = Array.from({ length: 256 }, (_, head) => head).filter(isExtension);
    expect(extensions).toHaveLength(8);
    for (const head of extensions) {
      const { error } = decodeAll([bytes(head)], hasBody);
      expect(error).toBeInstanceOf(ProtocolError);
      expect(error).toMatchObject({
        code: 'unexpected-shape',
        message: expect.stringContaining(`0x${head.toString(16)}`),
      });
    }
  });

  test('is looked for no further than the bytes that have come', () => {
    expect(decodeAll([Uint8Array.of(0xc4, 3, 0xc1, 0xc1)]).error).toBeUndefined();
  });

  test.each([
    ['a web server', 'HTTP/1.1 400 Bad Request\r\n\r\n'],
    ['an SSH server', 'SSH-2.0-OpenSSH_9.2\r\n'],
    ['an SMTP server', '220 mail.example ESMTP\r\n'],
    ['a Redis server', '-ERR unknown command\r\n'],
    ['a TLS server', '\u0015\u0003\u0001\u0000\u0002\u0002\u0046'],
  ])('comes from %s, and is a ProtocolError at its first bytes', (_, greeting) => {
    const { frames, error } = decodeAll([new TextEncoder().encode(greeting)]);
    expect(frames).toEqual([]);
    expect(error).toBeInstanceOf(ProtocolError);
  });
});
