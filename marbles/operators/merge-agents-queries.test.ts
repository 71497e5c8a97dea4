import { mergeAgents, utf8 } from 'rxserf';
import { fakeSerf, queryEvent } from 'rxserf/testing';
import { describe, expect, it } from 'vitest';
import { marbles } from '../kit/index.ts';
import { merged, query } from './merged.ts';

describe('queries', () => {
  const asked = { p: query(1, 1), q: query(1, 2), r: query(1, 3), s: query(2, 4) };

  marbles('come as often as from the agent that tells them most often', ({ cold, expectObservable }) => {
    // Two ask the same at the same time; a third one is heard by the second agent only.
    const first = '   --p-q-------|';
    const second = '  ---p---q-r--|';
    const expected = '--p-q----r--|';

    expectObservable(merged([cold(first, asked), cold(second, asked)])).toBe(expected, asked);
  });

  marbles('are known again for as long as it takes to forget', ({ cold, expectObservable }) => {
    const first = '   --p--------|';
    const second = '  ------p----|';
    const third = '   -------p---|';
    const expected = '--p----p---|';

    const told = [cold(first, asked), cold(second, asked), cold(third, asked)];
    expectObservable(merged(told, { forget: 5 })).toBe(expected, asked);
    expectObservable(merged(told, { forget: 6 })).toBe('--p--------|', asked);
  });

  marbles('are forgotten one by one', ({ cold, expectObservable }) => {
    // What both have told at 2 is forgotten at 12, and does not count any more.
    const first = '   --p-----p-----p-|';
    const second = '  ---p-----p---p--|';
    const expected = '--p-----p----p--|';

    expectObservable(merged([cold(first, asked), cold(second, asked)], { forget: 10 })).toBe(expected, asked);
  });

  marbles('are not expected any more once they are forgotten', ({ cold, expectObservable }) => {
    // The second agent has not told what is forgotten: it tells the one of 8, and another one.
    const first = '   --p-----p-------|';
    const second = '  -------------pp-|';
    const expected = '--p-----p-----p-|';

    expectObservable(merged([cold(first, asked), cold(second, asked)], { forget: 10 })).toBe(expected, asked);
  });

  marbles('are forgotten and remembered again and again', ({ cold, expectObservable }) => {
    const first = '   --ps---------------|';
    const second = '  ----------q-s------|';
    const third = '   -----------p-s---p-|';
    const expected = '--ps------q-s----p-|';

    const told = [cold(first, asked), cold(second, asked), cold(third, asked)];
    expectObservable(merged(told, { window: 2, forget: 5 })).toBe(expected, asked);
  });

  marbles('are known again for 60 s by default', ({ cold, expectObservable }) => {
    const first = '      --p----- 59990ms ----|';
    const soon = '       -------- 59990ms ---p|';
    const late = '       -------- 59990ms ----(p|)';
    const expected1 = '  --p----- 59990ms ----|';
    const expected2 = '  --p----- 59990ms ----(p|)';

    expectObservable(merged([cold(first, asked), cold(soon, asked)])).toBe(expected1, asked);
    expectObservable(merged([cold(first, asked), cold(late, asked)])).toBe(expected2, asked);
  });

  marbles('are remembered as far as the window goes', ({ cold, expectObservable }) => {
    const first = '   --p-s-----|';
    const second = '  -----p----|';
    const expected = '--p-sp----|';

    expectObservable(merged([cold(first, asked), cold(second, asked)], { window: 1 })).toBe(expected, asked);
    expectObservable(merged([cold(first, asked), cold(second, asked)], { window: 2 })).toBe(first, asked);
  });

  it('are answered through the agent that told them first', () => {
    const [first, second] = [fakeSerf({ codec: utf8() }), fakeSerf({ codec: utf8() })];
    const subscription = mergeAgents([first, second], 'query:load').subscribe((asked) => {
      asked.respond('0.42').subscribe();
    });
    second.emit(queryEvent('load', '', { id: 7, ltime: 1 }));
    first.emit(queryEvent('load', '', { id: 3, ltime: 1 }));
    subscription.unsubscribe();

    expect(second.requests).toContainEqual({ command: 'respond', id: 7, payload: '0.42' });
    expect(first.requests.map(({ command }) => command)).toEqual(['stream', 'stop']);
    first.verify();
    second.verify();
  });
});
