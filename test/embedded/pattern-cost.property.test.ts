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
  '[[:alpha:][]',
  '[!-[:alpha:]',
  '[\\d-[:alpha:]]',
  '[!-\\x5b-[:alpha:]]',
  '[^\\p{Greek}-[:alpha:]]',
  '\\pN',
  '\\Q[\\E',
  '\\Q(\\E',
  '\\Q)|{3}',
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

/** Of a text that is RE2 and does not cost too much. */
function expectNoMoreThanCost(text: string): void {
  const cost = costOf(text);
  if (cost > MOST_COST) return;
  let size: number;
  try {
    size = RE2JS.compile(text).programSize();
  } catch {
    return;
  }
  // A repetition adds jumps to the atoms that it repeats: at most one each.
  expect(size, text).toBeLessThanOrEqual(4 + 3 * cost);
}

test('a pattern has no more instructions than its cost says, and some', () => {
  fc.assert(fc.property(pattern, expectNoMoreThanCost), { numRuns: 2_000 });
});

test('nor has any text that happens to be RE2', () => {
  const unit = fc.constantFrom(
    ...[
      'a',
      'a?',
      '\\',
      '\\d',
      '\\x21',
      '\\x{5b}',
      '[',
      '[^',
      ']',
      '(',
      ')',
      '{9}',
      '-',
      '^',
      '!',
      ':',
      '[:',
      ':]',
    ],
    ...['[:alpha:]', '\\Q', '\\E', '\\p', 'L', '{', '}', '|', '*', ',', '7', '\u{1f600}'],
    ...['\\Q\\E', '(?i)', '(?-s)'],
  );
  const text = fc.array(unit, { maxLength: 25 }).map((units) => units.join(''));
  // A number of instructions that shows: in what was taken for a part of a class or of a quotation.
  fc.assert(
    fc.property(text, text, (before, after) => expectNoMoreThanCost(`${before}((a?){9}){9}${after}`)),
    { numRuns: 10_000 },
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
  // What hides in none of them, though a `[` stands before it.
  ['\\Q[\\E(a{30}){40}]', Number.POSITIVE_INFINITY],
  ['[[:alpha:][](a{30}){40}]', Number.POSITIVE_INFINITY],
  ['[!-[:alpha:](a{30}){40}:]]', Number.POSITIVE_INFINITY],
  // What is behind nothing, or flags, repeats what is before them.
  ['((a?){9}){9}\\Q\\E{9}', Number.POSITIVE_INFINITY],
  ['((a?){9}){9}(?i-s){9}', Number.POSITIVE_INFINITY],
  [`((a?){9}){9}(?${'i'.repeat(60)}){9}`, Number.POSITIVE_INFINITY],
  ['\\pL{40}', Number.POSITIVE_INFINITY],
])('%j costs %d', (text, cost) => {
  expect(costOf(text)).toBe(cost);
});
