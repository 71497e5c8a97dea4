import { describe, expect, test } from 'vitest';
import { CASES } from './support/cases.ts';
import { virtualTrio } from './support/trio.ts';

describe('what a notifier does, over pipes in virtual time', () => {
  test.each(CASES)('$name', async ({ play, expected }) => {
    expect(await play(virtualTrio())).toEqual(expected);
  });
});
