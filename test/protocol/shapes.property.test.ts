import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Reader } from '../../src/protocol/reader.ts';
import { ShapedReader } from '../../src/protocol/shaped-reader.ts';
import { readText } from '../../src/protocol/text.ts';
import { TextCache } from '../../src/protocol/text-cache.ts';
import { concat, cut, decodeAll } from './support/decoding.ts';
import { normal, read, show } from './support/values.ts';

// Maps and headers that agents send all day are read by a faster way than others, on Node. It gives what the other way gives.

const SHAPES = [
  ['Members'],
  ['Log'],
  ['Event', 'Members'],
  ['From', 'Payload', 'Type'],
  ['Coalesce', 'Event', 'LTime', 'Name', 'Payload'],
  ['Event', 'ID', 'LTime', 'Name', 'Payload'],
  'Addr DelegateCur DelegateMax DelegateMin Name Port ProtocolCur ProtocolMax ProtocolMin Status Tags'.split(
    ' ',
  ),
];
const keys = [...new Set(SHAPES.flat()), 'Even', 'Events', 'event', '__proto__', ''];

const leaf = fc.oneof(
  fc.string({ maxLength: 30 }),
  fc.integer(),
  fc.constant(null),
  fc.uint8Array({ maxLength: 5 }),
  fc.bigInt(2n ** 53n, 2n ** 64n - 1n),
);

/** A map with the keys of a shape: all of them, some, in another order, with others, nested in each other. */
const shaped: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  map: fc
    .tuple(
      fc.constantFrom(...SHAPES),
      fc.constantFrom('whole', 'cut', 'shuffled', 'longer', 'changed'),
      fc.nat(20),
    )
    .chain(([names, how, at]) => {
      const rest = names.filter((_, i) => i < at % names.length);
      const other = keys[at % keys.length] as string;
      const chosen = {
        whole: names,
        cut: rest,
        shuffled: [...names.slice(at % names.length), ...rest],
        longer: [...names, other],
        changed: names.map((name, i) => (i === at % names.length ? other : name)),
      }[how];
      return fc.tuple(...[...new Set(chosen)].map((name) => fc.tuple(fc.constant(name), tie('item'))));
    })
    .map((entries) => Object.fromEntries(entries as [string, unknown][])),
  item: fc.oneof({ maxDepth: 2, withCrossShrink: true }, leaf, tie('map'), fc.tuple(tie('map'))),
})).map;

describe('maps that are, or nearly are, of a shape that agents send', () => {
  test('are read as any others', () => {
    fc.assert(
      fc.property(shaped, (map) => {
        const bytes = encode(map, { useBigInt64: true });
        expect(show(read(bytes, new ShapedReader()))).toBe(show(normal(map)));
        expect(show(read(bytes, new Reader()))).toBe(show(normal(map)));
      }),
      { numRuns: 500 },
    );
  });

  test('take time in proportion to their bytes, however they begin and go on', () => {
    // {Event: {Event: … , X}, X}: a reader that began again at each X would take 2 to the power of the depth.
    let bytes: Uint8Array = Uint8Array.of(0xc0);
    for (let i = 0; i < 40; i++)
      bytes = concat(Uint8Array.of(0x82), encode('Event'), bytes, encode('X'), encode(i));
    expect(read(bytes, new ShapedReader())).toMatchObject({ X: 39, Event: { X: 38 } });
  });
});

test('headers with and without an error, of any Seq and cut anywhere, are read as any others', () => {
  const header = fc.record({ Error: fc.oneof(fc.constant(''), fc.string()), Seq: fc.nat(2 ** 33) });
  fc.assert(
    fc.property(
      fc.array(header, { minLength: 1 }),
      fc.array(fc.integer({ min: 1, max: 30 }), { minLength: 1 }),
      (headers, chunks) => {
        const bytes = concat(...headers.map((each) => encode(each)));
        const { frames } = decodeAll(cut(bytes, chunks), () => false);
        expect(frames).toEqual(headers.map(({ Error: text, Seq: seq }) => ({ seq, text, body: undefined })));
      },
    ),
  );
});

describe('the cache of texts', () => {
  test('gives what is there, whatever came before', () => {
    const texts = new TextCache();
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 30 }),
      fc.string({ unit: 'binary', maxLength: 12 }).map((text) => new TextEncoder().encode(text)),
      fc.constantFrom('Name', 'Nome', 'alive', 'olive').map((text) => new TextEncoder().encode(text)),
    );
    fc.assert(
      fc.property(bytes, (each) => {
        expect(texts.read(each, 0, each.length)).toBe(readText(each, 0, each.length));
      }),
      { numRuns: 5_000 },
    );
  });

  test('gives the same text again, without looking it up by its bytes only', () => {
    const texts = new TextCache();
    const latin = Uint8Array.of(0xe9);
    expect(texts.read(new TextEncoder().encode('é'), 0, 2)).toBe('é');
    expect(texts.read(latin, 0, 1)).toBe('\udce9');
    expect(texts.read(latin, 0, 1)).toBe('\udce9');
  });
});

test('bytes are copies: they keep nothing else alive, and nobody else writes to them', () => {
  const chunk = concat(encode({ Payload: Uint8Array.of(1, 2, 3) }), new Uint8Array(1_000));
  const { Payload } = read(chunk) as { Payload: Uint8Array };
  chunk.fill(0);
  expect(Payload).toEqual(Uint8Array.of(1, 2, 3));
  expect(Payload.buffer.byteLength).toBe(3);
});
