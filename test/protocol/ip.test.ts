import { describe, expect, test } from 'vitest';
import { formatIp } from '../../src/ip.ts';
import { hex } from './support/values.ts';

describe('an IPv4 address', () => {
  test.each([
    ['00000000', '0.0.0.0'],
    ['7f000001', '127.0.0.1'],
    ['0a0000ff', '10.0.0.255'],
    ['ffffffff', '255.255.255.255'],
  ])('of 4 bytes, %s, is %s', (bytes, text) => {
    expect(formatIp(hex(bytes))).toBe(text);
  });

  test.each([
    ['00000000000000000000ffff 7f000001', '127.0.0.1'],
    ['00000000000000000000ffff 00000000', '0.0.0.0'],
    ['00000000000000000000ffff c0a80164', '192.168.1.100'],
  ])('mapped into IPv6, %s, is unwrapped: %s', (bytes, text) => {
    expect(formatIp(hex(bytes))).toBe(text);
  });
});

describe('an IPv6 address', () => {
  test.each([
    ['the unspecified one', '0000 0000 0000 0000 0000 0000 0000 0000', '::'],
    ['loopback', '0000 0000 0000 0000 0000 0000 0000 0001', '::1'],
    ['zeros at the end', '0001 0000 0000 0000 0000 0000 0000 0000', '1::'],
    ['zeros in the middle', 'fe80 0000 0000 0000 0202 b3ff fe1e 8329', 'fe80::202:b3ff:fe1e:8329'],
    // RFC 5952, the section in brackets.
    [
      'no leading zeros (4.1)',
      '2001 0db8 aaaa bbbb cccc dddd eeee 0001',
      '2001:db8:aaaa:bbbb:cccc:dddd:eeee:1',
    ],
    ['as short as possible (4.2.1)', '2001 0db8 0000 0000 0000 0000 0002 0001', '2001:db8::2:1'],
    ['a single zero stays (4.2.2)', '2001 0db8 0000 0001 0001 0001 0001 0001', '2001:db8:0:1:1:1:1:1'],
    [
      'a single zero stays at the start (4.2.2)',
      '0000 0001 0001 0001 0001 0001 0001 0001',
      '0:1:1:1:1:1:1:1',
    ],
    ['a single zero stays at the end (4.2.2)', '0001 0001 0001 0001 0001 0001 0001 0000', '1:1:1:1:1:1:1:0'],
    ['the longest run (4.2.3)', '2001 0000 0000 0001 0000 0000 0000 0001', '2001:0:0:1::1'],
    ['of equal runs the first (4.2.3)', '2001 0db8 0000 0000 0001 0000 0000 0001', '2001:db8::1:0:0:1'],
    ['two runs of two at the ends', '0000 0000 0001 0001 0001 0001 0000 0000', '::1:1:1:1:0:0'],
    ['only single zeros', '0000 0001 0000 0001 0000 0001 0000 0001', '0:1:0:1:0:1:0:1'],
    [
      'lower case (4.3)',
      'ABCD EF01 2345 6789 ABCD EF01 2345 6789',
      'abcd:ef01:2345:6789:abcd:ef01:2345:6789',
    ],
    ['all ones', 'ffff ffff ffff ffff ffff ffff ffff ffff', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff'],
    ['almost mapped', '0000 0000 0000 0000 0001 ffff 7f00 0001', '::1:ffff:7f00:1'],
    ['IPv4-compatible, which is not mapped', '0000 0000 0000 0000 0000 0000 7f00 0001', '::7f00:1'],
  ])('is in the form of RFC 5952: %s', (_, bytes, text) => {
    expect(formatIp(hex(bytes))).toBe(text);
  });

  test('has the form that the URL standard gives it, whichever groups are zero', () => {
    for (let zeros = 0; zeros < 256; zeros++) {
      const bytes = new Uint8Array(16);
      for (let group = 0; group < 8; group++)
        if (((zeros >> group) & 1) === 0) bytes[2 * group] = 0xa0 + group;
      const long = Array.from({ length: 8 }, (_, i) => `${(bytes[2 * i] ?? 0).toString(16)}00`).join(':');
      expect(`[${formatIp(bytes)}]`).toBe(new URL(`http://[${long}]`).hostname);
    }
  });
});

test.each([0, 1, 3, 5, 15, 17])('%d bytes are no address: an empty text', (length) => {
  expect(formatIp(new Uint8Array(length))).toBe('');
});
