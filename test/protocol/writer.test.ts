import { decode, encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Writable, Writer } from '../../src/protocol/writer.ts';
import { binary, text, value } from './support/arbitraries.ts';
import { hex, integral, normal, read, show, tableOf, utf8 } from './support/values.ts';

const write = (value: unknown) => new Writer().write(value as Writable).take();

test('what is written, another decoder reads', () => {
  // It refuses the one key that another key can stand for here.
  const readable = value.filter((value) => !show(value).includes('__proto__'));
  fc.assert(
    fc.property(readable, (value) => {
      const there = decode(write(value), { useBigInt64: true });
      expect(show(normal(there))).toBe(show(normal(integral(value))));
    }),
    { numRuns: 500 },
  );
});

test('what requests consist of is written byte for byte as another encoder writes it, in the shortest form', () => {
  const requestable = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small', maxDepth: 4 },
      fc.oneof(fc.constant(null), fc.boolean(), fc.maxSafeNat(), fc.nat(70_000), text, binary),
      fc.array(tie('value'), { maxLength: 20 }),
      fc.array(fc.tuple(text, tie('value')), { maxLength: 20 }).map(tableOf),
    ),
  })).value;
  fc.assert(
    fc.property(requestable, (value) => {
      expect(show(write(value))).toBe(show(encode(value)));
    }),
    { numRuns: 500 },
  );
});

describe('an integer', () => {
  test.each<[number | bigint, string]>([
    [0, '00'],
    [-0, '00'],
    [127, '7f'],
    [128, 'cc 80'],
    [255, 'cc ff'],
    [256, 'cd 0100'],
    [65_535, 'cd ffff'],
    [65_536, 'ce 00010000'],
    [4_294_967_295, 'ce ffffffff'],
    [4_294_967_296, 'cf 0000000100000000'],
    // A query's timeout of five seconds, in nanoseconds.
    [5_000_000_000, 'cf 000000012a05f200'],
    [Number.MAX_SAFE_INTEGER, 'cf 001fffffffffffff'],
    [2 ** 53, 'cf 0020000000000000'],
    [2 ** 63, 'cf 8000000000000000'],
    [2n ** 64n - 1n, 'cf ffffffffffffffff'],
    [-1, 'ff'],
    [-32, 'e0'],
    [-33, 'd2 ffffffdf'],
    [-2_147_483_648, 'd2 80000000'],
    [-2_147_483_649, 'd3 ffffffff7fffffff'],
    [-(2 ** 63), 'd3 8000000000000000'],
    [-(2n ** 63n), 'd3 8000000000000000'],
  ])('%s is written as an integer: %s', (value, bytes) => {
    expect(write(value)).toEqual(hex(bytes));
    expect(typeof decode(write(value), { useBigInt64: true })).toBe(bytes.length > 12 ? 'bigint' : 'number');
  });

  test('of more than 64 bits is a float rather than another integer', () => {
    for (const value of [2 ** 64, 1e300, -(2 ** 64)]) expect(decode(write(value))).toBe(value);
  });
});

test.each([1.5, -0.1, Number.NaN, Number.POSITIVE_INFINITY, Number.MIN_VALUE])('%s is a float', (value) => {
  expect(write(value)).toEqual(encode(value));
});

test('nil is what null and undefined are, within maps, too', () => {
  expect(write(null)).toEqual(hex('c0'));
  expect(write(undefined)).toEqual(hex('c0'));
  expect(write({ a: undefined })).toEqual(hex('81 a1 61 c0'));
});

describe('the head of', () => {
  const head = (value: unknown, length: number) => Buffer.from(write(value).slice(0, length)).toString('hex');

  test.each([
    [31, 'bf'],
    [32, 'd920'],
    [255, 'd9ff'],
    [256, 'da0100'],
    [65_535, 'daffff'],
    [65_536, 'db00010000'],
  ])('a text of %d bytes is the shortest: %s', (length, bytes) => {
    expect(head('x'.repeat(length), bytes.length / 2)).toBe(bytes);
    expect(head(`⚓${'x'.repeat(length - 3)}`, bytes.length / 2)).toBe(bytes);
    expect(head(`\udcff${'x'.repeat(length - 1)}`, bytes.length / 2)).toBe(bytes);
  });

  test.each([
    [0, 'c400'],
    [255, 'c4ff'],
    [256, 'c50100'],
    [65_536, 'c600010000'],
  ])('%d bytes is the shortest: %s', (length, bytes) => {
    expect(head(new Uint8Array(length), bytes.length / 2)).toBe(bytes);
  });

  test.each([
    [15, '9f'],
    [16, 'dc0010'],
    [65_535, 'dcffff'],
    [65_536, 'dd00010000'],
  ])('a list of %d is the shortest: %s', (length, bytes) => {
    expect(head(new Array(length).fill(1), bytes.length / 2)).toBe(bytes);
  });

  test.each([
    [15, '8f'],
    [16, 'de0010'],
    [65_535, 'deffff'],
    [65_536, 'df00010000'],
  ])('a map of %d is the shortest: %s', (length, bytes) => {
    const map = Object.fromEntries(Array.from({ length }, (_, i) => [`k${i}`, i]));
    expect(head(map, bytes.length / 2)).toBe(bytes);
  });
});

describe('text that stands for bytes that are not UTF-8', () => {
  test('goes out as text, with these bytes', () => {
    expect(write('caf\udce9')).toEqual(hex('a4 636166e9'));
    expect(write({ '\udcff': '\udc80' })).toEqual(hex('81 a1 ff a1 80'));
  });

  test('goes out as it came in', () => {
    const came = hex('d9 26 ff fe c0 af'.concat(' 61'.repeat(34)));
    expect(write(read(came))).toEqual(came);
  });
});

test('a list whose values are written one by one is what an array of them is', () => {
  const values = Array.from({ length: 15 }, (_, i) => i);
  for (let length = 0; length <= 15; length++) {
    const writer = new Writer().list(length);
    for (const value of values.slice(0, length)) writer.write(value);
    expect(writer.take()).toEqual(encode(values.slice(0, length)));
  }
});

test('bytes go out as bytes, views and Buffers, too', () => {
  const larger = Uint8Array.of(9, 1, 2, 9);
  expect(write(larger.subarray(1, 3))).toEqual(hex('c4 02 0102'));
  expect(write(Buffer.from([1, 2]))).toEqual(hex('c4 02 0102'));
});

describe('taking', () => {
  test('gives what was written since the last time', () => {
    const writer = new Writer();
    expect(writer.write('a').write(1).take()).toEqual(hex('a1 61 01'));
    expect(writer.take()).toEqual(new Uint8Array(0));
    expect(writer.write('b').take()).toEqual(hex('a1 62'));
  });

  test('gives a copy that later writing leaves alone', () => {
    const writer = new Writer();
    const first = writer.write('first').take();
    writer.write('second');
    expect(first).toEqual(encode('first'));
  });
});

test('the buffer grows wherever it is full, by whatever is written', () => {
  const kinds: Writable[] = [
    null,
    7,
    70_000,
    2 ** 40,
    1.5,
    'short',
    'x'.repeat(31),
    'ü'.repeat(20),
    utf8('bytes'),
    [],
    {},
    new Array(20).fill(1),
    'x'.repeat(5000),
    { key: 'x'.repeat(40) },
  ];
  for (const kind of kinds) {
    const one = encode(kind);
    // Just before, at and behind the end of the first buffer, and of the second.
    for (const full of [1024, 2048]) {
      for (let free = 0; free <= 12; free++) {
        const writer = new Writer();
        for (let i = 0; i < full - free; i++) writer.write(0);
        const bytes = writer.write(kind).write(1).take();
        expect(bytes.length).toBe(full - free + one.length + 1);
        expect(bytes.subarray(full - free, -1)).toEqual(one);
      }
    }
  }
});

test('writes small things after a very large one as ever', () => {
  const writer = new Writer();
  expect(writer.write('x'.repeat(3_000_000)).take()).toHaveLength(3_000_005);
  for (const text of ['short', 'x'.repeat(5_000)]) expect(writer.write(text).take()).toEqual(encode(text));
});
