import { describe, expect, test } from 'vitest';
import { bytes, integer, isText, list, map, number, table, text, uint64 } from '../../src/protocol/fields.ts';
import type { WireValue } from '../../src/protocol/wire.ts';
import { expectUnexpected } from './support/unexpected.ts';

/** As the agent's Go has an unsigned byte. */
const byte = (value: WireValue | undefined) => integer(value, 'RelayFactor', 0, 255);
const id = (value: WireValue | undefined) => uint64(value, 'ID');

describe('a field of another type is an error that says what it should be:', () => {
  test.each<[wanted: string, read: () => unknown]>([
    ['the body should be a map', () => map([])],
    ['Name should be a text', () => text(1, 'Name')],
    ['Port should be a number', () => number('1', 'Port')],
    ['RelayFactor should be an integer from 0 to 255', () => byte(256)],
    ['ID should be an integer from 0 up', () => id(-1)],
    ['Payload should be bytes', () => bytes('a', 'Payload')],
    ['Members should be a list', () => list('a', 'Members')],
    ['Tags should be a table of one type', () => table({ a: 1 }, 'Tags', isText)],
  ])('%s', (wanted, read) => {
    expectUnexpected(read, new RegExp(`^${wanted}$`));
  });
});

describe('an integer', () => {
  test.each([0, 1, 255])('may be %d, as its bounds are in it', (value) => {
    expect(byte(value)).toBe(value);
    expect(byte(BigInt(value))).toBe(value);
  });

  test.each([-1, 256, 0.5, 256n, Number.NaN, null, '1', true])('that is %s is an error', (value) => {
    expectUnexpected(() => byte(value), /^RelayFactor/);
  });

  test('that is absent is 0', () => {
    expect(byte(undefined)).toBe(0);
  });
});

describe('an unsigned integer of 64 bits', () => {
  test.each([0, 1, 2 ** 53 - 1, 0n, 2n ** 53n, 2n ** 64n - 1n])('may be %s, and is what came', (value) => {
    expect(id(value)).toBe(value);
  });

  test.each([-1, -1n, 0.5, 2 ** 53, Number.NaN, null, '1', true])('that is %s is an error', (value) => {
    expectUnexpected(() => id(value), /^ID/);
  });

  test('that is absent is 0', () => {
    expect(id(undefined)).toBe(0);
  });
});
