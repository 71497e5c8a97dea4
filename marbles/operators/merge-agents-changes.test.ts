import { member, memberEvent } from 'rxserf/testing';
import { describe } from 'vitest';
import { marbles } from '../kit/index.ts';
import { changes, gap, merged, query } from './merged.ts';

describe('changes of a member', () => {
  marbles('come once, though agents tell them at different times', ({ cold, expectObservable }) => {
    const first = '   --f-a-----f-a----|';
    const second = '  -----f-a-----f-a-|';
    const expected = '--f-a-----f-a----|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  marbles('come from the agent that is ahead, whichever it is', ({ cold, expectObservable }) => {
    const first = '   --f-----a-f-----|';
    const second = '  ---f-a-----f-a--|';
    const expected = '--f--a----f--a--|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  marbles('come once, though agents put members together differently', ({ cold, expectObservable }) => {
    const first = '   --x-------|';
    const second = '  ---y-z----|';
    const expected = '--xu------|';

    const values = {
      x: memberEvent('member-join', 'n1', 'n2', '__proto__'),
      y: memberEvent('member-join', 'n2', 'n3', '__proto__', 'n4'),
      z: memberEvent('member-join', 'n1'),
      u: memberEvent('member-join', 'n3', 'n4'),
    };
    expectObservable(merged([cold(first, values), cold(second, values)])).toBe(expected, values);
  });

  marbles('come once, though agents have tags in another order', ({ cold, expectObservable }) => {
    const first = '   --x---|';
    const second = '  ---y--|';
    const expected = '--x---|';

    const values = {
      x: memberEvent('member-update', member('n1', { tags: { role: 'web', dc: 'a' } })),
      y: memberEvent('member-update', member('n1', { tags: { dc: 'a', role: 'web' } })),
    };
    expectObservable(merged([cold(first, values), cold(second, values)])).toBe(expected, values);
  });

  marbles('come when they are told by one agent only', ({ cold, expectObservable }) => {
    const first = '   --f---u---|';
    const second = '  ----a---l-|';
    const expected = '--f-a-u-l-|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  marbles('come again when an agent tells them again', ({ cold, expectObservable }) => {
    const first = '   --a----a--|';
    const second = '  ---a----a-|';
    const expected = '--a----a--|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  marbles('go on without a loss when an agent is lost', ({ cold, expectObservable }) => {
    const first = '   --a-f-a#             ';
    const second = '  -----a-f-a-f-a-l---|';
    const expected = '--a-f-a----f-a-l---|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  marbles('are remembered apart from queries', ({ cold, expectObservable }) => {
    const first = '   --p-a------|';
    const second = '  -----p-a---|';
    const expected = '--p-a------|';

    const values = { a: changes.a, p: query(1, 1) };
    expectObservable(merged([cold(first, values), cold(second, values)], { window: 1 })).toBe(
      expected,
      values,
    );
  });

  marbles('are remembered as far as the window goes', ({ cold, expectObservable }) => {
    const first = '   --a-f-----|';
    const second = '  ------a---|';
    const expected = '--a-f-a---|';

    expectObservable(merged([cold(first, changes), cold(second, changes)], { window: 1 })).toBe(
      expected,
      changes,
    );
    expectObservable(merged([cold(first, changes), cold(second, changes)], { window: 2 })).toBe(
      first,
      changes,
    );
  });
});

describe('the last change of a member', () => {
  marbles('is known again however late it is told', ({ cold, expectObservable }) => {
    const first = '   --f-a 99s --------|';
    const second = '  ----- 99s -a---f-a|';
    const expected = '--f-a 99s -----f-a|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  marbles('is known again in a cluster larger than the window', ({ cold, expectObservable }) => {
    const first = '   --a-j-----|';
    const second = '  ------a-j-|';

    expectObservable(merged([cold(first, changes), cold(second, changes)], { window: 1 })).toBe(
      first,
      changes,
    );
  });

  marbles('is nothing new from an agent that was restarted', ({ cold, expectObservable }) => {
    const first = '   --(aj)--g--(aj)--|';
    const second = '  ---a-j-----------|';
    const expected = '--(aj)-----------|';

    const told = [cold(first, changes), cold(second, changes)];
    expectObservable(merged(told)).toBe(expected, changes);
    expectObservable(merged(told, { forget: 5 })).toBe(expected, changes);
  });

  marbles('is nothing new after an update, which is then told as a join', ({ cold, expectObservable }) => {
    const first = '   --a-u---g---w-u-|';
    const second = '  ---a-u----------|';
    const third = '   ------w---------|';
    const expected = '--a-u---------u-|';

    const w = memberEvent('member-join', ...changes.u.members);
    const told = [first, second, third].map((diagram) => cold(diagram, { ...changes, w }));
    expectObservable(merged(told)).toBe(expected, changes);
  });

  marbles('is nothing new once, after each gap', ({ cold, expectObservable }) => {
    const first = '   --a-g-a-a--g-a-|';
    const second = '  ---a-----------|';
    const expected = '--a-----a------|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  for (const is of ['f', 'l', 'r'] as const) {
    const { event } = changes[is];
    marbles(`is news after a gap of each agent that told it, a ${event}`, ({ cold, expectObservable }) => {
      const first = '   --x-g-- 99s x-g-x--|';
      const second = '  ---x-g- 99s -x---x-|';
      const expected = '--x---- 99s x---x--|';

      const values = { x: changes[is], g: gap };
      const told = [cold(first, values), cold(second, values)];
      expectObservable(merged(told)).toBe(expected, values);
      expectObservable(merged(told, { forget: 200_000 })).toBe(expected, values);
      expectObservable(merged(told, { forget: 1 })).toBe(expected, values);
    });
  }

  marbles('is known again after a gap to an agent that had not told it', ({ cold, expectObservable }) => {
    const first = '   --f-------|';
    const second = '  --g--f-f--|';
    const expected = '--f----f--|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });

  marbles('may be another one by the time the agent is back', ({ cold, expectObservable }) => {
    const first = '   --a-g---f-a-|';
    const second = '  ---a--f-----|';
    const expected = '--a---f---a-|';

    expectObservable(merged([cold(first, changes), cold(second, changes)])).toBe(expected, changes);
  });
});

describe('what cannot be known', () => {
  marbles(
    'an agent that has missed something is late, until that is forgotten',
    ({ cold, expectObservable }) => {
      // The second agent has missed the first failure; nobody else tells of the second one.
      const first = '    --f-a-#      ';
      const second = '   --------f-a-|';
      const expected1 = '--f-a-------|';
      const expected2 = '--f-a---f-a-|';

      const told = [cold(first, changes), cold(second, changes)];
      expectObservable(merged(told)).toBe(expected1, changes);
      expectObservable(merged(told, { forget: 5 })).toBe(expected2, changes);
    },
  );

  marbles('what is told later than it is forgotten comes twice', ({ cold, expectObservable }) => {
    const first = '   --f-a----------|';
    const second = '  -----------f-a-|';
    const expected = '--f-a------f-a-|';

    expectObservable(merged([cold(first, changes), cold(second, changes)], { forget: 5 })).toBe(
      expected,
      changes,
    );
  });
});
