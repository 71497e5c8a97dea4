import fc from 'fast-check';
import { InvalidArgumentError } from 'rxserf';
import { hashId, type Id } from 'rxserf/notifier';
import { describe, expect, test } from 'vitest';
import { randomFrom } from '../../src/embedded/random.ts';
import { idMaskOf, idOf, masked } from '../../src/notifier/registrations/match.ts';
import { pickSlice } from '../../src/notifier/registrations/pick-slice.ts';
import type { Registration } from '../../src/notifier/registrations/registration.ts';
import { RegistrationTable } from '../../src/notifier/registrations/table.ts';

const id = fc.oneof(
  fc.integer({ min: -20, max: 20 }),
  fc.integer({ min: -(2 ** 31), max: 2 ** 32 }),
  fc.maxSafeInteger(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }),
);
const mask = fc.oneof(
  fc.constantFrom(0, 1, 3, 7, 0x7fff_ffff, 0x8000_0000, -1, 2n ** 63n, 2n ** 64n - 1n),
  id,
);

/** A match that has ids: the value is one of its mask's. */
const match = fc
  .tuple(mask, id)
  .map(([mask, value]) => ({ mask: idOf(mask), value: masked(idOf(value), idOf(mask)) }));

describe('matching', () => {
  test('is what Python’s `id & mask == value` is, at any size and sign', () => {
    fc.assert(
      fc.property(id, mask, (id, mask) => {
        expect(BigInt(masked(idOf(id), idOf(mask)))).toBe(BigInt(id) & BigInt(mask));
      }),
      { numRuns: 2_000 },
    );
  });

  test('an id has one form, so that it is found in a table', () => {
    fc.assert(
      fc.property(id, (id) => {
        const one = idOf(id);
        expect(one).toBe(idOf(BigInt(id)));
        expect(typeof one).toBe(Number.isSafeInteger(Number(id)) ? 'number' : 'bigint');
      }),
    );
    expect(Object.is(idOf(-0), 0)).toBe(true);
  });

  test.each([1.5, Number.NaN, 2 ** 53, 2n ** 64n, -(2n ** 63n) - 1n, '5', null, undefined, true])(
    '%s is no id',
    (wrong) => {
      expect(() => idOf(wrong as Id)).toThrow(InvalidArgumentError);
      expect(() => idMaskOf({ mask: wrong as Id, value: 0 })).toThrow(InvalidArgumentError);
      expect(() => idMaskOf({ mask: 0, value: wrong as Id })).toThrow(InvalidArgumentError);
    },
  );

  test('a value with bits outside its mask is refused: nothing would ever match', () => {
    expect(() => idMaskOf({ mask: 3, value: 5 })).toThrow('value 5 has bits that mask 3 does not have');
    expect(() => idMaskOf({ mask: 0, value: 1 })).toThrow(InvalidArgumentError);
    expect(() => idMaskOf({ mask: 2n ** 62n, value: 2n ** 61n })).toThrow(InvalidArgumentError);
    expect(idMaskOf({ mask: 0, value: 0 })).toEqual({ mask: 0, value: 0 });
    expect(idMaskOf(-7)).toEqual({ mask: -1, value: -7 });
  });
});

describe('hashId', () => {
  test.each([
    ['', 0xcbf29ce484222325n],
    ['a', 0xaf63dc4c8601ec8cn],
    ['foobar', 0x85944171f73967e8n],
  ])('%j is what FNV-1a says', (text, hash) => {
    expect(hashId(text)).toBe(hash);
  });

  test('is FNV-1a by its definition, for any text', () => {
    const definition = (text: string) =>
      new TextEncoder()
        .encode(text)
        .reduce(
          (hash, byte) => ((hash ^ BigInt(byte)) * 0x100000001b3n) & 0xffff_ffff_ffff_ffffn,
          0xcbf29ce484222325n,
        );
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(hashId(text)).toBe(definition(text));
      }),
    );
  });
});

const registration = fc.record({
  object: fc.constantFrom('o', '__proto__', ''),
  command: fc.constantFrom('c', 'constructor'),
  match: fc.oneof(
    match,
    fc.constantFrom({ mask: 0, value: 0 }, { mask: 3, value: 1 }, { mask: -1, value: 5 }),
  ),
  weight: fc.option(fc.constantFrom(0, 1, 2.5), { nil: undefined }),
});

function numbered(fields: readonly Pick<Registration, 'object' | 'command' | 'match' | 'weight'>[]) {
  return fields.map(
    (each, number): Registration => ({ ...each, number, kind: 'notification', target: number }),
  );
}

describe('a table', () => {
  test('finds what a search through everything finds, also after some are gone', () => {
    fc.assert(
      fc.property(
        fc.array(registration, { maxLength: 40 }),
        id,
        fc.array(fc.nat(39)),
        (fields, given, gone) => {
          const all = numbered(fields);
          const table = new RegistrationTable<Registration>();
          for (const each of all) table.add(each);
          const left = new Set(all);
          for (const index of gone) {
            const each = all[index];
            if (!each) continue;
            table.delete(each);
            left.delete(each);
          }
          for (const one of [idOf(given), 1, 5]) {
            const found = table.find('o', one, 'c').flatMap(({ full, slices }) => [...full, ...slices]);
            const expected = [...left].filter(
              ({ object, command, match }) =>
                object === 'o' &&
                command === 'c' &&
                (BigInt(one) & BigInt(match.mask)) === BigInt(match.value),
            );
            expect(found.map(({ number }) => number).sort()).toEqual(
              expected.map(({ number }) => number).sort(),
            );
          }
          expect(new Set(table)).toEqual(left);
        },
      ),
    );
  });
});

describe('choosing a slice', () => {
  const slices = (weights: readonly number[], masks = 1) =>
    numbered(
      weights.map((weight, i) => {
        const mask = 2 ** (i % masks) - 1;
        return { object: 'o', command: 'c', match: { mask, value: mask }, weight };
      }),
    );
  const tableOf = (all: readonly Registration[]) => {
    const table = new RegistrationTable<Registration>();
    for (const each of all) table.add(each);
    return table;
  };

  test('each by its share of the weights, whatever the masks are', () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(10), { minLength: 1, maxLength: 20 }),
        fc.integer({ min: 1, max: 4 }),
        (weights, masks) => {
          const all = slices(weights, masks);
          const buckets = tableOf(all).find('o', -1, 'c');
          const total = weights.reduce((sum, weight) => sum + weight, 0);
          // Every point of the total in turn: exact, not by chance.
          const counts = new Map<number, number>();
          for (let point = 0; point < total; point++) {
            const { number } = pickSlice(buckets, () => (point + 0.5) / total) as Registration;
            counts.set(number, (counts.get(number) ?? 0) + 1);
          }
          expect(all.map(({ number }) => counts.get(number) ?? 0)).toEqual(weights);
          if (total === 0) expect(pickSlice(buckets, () => 0.5)).toBeUndefined();
        },
      ),
    );
  });

  test('never one of weight 0, and never one that is excluded, at whatever random says', () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(0, 1e-300, 0.1, 0.7, 1, 2 ** 53), { minLength: 1, maxLength: 12 }),
        fc.array(fc.nat(11)),
        fc.oneof(
          fc.constantFrom(0, 1, 1 - Number.EPSILON / 2, 2, -1, Number.NaN),
          fc.double({ min: 0, max: 1 }),
        ),
        (weights, out, random) => {
          const all = slices(weights, 3);
          const excluded = new Set(out.flatMap((i) => all[i] ?? []));
          const left = all.filter((each) => !excluded.has(each) && each.weight !== 0);
          const picked = pickSlice(
            tableOf(all).find('o', -1, 'c'),
            () => random,
            (slice) => !excluded.has(slice),
          );
          if (left.length === 0) expect(picked).toBeUndefined();
          else expect(left).toContain(picked);
        },
      ),
    );
  });

  test('a weight that changes counts from then on', () => {
    const all = slices([1, 1]);
    const table = tableOf(all);
    const random = randomFrom(7);
    const share = () => {
      const buckets = table.find('o', 0, 'c');
      let first = 0;
      for (let i = 0; i < 4_000; i++) if (pickSlice(buckets, random) === all[0]) first++;
      return first / 4_000;
    };
    expect(share()).toBeCloseTo(1 / 2, 1);
    (all[1] as Registration).weight = 3;
    table.bucketOf(all[1] as Registration)?.slices.changed();
    expect(share()).toBeCloseTo(1 / 4, 1);
    (all[0] as Registration).weight = 0;
    table.bucketOf(all[0] as Registration)?.slices.changed();
    expect(share()).toBe(0);
  });
});
