import { decode, encode } from '@msgpack/msgpack';
import { describe, expect, test } from 'vitest';
import { ProtocolError } from '../../src/errors.ts';
import { Reader } from '../../src/protocol/reader.ts';
import { writeText } from '../../src/protocol/text.ts';
import { concat } from './support/decoding.ts';
import { HEADS, tokenOf } from './support/tokens.ts';
import { hex, normal, read, show, tableOf, utf8 } from './support/values.ts';

describe('a value', () => {
  test('of every head byte is what another decoder reads', () => {
    for (const head of HEADS) {
      const token = tokenOf(head);
      const expected = normal(decode(token, { useBigInt64: true }));
      expect(show(read(token)), `head byte 0x${head.toString(16)}`).toBe(show(expected));
    }
  });

  test('of every head byte is read to its end, and the next one from there', () => {
    const reader = new Reader();
    reader.bytes = concat(...HEADS.map(tokenOf));
    let end = 0;
    for (const head of HEADS) {
      reader.read();
      end += tokenOf(head).length;
      expect(reader.at, `head byte 0x${head.toString(16)}`).toBe(end);
    }
  });

  test('is read from the middle of a larger buffer', () => {
    const reader = new Reader();
    const larger = concat(hex('ff ff ff'), encode([1.5, -2.5]), hex('ff'));
    reader.bytes = larger.subarray(1);
    reader.at = 2;
    expect(reader.read()).toEqual([1.5, -2.5]);
  });
});

describe('an integer', () => {
  test.each<[string, string, number | bigint]>([
    ['positive fixint', '00', 0],
    ['positive fixint', '7f', 127],
    ['negative fixint', 'ff', -1],
    ['negative fixint', 'e0', -32],
    ['uint 8', 'cc 00', 0],
    ['uint 8', 'cc ff', 255],
    ['uint 16', 'cd 0000', 0],
    ['uint 16', 'cd ffff', 65_535],
    ['uint 32', 'ce 00000000', 0],
    ['uint 32', 'ce 80000000', 2_147_483_648],
    ['uint 32', 'ce ffffffff', 4_294_967_295],
    ['uint 64', 'cf 0000000000000000', 0],
    ['uint 64', 'cf 0000000100000000', 4_294_967_296],
    ['uint 64', 'cf 001fffffffffffff', 9_007_199_254_740_991],
    ['uint 64', 'cf 0020000000000000', 9_007_199_254_740_992n],
    ['uint 64', 'cf 0020000000000001', 9_007_199_254_740_993n],
    ['uint 64', 'cf 7fffffffffffffff', 9_223_372_036_854_775_807n],
    ['uint 64', 'cf 8000000000000000', 9_223_372_036_854_775_808n],
    ['uint 64', 'cf ffffffffffffffff', 18_446_744_073_709_551_615n],
    ['int 8', 'd0 7f', 127],
    ['int 8', 'd0 80', -128],
    ['int 8', 'd0 ff', -1],
    ['int 16', 'd1 7fff', 32_767],
    ['int 16', 'd1 8000', -32_768],
    ['int 16', 'd1 ffff', -1],
    ['int 32', 'd2 7fffffff', 2_147_483_647],
    ['int 32', 'd2 80000000', -2_147_483_648],
    ['int 32', 'd2 ffffffff', -1],
    ['int 64', 'd3 0000000000000000', 0],
    ['int 64', 'd3 ffffffffffffffff', -1],
    ['int 64', 'd3 ffffffff00000000', -4_294_967_296],
    ['int 64', 'd3 001fffffffffffff', 9_007_199_254_740_991],
    ['int 64', 'd3 0020000000000000', 9_007_199_254_740_992n],
    ['int 64', 'd3 7fffffffffffffff', 9_223_372_036_854_775_807n],
    ['int 64', 'd3 ffe0000000000001', -9_007_199_254_740_991],
    ['int 64', 'd3 ffe0000000000000', -9_007_199_254_740_992n],
    ['int 64', 'd3 ffdfffffffffffff', -9_007_199_254_740_993n],
    ['int 64', 'd3 8000000000000000', -9_223_372_036_854_775_808n],
  ])('(%s, %s) is exact', (_, bytes, value) => {
    expect(read(hex(bytes))).toBe(value);
  });
});

describe('a float', () => {
  test.each<[string, number]>([
    ['ca 3fc00000', 1.5],
    ['ca ff800000', Number.NEGATIVE_INFINITY],
    ['ca 7fc00000', Number.NaN],
    ['cb 3ff8000000000000', 1.5],
    ['cb 8000000000000000', -0],
    ['cb 0000000000000001', Number.MIN_VALUE],
    ['cb 7fefffffffffffff', Number.MAX_VALUE],
    ['cb 7ff0000000000000', Number.POSITIVE_INFINITY],
    ['cb 7ff8000000000000', Number.NaN],
  ])('(%s) is that number', (bytes, value) => {
    expect(read(hex(bytes))).toBe(value);
  });
});

describe('bytes', () => {
  test.each(['c4 03 c1ff00', 'c5 0003 c1ff00', 'c6 00000003 c1ff00'])('(%s) are those bytes', (bytes) => {
    expect(read(hex(bytes))).toEqual(Uint8Array.of(0xc1, 0xff, 0));
  });

  test('may be none', () => {
    expect(read(hex('c4 00'))).toEqual(new Uint8Array(0));
  });
});

describe('a text', () => {
  test.each([
    ['', 'a0'],
    ['short', 'a5 73686f7274'],
    ['⚓', 'd9 03 e29a93'],
    ['😀', 'da 0004 f09f9880'],
    ['\ufeffa byte order mark', 'b4 efbbbf 612062797465206f72646572206d61726b'],
  ])('%j is read from UTF-8', (text, bytes) => {
    expect(read(hex(bytes))).toBe(text);
  });

  const longer = '2d'.repeat(40);
  test.each([
    ['a lone continuation byte', '80', '\udc80'],
    ['a byte that is never UTF-8', '61 ff 62', 'a\udcffb'],
    ['an overlong /', 'c0af', '\udcc0\udcaf'],
    ['an overlong NUL of three bytes', 'e08080', '\udce0\udc80\udc80'],
    ['a surrogate', 'eda080', '\udced\udca0\udc80'],
    ['one of our own escapes, as CESU', 'edb280', '\udced\udcb2\udc80'],
    ['a code point beyond U+10FFFF', 'f4908080', '\udcf4\udc90\udc80\udc80'],
    ['a sequence cut after one byte', '61 e2', 'a\udce2'],
    ['a sequence cut after two bytes', '61 e29a', 'a\udce2\udc9a'],
    ['a sequence cut by a letter', 'e29a 62', '\udce2\udc9ab'],
    ['Latin-1', '63 61 66 e9', 'caf\udce9'],
    ['good and bad by turns', 'e29a93 ff e29a93 fe', '⚓\udcff⚓\udcfe'],
  ])('of bytes that are not UTF-8 keeps them: %s', (_, bytes, text) => {
    for (const [raw, expected] of [
      [hex(bytes), text],
      [hex(longer + bytes + longer), '-'.repeat(40) + text + '-'.repeat(40)],
    ] as const) {
      expect(read(concat(hex('da 00'), Uint8Array.of(raw.length), raw))).toBe(expected);
      expect(writeText(expected)).toEqual(raw);
    }
  });

  test('cut within a character takes nothing of what follows', () => {
    expect(read(hex('92 a1 e2 c0'))).toEqual(['\udce2', null]);
    expect(read(hex('93 a2 f09f c3 a1 61'))).toEqual(['\udcf0\udc9f', true, 'a']);
  });
});

describe('a map', () => {
  const hostile = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', ''];
  const bytes = encode(tableOf(hostile.map((key) => [key, { polluted: key }])));

  test('has every key that came, whatever it means to JavaScript', () => {
    const map = read(bytes) as Record<string, unknown>;
    expect(Object.keys(map).sort()).toEqual([...hostile].sort());
    for (const key of hostile) expect(map[key]).toMatchObject({ polluted: key });
  });

  test('changes no prototype', () => {
    const before = Object.getOwnPropertyNames(Object.prototype).sort();
    const map = read(bytes) as Record<string, unknown>;
    read(encode(JSON.parse('{"__proto__":{"__proto__":{"polluted":true}}}')));
    expect(Object.getOwnPropertyNames(Object.prototype).sort()).toEqual(before);
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
    expect(map['polluted']).toBeUndefined();
    expect((read(encode({})) as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test('has no keys but those that came', () => {
    const map = read(encode({ a: 1 })) as Record<string, unknown>;
    for (const key of ['constructor', '__proto__', 'toString']) {
      expect(map[key]).toBeUndefined();
      expect(key in map).toBe(false);
    }
    const keys: string[] = [];
    for (const key in map) keys.push(key);
    expect(keys).toEqual(['a']);
  });

  test('can be made text of, and compared', () => {
    const map = read(encode({ a: { b: [1] } }));
    expect(JSON.stringify(map)).toBe('{"a":{"b":[1]}}');
    expect(map).toEqual({ a: { b: [1] } });
  });

  test('keeps keys that are not UTF-8 apart', () => {
    const map = read(hex('82 a1 fe 01 a1 ff 02')) as Record<string, unknown>;
    expect(map).toEqual({ '\udcfe': 1, '\udcff': 2 });
  });

  test.each([
    ['nil', 'c0'],
    ['a number', '01'],
    ['an integer of 64 bits', 'cf ffffffffffffffff'],
    ['a boolean', 'c3'],
    ['bytes', 'c4 01 61'],
    ['a list', '91 a1 61'],
    ['a map', '81 a1 61 01'],
  ])('with a key that is %s is a ProtocolError', (_, key) => {
    const error = thrownBy(() => read(concat(hex('81'), hex(key), hex('01'))));
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toMatchObject({ code: 'unexpected-shape', message: expect.stringContaining('key') });
  });
});

function thrownBy(run: () => unknown): unknown {
  try {
    run();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

test('nested values are read all the way down', () => {
  const value = [{ a: [{ b: [[], {}, null, true, false, 'x', utf8('y')] }] }];
  expect(show(read(encode(value)))).toBe(show(value));
});
