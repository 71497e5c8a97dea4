import fc from 'fast-check';
import { RE2JS } from 're2js';
import { exactly } from 'rxserf';
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
