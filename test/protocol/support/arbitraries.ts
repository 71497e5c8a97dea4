import fc from 'fast-check';
import { tableOf } from './values.ts';

/** Keys that trip up objects that are not careful, among others. */
const key = fc.oneof(
  fc.constantFrom(
    '',
    '__proto__',
    'constructor',
    'prototype',
    'toString',
    'hasOwnProperty',
    '0',
    '-1',
    'then',
  ),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: 'binary', maxLength: 40 }),
);

/** Integers that are no exact `number`, up to the edges of int64 and uint64. */
export const int64 = fc.oneof(
  fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }),
  fc.bigInt({ min: -(2n ** 63n), max: -(2n ** 53n) }),
  fc.constantFrom(2n ** 53n, 2n ** 63n - 1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 53n), -(2n ** 63n)),
);

/** Integers around every width that MessagePack knows. */
export const integer = fc.oneof(
  fc.maxSafeInteger(),
  fc
    .tuple(fc.constantFrom(5, 7, 8, 15, 16, 31, 32, 52), fc.integer({ min: -2, max: 2 }), fc.boolean())
    .map(([bits, off, negative]) => (negative ? -(2 ** bits) : 2 ** bits) + off),
);

export const text = fc.oneof(
  fc.string({ maxLength: 300 }),
  fc.string({ unit: 'binary', maxLength: 80 }),
  fc.string({ unit: 'grapheme', maxLength: 80 }),
);

export const binary = fc.uint8Array({ maxLength: 300 });

/** Any value that MessagePack has, but for the extension types. */
export const value: fc.Arbitrary<unknown> = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', maxDepth: 6 },
    fc.oneof(fc.constant(null), fc.boolean(), integer, int64, fc.double(), text, binary),
    fc.array(tie('value'), { maxLength: 20 }),
    fc.array(fc.tuple(key, tie('value')), { maxLength: 20 }).map(tableOf),
  ),
})).value;

/** Sizes of chunks. */
export const sizes = fc.array(fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 2000 })), {
  minLength: 1,
  maxLength: 20,
});
