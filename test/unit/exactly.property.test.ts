import fc from 'fast-check';
import { RE2JS } from 're2js';
import { exactly, InvalidArgumentError } from 'rxserf';
import { expect, test } from 'vitest';

const text = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: fc.constantFrom(...'.*+?^$()[]{}|\\/-a\n') }),
);

test('matches the text and no other, anchored or anywhere, as RE2 reads patterns and as JavaScript does', () => {
  fc.assert(
    fc.property(text, text, (wanted, other) => {
      const pattern = exactly(wanted);
      const matches = (value: string) => [
        new RegExp(pattern, 'u').test(value),
        RE2JS.compile(pattern).matcher(value).find(),
        RE2JS.compile(`^${pattern}$`).matcher(value).find(),
      ];
      expect(matches(wanted)).toEqual([true, true, true]);
      const same = wanted === other;
      expect(matches(other)).toEqual([same, same, same]);
    }),
  );
});

test('refuses what no pattern can have: bytes that are not UTF-8', () => {
  const lone = fc.integer({ min: 0xd800, max: 0xdfff }).map((unit) => String.fromCharCode(unit));
  fc.assert(
    fc.property(fc.string(), lone, fc.string(), (before, surrogate, after) => {
      expect(() => exactly(before + surrogate + after)).toThrow(InvalidArgumentError);
    }),
  );
  expect(() => exactly('w\udcffb')).toThrow(
    expect.objectContaining({
      code: 'invalid-pattern',
      message: expect.stringMatching(
        /^exactly: "w\\udcffb" has lone surrogates .* filter here, as in members\(\)\.pipe\(withTag/,
      ),
    }),
  );
  expect(exactly('😀')).toBe('^😀$');
});
