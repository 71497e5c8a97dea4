import fc from 'fast-check';
import { newline } from 'rxserf/jsonrpc';
import { describe, expect, test } from 'vitest';
import { decodeText, isDeeper, TextPool } from '../../src/jsonrpc/text.ts';
import { retained } from '../agent/harness/retained.ts';

/** What a framer makes of bytes, cut at these places: messages as bytes, `-` for one that was left out. */
function read(bytes: Uint8Array, cuts: readonly number[], maxBytes = 1_000_000): (string | '-')[] {
  const read: string[] = [];
  const decode = newline({ maxBytes }).decoder({
    message: (message) =>
      read.push(typeof message === 'string' ? message : (decodeText(message) ?? `bytes ${[...message]}`)),
    skipped: () => read.push('-'),
  });
  const edges = [0, ...[...cuts].sort((a, b) => a - b), bytes.length];
  for (let i = 1; i < edges.length; i++) {
    // Memory of its own, which nobody may keep: a socket may use it again.
    const piece = bytes.slice(edges[i - 1], edges[i]);
    decode(piece);
    piece.fill(0);
  }
  return read;
}

const cuts = (length: number) => fc.array(fc.nat(length), { maxLength: 20 });
const encoded = (lines: readonly string[]) =>
  new TextEncoder().encode(lines.map((line) => `${line}\n`).join(''));

describe('newline', () => {
  test('any lines, cut anywhere, are themselves', () => {
    const line = fc.string({ unit: 'grapheme', maxLength: 40 }).map((text) => text.replaceAll('\n', ' '));
    const property = fc.property(
      fc
        .array(line, { maxLength: 10 })
        .chain((lines) => fc.tuple(fc.constant(lines), cuts(encoded(lines).length))),
      ([lines, at]) => {
        expect(read(encoded(lines), at)).toEqual(lines);
      },
    );
    fc.assert(property);
  });

  test('any bytes are the same messages however they are cut, whatever the limit', () => {
    const bytes = fc
      .uint8Array({ maxLength: 300 })
      .map((all) => all.map((byte) => (byte < 40 ? 0x0a : byte)));
    const property = fc.property(
      bytes.chain((all) => fc.tuple(fc.constant(all), cuts(all.length), fc.integer({ min: 1, max: 40 }))),
      ([all, at, most]) => {
        expect(read(all, at, most)).toEqual(read(all, [...all.keys()], most));
      },
    );
    fc.assert(property);
  });

  test('the limit counts the bytes of a message, not the pieces it comes in', () => {
    const bytes = encoded(['é'.repeat(5), 'é'.repeat(6), 'ok']);
    const expected = ['é'.repeat(5), '-', 'ok'];
    expect(read(bytes, [], 10)).toEqual(expected);
    expect(read(bytes, [...bytes.keys()], 10)).toEqual(expected);
  });

  test('a line that never ends is left out once, and the next one is read', () => {
    const read: string[] = [];
    const decode = newline({ maxBytes: 100 }).decoder({
      message: (message) => read.push(String(message)),
      skipped: () => read.push('-'),
    });
    for (let n = 0; n < 10_000; n++) decode(new Uint8Array(1_000).fill(0x61));
    expect(read).toEqual(['-']);
    decode(encoded(['', 'next']));
    expect(read).toEqual(['-', 'next']);
  });

  test("onOverflow: 'end' throws", () => {
    const decode = newline({ maxBytes: 3, onOverflow: 'end' }).decoder({ message() {}, skipped() {} });
    expect(() => decode(encoded(['four']))).toThrow(/more than 3 bytes/);
  });

  test('misuse', () => {
    expect(() => newline({ maxBytes: 0 })).toThrow(/maxBytes/);
    expect(() => newline({ onOverflow: 'drop' as 'skip' })).toThrow(/onOverflow/);
  });

  test('a byte at a time costs no more memory than the message', async () => {
    const decode = newline().decoder({ message() {}, skipped() {} });
    const before = (await retained()).buffers;
    for (let n = 0; n < 500_000; n++) decode(Uint8Array.of(0x61));
    expect((await retained()).buffers - before).toBeLessThan(5_000_000);
    decode(Uint8Array.of(0x0a));
  });
});

describe('texts', () => {
  test('what a pool has encoded stays as it is', () => {
    const property = fc.property(fc.array(fc.string({ unit: 'binary', maxLength: 3_000 })), (texts) => {
      const pool = new TextPool();
      const encoder = new TextEncoder();
      expect(texts.map((text) => pool.encode(text)).map((bytes) => [...bytes])).toEqual(
        texts.map((text) => [...encoder.encode(text)]),
      );
    });
    fc.assert(property, { numRuns: 30 });
  });

  test('how deep JSON nests', () => {
    const depthOf = (value: unknown): number =>
      typeof value === 'object' && value !== null ? 1 + Math.max(0, ...Object.values(value).map(depthOf)) : 0;
    const property = fc.property(fc.jsonValue({ maxDepth: 6, noUnicodeString: false }), (value) => {
      const json = JSON.stringify(value).padEnd(100);
      const depth = depthOf(value);
      expect([isDeeper(json, depth), isDeeper(json, Math.max(0, depth - 1))]).toEqual([false, depth > 0]);
    });
    fc.assert(property);
  });
});
