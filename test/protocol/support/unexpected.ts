import { expect } from 'vitest';
import { ProtocolError } from '../../../src/errors.ts';

/** Has it throw the ProtocolError for a value of another shape, whose message names the field. */
export function expectUnexpected(translate: () => unknown, field: string | RegExp): void {
  let error: unknown;
  try {
    translate();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ProtocolError);
  expect(error).toMatchObject({ code: 'unexpected-shape', message: expect.stringMatching(field) });
}
