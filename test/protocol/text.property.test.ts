import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import { readText, writeText } from '../../src/protocol/text.ts';
import { concat } from './support/decoding.ts';
import { hex, utf8 } from './support/values.ts';

const textOf = (bytes: Uint8Array) => readText(bytes, 0, bytes.length);
const key = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex');

/** Text without lone surrogates, ASCII and beyond, around the length where the short way of reading ends. */
const wellFormed = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.string({ unit: 'grapheme', maxLength: 40 }),
);

/** Any bytes: random ones, and UTF-8 that was damaged, which gets further. */
const anyBytes = fc.oneof(
  fc.uint8Array({ maxLength: 80 }),
  fc.array(fc.integer({ min: 0x80, max: 0xff }), { maxLength: 80 }).map((bytes) => Uint8Array.from(bytes)),
  fc
    .tuple(wellFormed, fc.array(fc.tuple(fc.nat(), fc.nat(255)), { minLength: 1, maxLength: 5 }))
    .map(([text, damage]) => {
      const bytes = utf8(text);
      for (const [at, byte] of damage) if (bytes.length > 0) bytes[at % bytes.length] = byte;
      return bytes;
    }),
  fc.tuple(wellFormed, fc.nat(100)).map(([text, cut]) => utf8(text).slice(0, cut)),
);

test('any bytes come out as they went in', () => {
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      expect(key(writeText(textOf(bytes)))).toBe(key(bytes));
    }),
    { numRuns: 3000 },
  );
});

test('the text of UTF-8 is that text', () => {
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  fc.assert(
    fc.property(wellFormed, (text) => {
      const bytes = utf8(text);
      expect(textOf(bytes)).toBe(text);
      expect(textOf(bytes)).toBe(decoder.decode(bytes));
      expect(key(writeText(text))).toBe(key(bytes));
    }),
    { numRuns: 2000 },
  );
});

test('what is UTF-8 between bytes that are not reads as ever', () => {
  // Bytes that are never part of a character.
  const never = fc.constantFrom(0xc0, 0xc1, 0xf5, 0xf8, 0xfe, 0xff);
  fc.assert(
    fc.property(fc.array(fc.tuple(wellFormed, never), { minLength: 1, maxLength: 8 }), (parts) => {
      const bytes = concat(...parts.map(([text, byte]) => concat(utf8(text), Uint8Array.of(byte))));
      expect(textOf(bytes)).toBe(
        parts.map(([text, byte]) => text + String.fromCharCode(0xdc00 + byte)).join(''),
      );
    }),
  );
});

test('two different texts stay different', () => {
  const seen = new Map<string, string>();
  fc.assert(
    fc.property(anyBytes, (bytes) => {
      const text = textOf(bytes);
      expect(seen.get(text) ?? key(bytes)).toBe(key(bytes));
      seen.set(text, key(bytes));
    }),
    { numRuns: 3000 },
  );
});

test('every text of one or two bytes is different from all others, and comes out as it went in', () => {
  const seen = new Set<string>();
  const check = (bytes: Uint8Array) => {
    const text = textOf(bytes);
    seen.add(text);
    if (key(writeText(text)) !== key(bytes)) expect(key(writeText(text))).toBe(key(bytes));
  };
  for (let first = 0; first < 256; first++) {
    check(Uint8Array.of(first));
    for (let second = 0; second < 256; second++) check(Uint8Array.of(first, second));
  }
  expect(seen.size).toBe(256 + 65_536);
});

test('every character comes out as it went in', () => {
  for (let code = 0; code <= 0x10ffff; code += code < 0x3000 ? 1 : 97) {
    if (code >= 0xd800 && code <= 0xdfff) continue;
    // Behind a byte that is not UTF-8, so that the slow way of reading is taken.
    const bytes = concat(hex('ff'), utf8(String.fromCodePoint(code)));
    const text = textOf(bytes);
    if (text !== `\udcff${String.fromCodePoint(code)}` || key(writeText(text)) !== key(bytes)) {
      expect.fail(`U+${code.toString(16)} became ${JSON.stringify(text)}`);
    }
  }
});

test('only the bytes within the bounds are read', () => {
  const bytes = concat(hex('e2 9a'), utf8('⚓ahoy⚓'), hex('9a 93'));
  expect(readText(bytes, 2, bytes.length - 2)).toBe('⚓ahoy⚓');
  expect(readText(bytes, 3, 6)).toBe('\udc9a\udc93a');
});

test('one bad byte in a long text costs no call of the decoder for each character', () => {
  const bytes = utf8('⚓'.repeat(10_000));
  bytes[15_000] = 0xff;
  const decode = vi.spyOn(TextDecoder.prototype, 'decode');
  textOf(bytes);
  const calls = decode.mock.calls.length;
  decode.mockRestore();
  expect(calls).toBeLessThan(10);
});

test('a lone surrogate that stands for no byte is written as U+FFFD, as everywhere', () => {
  expect(key(writeText('a\ud800b'))).toBe('61efbfbd62');
  expect(key(writeText('a\udcffb\udfff'))).toBe('61ff62efbfbd');
});

test('texts of many chunks come out as they went in, wherever a chunk ends', () => {
  fc.assert(
    fc.property(anyBytes, fc.integer({ min: 8_000, max: 8_400 }), fc.boolean(), (bytes, length, valid) => {
      const filler = new Uint8Array(length).fill(valid ? 0x61 : 0xff);
      const long = concat(filler, utf8('😀é'), bytes, filler, bytes);
      expect(key(writeText(textOf(long)))).toBe(key(long));
      expect(textOf(long).startsWith(textOf(filler))).toBe(true);
    }),
    { numRuns: 100 },
  );
});

test('a long text whose beginning is cut within a character is still read at once, and is the same if it is bad', () => {
  for (const pad of [0, 1, 2, 3]) {
    const good = concat(utf8('a'.repeat(pad)), utf8('😀'.repeat(30_000)));
    expect(textOf(good)).toBe(`${'a'.repeat(pad)}${'😀'.repeat(30_000)}`);
    for (const at of [0, 1_022, 1_023, 1_024, 70_000]) {
      const bad = good.slice();
      bad[at] = 0xff;
      expect(key(writeText(textOf(bad)))).toBe(key(bad));
    }
  }
});

test('a megabyte that is not UTF-8 takes one call of the platform’s decoder, for its beginning, and none of its encoder', () => {
  const decode = vi.spyOn(TextDecoder.prototype, 'decode');
  const encodeInto = vi.spyOn(TextEncoder.prototype, 'encodeInto');
  const encode = vi.spyOn(TextEncoder.prototype, 'encode');
  const bytes = new Uint8Array(1_000_000).fill(0xff);
  const written = writeText(textOf(bytes));
  const calls = [decode, encodeInto, encode].map(({ mock }) => mock.calls.length);
  const decoded = decode.mock.calls[0]?.[0]?.byteLength;
  for (const spy of [decode, encodeInto, encode]) spy.mockRestore();
  expect(decoded).toBeLessThanOrEqual(1_024);
  expect(Buffer.compare(written, bytes)).toBe(0);
  expect(calls).toEqual([1, 0, 0]);
});

test('what is sent in the place of what is not UTF-8 is not taken for it', () => {
  const text = `${'a'.repeat(40)}\ufffd`;
  expect(textOf(utf8(text))).toBe(text);
});
