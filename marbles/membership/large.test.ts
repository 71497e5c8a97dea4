import { map } from 'rxjs';
import { describe } from 'vitest';
import { marbles } from '../kit/index.ts';
import { calm, joined, ok, snapshot } from './words.ts';

// Each emission is a copy: of a large cluster there is one in 16 ms at the most.

const names = (count: number) => Array.from({ length: count }, (_, index) => `n${index}`);

describe('a membership', () => {
  marbles('of more than 1,000 members has one emission in 16 ms', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm----x-y----- 40ms z';
    const size$ = client.membership().pipe(map(({ size }) => size));

    // The snapshot at 4; what comes at 9 and 11 is in the emission of it; what comes at 57 in one of its own.
    expectObservable(size$).toBe('20ms a 52ms b', { a: 1_003, b: 1_004 });
    agent.says(says, {
      s: ok,
      m: snapshot(...names(1_001)),
      x: joined('x'),
      y: joined('y'),
      z: joined('z'),
    });
  });

  marbles('of 1,000 members has each at once', ({ agent, connect, expectObservable }) => {
    const client = connect(calm);
    const says = '    ---sm----x';
    const expected = '----a----b';
    const size$ = client.membership().pipe(map(({ size }) => size));

    expectObservable(size$).toBe(expected, { a: 999, b: 1_000 });
    agent.says(says, { s: ok, m: snapshot(...names(999)), x: joined('x') });
  });

  marbles(
    'waits from the change on: a snapshot without news is none',
    ({ agent, connect, expectObservable }) => {
      const client = connect({ resync: 100 });
      const says = '    ---sm 98ms n 4ms x';
      const size$ = client.membership().pipe(map(({ size }) => size));

      // The first snapshot at 4; another, of the same, at 103; a change at 108.
      expectObservable(size$, '^ 200ms !').toBe('20ms a 103ms b', { a: 1_001, b: 1_002 });
      agent.says(says, { s: ok, m: snapshot(...names(1_001)), n: snapshot(...names(1_001)), x: joined('x') });
    },
  );
});
