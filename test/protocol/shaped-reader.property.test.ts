import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Reader } from '../../src/protocol/reader.ts';
import { ShapedReader } from '../../src/protocol/shaped-reader.ts';
import { readText } from '../../src/protocol/text.ts';
import { TextCache } from '../../src/protocol/text-cache.ts';
import type { WireMap } from '../../src/protocol/wire.ts';
import { sizes, value } from './support/arbitraries.ts';
import { concat, cut, cutInOneBuffer, decodeAll } from './support/decoding.ts';
import { MEMBER } from './support/member.ts';
import { HEADS, tokenOf } from './support/tokens.ts';
import { show } from './support/values.ts';

// Two ways from bytes to frames: in one straight line what agents send all day, and in general everything. Whatever comes, however
// it is cut and whatever the limits are, both give the same frames and then the same error.

const BODIES: readonly Readonly<Record<string, unknown>>[] = [
  { Members: [MEMBER] },
  { Log: 'a line' },
  { Event: 'member-join', Members: [MEMBER, { ...MEMBER, Tags: {} }] },
  { From: 'n1', Payload: null, Type: 'ack' },
  { From: 'n1', Payload: new Uint8Array(300), Type: 'response' },
  { Coalesce: true, Event: 'user', LTime: 70_000, Name: 'deploy', Payload: new Uint8Array(64) },
  { Event: 'query', ID: 3, LTime: 300, Name: 'x'.repeat(300), Payload: new Uint8Array(0) },
  MEMBER,
];

/** Counts what it reads in one line. */
class CountingReader extends ShapedReader {
  shaped = 0;

  override readShaped(end: number): WireMap | undefined {
    const map = super.readShaped(end);
    if (map !== undefined) this.shaped++;
    return map;
  }
}

/** What most have, or something else: fields that come one behind the other are compared with those of the record before. */
const usual = (value: string | number, others: fc.Arbitrary<unknown>) =>
  fc.oneof({ weight: 5, arbitrary: fc.constant(value) }, { weight: 1, arbitrary: others });

const name = fc.oneof(
  // That differ in the middle only.
  fc.nat(9).map((n) => `node-${n}.eu-west`),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.constantFrom('n1', 'member-update', 'x'.repeat(31), 'x'.repeat(32), 'x'.repeat(300), '__proto__', ''),
);
const number = fc.oneof(
  fc.nat(200),
  fc.nat(70_000),
  fc.nat(2 ** 32 - 1),
  fc.bigInt(0n, 2n ** 64n - 1n),
  fc.integer(),
);
const bytes = fc.oneof(
  fc.constant(null),
  fc.uint8Array({ maxLength: 80 }),
  fc.uint8Array({ minLength: 250, maxLength: 1_100 }),
);
const tags = fc.oneof(
  fc.array(fc.tuple(name, name), { maxLength: 20 }).map((entries) => Object.fromEntries(entries)),
  fc.constant(null),
);
const member = fc
  .record({
    Name: name,
    Addr: bytes,
    Port: usual(7946, number),
    Tags: tags,
    Status: usual('alive', name),
    ProtocolMin: usual(1, number),
    DelegateCur: usual(4, number),
  })
  .map((fields) => ({ ...MEMBER, ...fields }));

/** A member with one more field, behind all others. */
const larger = member.map((fields) => ({ ...fields, Zone: 1 }));

/** Bodies as agents have them; keys are sorted when they are encoded. */
const body = fc.oneof(
  fc.record({ Members: fc.oneof(fc.array(fc.oneof(member, larger), { maxLength: 20 }), fc.constant(null)) }),
  fc.record({ Log: name }),
  fc.record({ Event: name, Members: fc.array(member, { maxLength: 3 }) }),
  fc.record({ From: name, Payload: bytes, Type: name }),
  fc.record({
    Coalesce: fc.boolean(),
    Event: usual('user', name),
    LTime: number,
    Name: name,
    Payload: bytes,
  }),
  fc.record({ Event: name, ID: number, LTime: number, Name: name, Payload: bytes }),
  member,
);

/** A value of another kind than a field has, mostly a small one. */
const other = fc.oneof(
  fc.constantFrom(null, true, 3, -3, 1.5, 'x', {}, []),
  fc.uint8Array({ maxLength: 3 }),
  value,
);

/** What is done to a body, so that it is not quite one. */
const changed = fc
  .tuple(body, fc.constantFrom('reversed', 'missing', 'more', 'other', 'other', 'other'), fc.nat(), other)
  .map(([fields, how, n, other]) => {
    const entries = Object.entries(fields).sort(byKey);
    const at = n % entries.length;
    if (how === 'reversed') entries.reverse();
    else if (how === 'missing') entries.splice(at, 1);
    else if (how === 'more') entries.splice(at, 0, ['Extra', other]);
    else (entries[at] as [string, unknown])[1] = other;
    return encode(Object.fromEntries(entries), { useBigInt64: true });
  });

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : 1;
}

function encoded(fields: unknown): Uint8Array {
  return encode(fields, { useBigInt64: true, sortKeys: true });
}

const message = fc
  .tuple(
    fc.oneof(
      { weight: 4, arbitrary: body.map(encoded) },
      { weight: 2, arbitrary: changed },
      { weight: 1, arbitrary: value.map(encoded) },
    ),
    fc.oneof({ weight: 6, arbitrary: fc.constant('') }, { weight: 1, arbitrary: name }),
    fc.oneof(fc.nat(200), fc.nat(2 ** 33)),
  )
  .map(([bytes, error, seq]) => concat(encode({ Error: error, Seq: seq }), bytes));

/** Bytes of a stream, with some of them changed, left out or come twice. */
const stream = fc
  .tuple(
    fc.array(message, { minLength: 1, maxLength: 8 }),
    fc.oneof(
      { weight: 2, arbitrary: fc.constant([]) },
      { weight: 1, arbitrary: fc.array(damage(), { maxLength: 3 }) },
    ),
  )
  .map(([messages, damages]) => {
    let all = concat(...messages);
    for (const { at, bytes, how } of damages) {
      const place = at % (all.length + 1);
      const rest = all.subarray(
        how === 'in place' ? place + bytes.length : how === 'left out' ? place + 1 : place,
      );
      all = concat(all.subarray(0, place), how === 'left out' ? new Uint8Array(0) : bytes, rest);
    }
    return all;
  });

function damage() {
  return fc.record({
    at: fc.nat(),
    bytes: fc.uint8Array({ minLength: 1, maxLength: 4 }),
    how: fc.constantFrom('in place', 'left out', 'added'),
  });
}

const limits = fc.oneof(
  fc.constant({}),
  fc.record({
    frameBytes: fc.oneof(fc.integer({ min: 1, max: 300 }), fc.constant(100_000)),
    depth: fc.integer({ min: 1, max: 8 }),
    values: fc.oneof(fc.integer({ min: 1, max: 100 }), fc.constant(100_000)),
  }),
);

function outcome(chunks: Iterable<Uint8Array>, limits: object, reader: Reader) {
  const { frames, error } = decodeAll(
    chunks,
    (seq) => Number(seq) % 5 > 0,
    limits,
    () => reader,
  );
  return `${show(frames)} ${error?.name} ${error?.code} ${error?.message}`;
}

describe('what agents send all day, nearly that, and anything else', () => {
  test('gives the same frames and the same error, read in one line or in general', () => {
    let shaped = 0;
    let failed = 0;
    fc.assert(
      fc.property(stream, sizes, limits, (bytes, chunks, bounds) => {
        const expected = outcome([bytes], bounds, new Reader());
        for (const pieces of [[bytes], cut(bytes, chunks), cutInOneBuffer(bytes, chunks)]) {
          const reader = new CountingReader();
          expect(outcome(pieces, bounds, reader)).toBe(expected);
          shaped += reader.shaped;
        }
        if (!expected.endsWith('undefined')) failed++;
      }),
      { numRuns: 1_500 },
    );
    // Both ways were taken, and errors met.
    expect(shaped).toBeGreaterThan(50);
    expect(failed).toBeGreaterThan(5);
  });

  test('a member with one more field, in a list, is not read in one line, and nothing of it', () => {
    const reader = new ShapedReader();
    reader.bytes = encoded({ Members: [{ ...MEMBER, Zone: 1 }] });
    expect(reader.readShaped(reader.bytes.length)).toBeUndefined();
    expect(reader.at).toBe(0);
  });

  test('a value of any head byte in the place of any other', () => {
    // Also within a list and within tags. Of small numbers, and of lengths within the head, the first and the last will do.
    const heads = HEADS.filter(
      (head) => (head >= 0xc0 && head < 0xe0) || /^[0789abef][01f]?$/.test(head.toString(16)),
    );
    const tokens = heads
      .map(tokenOf)
      .flatMap((token) => [
        token,
        concat(Uint8Array.of(0x91), token),
        concat(Uint8Array.of(0x81, 0xa1, 0x6b), token),
      ]);
    for (const fields of BODIES) {
      const entries = Object.entries(fields).sort(byKey);
      for (const place of entries.keys())
        for (const token of tokens) {
          const values = entries.flatMap(([name, field], i) => [
            encode(name),
            i === place ? token : encoded(field),
          ]);
          const bytes = concat(
            ...[1, 2].flatMap((seq) => [
              encode({ Error: '', Seq: seq }),
              Uint8Array.of(0x80 | entries.length),
              ...values,
            ]),
          );
          const general = outcome([bytes], {}, new Reader());
          expect(outcome([bytes], {}, new ShapedReader())).toBe(general);
        }
    }
  });

  test('at each limit, one below it and one above', () => {
    const bytes = concat(encode({ Error: '', Seq: 1 }), encoded({ Members: [MEMBER, MEMBER] }));
    const length = bytes.length - encode({ Error: '', Seq: 1 }).length;
    for (const off of [-1, 0, 1])
      for (const bounds of [{ frameBytes: length + off }, { values: 53 + off }, { depth: 4 + off }]) {
        const general = outcome([bytes], bounds, new Reader());
        expect(outcome([bytes], bounds, new ShapedReader())).toBe(general);
        expect(general.endsWith('undefined')).toBe(off >= 0);
      }
  });
});

describe('fields that are what they were in the record before', () => {
  test('are told from all that differ in one byte', () => {
    // As one byte of the second and of the fourth is anything else, the first, the third and the last are what they were.
    for (const fields of BODIES) {
      const whole = concat(encode({ Error: '', Seq: 1 }), encoded(fields));
      const first = encode({ Error: '', Seq: 1 }).length;
      for (let at = first; at < whole.length; at++)
        for (const change of [1, 0x20, 0x80]) {
          const other = Uint8Array.from(whole);
          other[at] = (other[at] as number) ^ change;
          const bytes = concat(whole, other, whole, other, whole);
          expect(outcome([bytes], {}, new ShapedReader())).toBe(outcome([bytes], {}, new Reader()));
        }
    }
  });

  test('are told from those that are cut, or go on at the end of what has come', () => {
    for (const fields of BODIES) {
      const whole = concat(encode({ Error: '', Seq: 1 }), encoded(fields));
      const bytes = concat(whole, whole, whole);
      const general = outcome([bytes], {}, new Reader());
      for (let size = 1; size <= whole.length + 1; size++) {
        expect(outcome(cutInOneBuffer(bytes, [whole.length, size]), {}, new ShapedReader())).toBe(general);
      }
    }
  });

  test('are not read again', () => {
    const texts: string[] = [];
    class ListeningReader extends ShapedReader {
      protected override text(start: number, end: number): string {
        const text = super.text(start, end);
        texts.push(text);
        return text;
      }
    }
    const reader = new ListeningReader();
    const event = { Coalesce: false, Event: 'user', LTime: 7, Name: 'deploy', Payload: null };
    for (const Status of ['alive', 'alive', 'failed', 'failed'])
      for (const fields of [{ ...MEMBER, Status }, event])
        outcome([concat(encode({ Error: '', Seq: 1 }), encoded(fields))], {}, reader);
    expect(texts.filter((text) => /alive|failed|user/.test(text))).toEqual(['alive', 'user', 'failed']);
  });

  test('are remembered only where all of them were read', () => {
    const reader = new ShapedReader();
    const broken = { ...MEMBER, Status: 7 };
    for (const fields of [MEMBER, broken, MEMBER, { ...MEMBER, Status: 'failed' }, broken, MEMBER]) {
      const bytes = concat(encode({ Error: '', Seq: 1 }), encoded(fields));
      expect(outcome([bytes], {}, reader)).toBe(outcome([bytes], {}, new Reader()));
    }
  });

  test('are not remembered where they are longer than a place has room for', () => {
    const reader = new ShapedReader();
    // With a status of 35 bytes there are 96: all that there is room for.
    for (const length of [28, 29, 31, 32, 33, 34, 35, 36, 200]) {
      const Status = 'x'.repeat(length);
      const bytes = concat(encode({ Error: '', Seq: 1 }), encoded({ ...MEMBER, Status }));
      const general = outcome([bytes], {}, new Reader());
      expect(outcome([bytes], {}, reader)).toBe(general);
      expect(outcome([bytes], {}, reader)).toBe(general);
      const other = concat(
        encode({ Error: '', Seq: 1 }),
        encoded({ ...MEMBER, Status: `${'x'.repeat(length - 1)}y` }),
      );
      expect(outcome([other], {}, reader)).toBe(outcome([other], {}, new Reader()));
    }
  });
});

test('what agents send is read in one line, each of it', () => {
  const reader = new CountingReader();
  const bytes = concat(...BODIES.flatMap((each, i) => [encode({ Error: '', Seq: i }), encoded(each)]));
  // A value is tried where as much has come as the one before it had.
  const cutOff = concat(encode({ Error: '', Seq: BODIES.length }), encoded(BODIES[6]).subarray(0, -1));
  const { frames } = decodeAll(
    [concat(bytes, cutOff)],
    () => true,
    {},
    () => reader,
  );
  expect(frames.map(({ body }) => show(body))).toEqual(BODIES.map(show));
  expect(reader.shaped).toBe(BODIES.length);
});

test('a member that only begins like one, at any depth, is read in time linear in its bytes', () => {
  // Each level is a list of members, the last of which has not all: what was read of it is read again in general, at each level once.
  let looked = 0;
  class LookingReader extends ShapedReader {
    protected override text(start: number, end: number): string {
      looked++;
      return super.text(start, end);
    }
  }
  let inner: unknown = 1;
  for (let i = 0; i < 12; i++)
    inner = { Members: [...new Array(50).fill(MEMBER), { ...MEMBER, Tags: inner }] };
  const bytes = concat(encode({ Error: '', Seq: 1 }), encoded(inner));
  const { frames, error } = decodeAll(
    [bytes],
    () => true,
    { depth: 100 },
    () => new LookingReader(),
  );
  expect([frames.length, error]).toEqual([1, undefined]);
  const texts = 12 * 51 * 15;
  expect(looked).toBeLessThan(4 * texts);
});

test('the cache of texts knows each from all that differ in one byte', () => {
  const texts = new TextCache(0);
  for (let length = 1; length <= 40; length++) {
    const bytes = new Uint8Array(length).fill(0x61);
    for (let i = 0; i < length; i++) {
      bytes[i] = 0x62;
      expect(texts.read(bytes, 0, length)).toBe(readText(bytes, 0, length));
      bytes[i] = 0x61;
      expect(texts.read(bytes, 0, length)).toBe('a'.repeat(length));
    }
  }
});
