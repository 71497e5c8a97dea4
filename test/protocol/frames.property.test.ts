import { encode } from '@msgpack/msgpack';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Writable, Writer } from '../../src/protocol/writer.ts';
import { sizes, value } from './support/arbitraries.ts';
import { always, concat, cut, decodeAll } from './support/decoding.ts';
import { integral, normal, show } from './support/values.ts';

interface Encoding {
  readonly name: string;
  encodeValue(value: unknown): Uint8Array;
  /** What is on the wire then. */
  sent(value: unknown): unknown;
}

const encodings: readonly Encoding[] = [
  {
    name: '@msgpack/msgpack',
    // A bigint goes out as int64 or uint64, a number above 2^32 as float64.
    encodeValue: (value) => encode(value, { useBigInt64: true }),
    sent: (value) => value,
  },
  {
    name: 'our Writer',
    encodeValue: (value) => new Writer().write(value as Writable).take(),
    sent: integral,
  },
];

describe.each(encodings)('values of any kind, encoded by $name', ({ encodeValue, sent }) => {
  test('and cut anywhere, decode to the same values', () => {
    const bodies = fc.array(value, { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(bodies, sizes, (values, chunks) => {
        const parts = values.flatMap((body, i) => [encode({ Error: '', Seq: i }), encodeValue(body)]);
        const { frames, error } = decodeAll(cut(concat(...parts), chunks), always);
        expect(error).toBeUndefined();
        expect(show(frames)).toBe(
          show(values.map((body, i) => ({ seq: i, text: '', body: normal(sent(body)) }))),
        );
      }),
      { numRuns: 400 },
    );
  });

  test('are not done before their last byte', () => {
    fc.assert(
      fc.property(value, (body) => {
        const bytes = concat(encode({ Error: '', Seq: 1 }), encodeValue(body));
        expect(decodeAll([bytes.slice(0, -1)], always)).toEqual({ frames: [], error: undefined });
      }),
    );
  });
});

test('bytes of any kind, cut anywhere, give the same frames and the same error', () => {
  const bytes = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    // Damage to what was well-formed gets further.
    fc.tuple(value, fc.nat(), fc.nat(255)).map(([body, at, byte]) => {
      const whole = concat(encode({ Error: '', Seq: 1 }), encode(body, { useBigInt64: true }));
      whole[at % whole.length] = byte;
      return whole;
    }),
  );
  const outcome = (chunks: Iterable<Uint8Array>) => {
    const { frames, error } = decodeAll(chunks, (seq) => Number(seq) % 2 === 1, { frameBytes: 5000 });
    return `${show(frames)} ${error?.name} ${error?.code}`;
  };
  fc.assert(
    fc.property(bytes, sizes, (input, chunks) => {
      const whole = outcome([input]);
      expect(outcome(cut(input, chunks))).toBe(whole);
      expect(whole).toMatch(/ (undefined undefined|ProtocolError [a-z-]+)$/);
    }),
    { numRuns: 1000 },
  );
});
