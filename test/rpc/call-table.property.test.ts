import fc from 'fast-check';
import { expect, test } from 'vitest';
import { InternalCall } from '../../src/client/calls/call.ts';
import { CallTable } from '../../src/rpc/call-table.ts';

// Held against a Map: whatever comes and goes, and however long some of it stays.

type Action =
  | { readonly do: 'add' }
  | { readonly do: 'delete' | 'get'; readonly which: number }
  | { readonly do: 'clear' };

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 800, arbitrary: fc.constant({ do: 'add' } as const) },
  { weight: 700, arbitrary: fc.record({ do: fc.constant('delete' as const), which: fc.nat() }) },
  { weight: 200, arbitrary: fc.record({ do: fc.constant('get' as const), which: fc.nat() }) },
  { weight: 1, arbitrary: fc.constant({ do: 'clear' } as const) },
);

const call = () => new InternalCall('stats', undefined);

test('has what was added, under a number of its own, in order, until it is deleted', () => {
  fc.assert(
    fc.property(fc.array(action, { maxLength: 600, size: 'max' }), (actions) => {
      const table = new CallTable<InternalCall<'stats'>>();
      const expected = new Map<number, InternalCall<'stats'>>();
      let last = -1;
      const nth = (which: number) => [...expected.values()][which % Math.max(1, expected.size)];
      for (const each of actions) {
        if (each.do === 'add') {
          const next = table.nextSeq;
          const added = call();
          table.add(added);
          expect(added.seq).toBe(next);
          expect(added.seq).toBeGreaterThan(last);
          last = added.seq;
          expected.set(added.seq, added);
        } else if (each.do === 'delete') {
          const gone = nth(each.which);
          if (!gone) continue;
          table.delete(gone);
          table.delete(gone);
          expected.delete(gone.seq);
          expect(table.get(gone.seq)).toBeUndefined();
        } else if (each.do === 'get') {
          const there = nth(each.which);
          if (there) expect(table.get(there.seq)).toBe(there);
        } else {
          table.clear();
          expected.clear();
        }
        expect(table.size).toBe(expected.size);
      }
      expect(table.all()).toEqual([...expected.values()]);
      // What a peer may answer to, and nobody has asked.
      for (const seq of [-1, last + 1, last + 64, 2 ** 32 + last, 2 ** 53 - 1, 2n ** 64n - 1n]) {
        const found = table.get(seq);
        expect(found).toBe(typeof seq === 'number' ? expected.get(seq) : undefined);
      }
    }),
    { numRuns: 100 },
  );
});

test('numbers are those that follow, but for those whose place a call has that stays', () => {
  const table = new CallTable<InternalCall<'stats'>>();
  const stays = call();
  table.add(stays);
  const seqs: number[] = [];
  for (let i = 0; i < 200; i++) {
    const passing = call();
    table.add(passing);
    seqs.push(passing.seq);
    table.delete(passing);
  }
  expect(table.all()).toEqual([stays]);
  expect(new Set(seqs).size).toBe(200);
  // Of 64 places one is taken: one number in 64 is passed over.
  expect(seqs.at(-1)).toBeLessThanOrEqual(200 + 4);
  expect(seqs.slice(0, 60)).toEqual(Array.from({ length: 60 }, (_, i) => i + 1));
});
