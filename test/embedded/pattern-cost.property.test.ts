import fc from 'fast-check';
import { RE2JS } from 're2js';
import { expect, test } from 'vitest';
import { costOf, MOST_COST } from '../../src/embedded/queries/pattern-cost.ts';

const atom = fc.constantFrom(
  'a',
  '\\d',
  '.',
  '[a-f]',
  '[^]x]',
  '\\.',
  '(?i)',
  '^',
  'é',
  '\\x{41}',
  '[[:alpha:]]',
);
const repetition = fc.constantFrom('', '', '', '*', '+?', '?', '{3}', '{2,}', '{0,7}', '{10}{2}', '{x}', '{');
/** Patterns, most of which are RE2. */
const { pattern } = fc.letrec<{ pattern: string; piece: string }>((tie) => ({
  piece: fc
    .tuple(
      fc.oneof(
        { depthSize: 'small' },
        atom,
        tie('pattern').map((inside) => `(${inside})`),
        tie('pattern').map((inside) => `(?:${inside}|b)`),
      ),
      repetition,
    )
    .map((parts) => parts.join('')),
  pattern: fc.array(tie('piece'), { maxLength: 5 }).map((pieces) => pieces.join('')),
}));

test('a pattern has no more instructions than its cost says, and some', () => {
  fc.assert(
    fc.property(pattern, (text) => {
      const cost = costOf(text);
      if (cost > MOST_COST) return;
      let size: number;
      try {
        size = RE2JS.compile(text).programSize();
      } catch {
        return;
      }
      // A repetition adds jumps to the atoms that it repeats: at most one each.
      expect(size).toBeLessThanOrEqual(4 + 3 * cost);
    }),
    { numRuns: 2_000 },
  );
});

test('any text has a cost, however odd, and at least a part of its length', () => {
  fc.assert(
    fc.property(
      fc.string({ unit: fc.constantFrom(...'a\\[](){}^$*+?|.,19pPLQE:'), maxLength: 60 }),
      (text) => {
        expect(costOf(text)).toBeGreaterThanOrEqual(0);
      },
    ),
  );
});

test.each([
  ['', 0],
  ['web', 3],
  ['a{1000}', Number.POSITIVE_INFINITY],
  ['(a{20}){20}', 524],
  ['(a{30}){40}', Number.POSITIVE_INFINITY],
  ['[a-z]?', 6],
])('%j costs %d', (text, cost) => {
  expect(costOf(text)).toBe(cost);
});
