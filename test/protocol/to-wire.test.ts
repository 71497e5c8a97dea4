import { decode } from '@msgpack/msgpack';
import fc from 'fast-check';
import {
  binary,
  type Coordinate,
  type KeyReport,
  type Member,
  type QueryReply,
  type UserEvent,
} from 'rxserf';
import { describe, expect, test } from 'vitest';
import { formatIp, parseIp } from '../../src/ip.ts';
import { encodeBody } from '../../src/protocol/frames.ts';
import { Reader } from '../../src/protocol/reader.ts';
import {
  WIRE_DONE,
  wireCoordinate,
  wireEvent,
  wireJoined,
  wireKeyReport,
  wireLine,
  wireMembers,
  wireReply,
} from '../../src/protocol/to-wire.ts';
import {
  toCoordinate,
  toEvent,
  toJoined,
  toKeyReport,
  toLogLine,
  toMembers,
  toQueryRecord,
} from '../../src/protocol/translate.ts';
import type { WireValue } from '../../src/protocol/wire.ts';
import type { Writable } from '../../src/protocol/writer.ts';
import { binary as anyBytes, text } from './support/arbitraries.ts';

/** Over the wire and back. */
function carried(value: Writable): WireValue {
  const reader = new Reader();
  reader.bytes = encodeBody(value);
  return reader.read();
}

const count = fc.nat(0xffff);
const version = fc.record({ min: fc.nat(255), max: fc.nat(255), current: fc.nat(255) });
const address = fc
  .oneof(fc.uint8Array({ minLength: 4, maxLength: 4 }), fc.uint8Array({ minLength: 16, maxLength: 16 }))
  .map(formatIp);
const member: fc.Arbitrary<Member> = fc.record({
  name: text,
  address,
  port: count,
  tags: fc.dictionary(text, text, { maxKeys: 5 }),
  status: fc.constantFrom('none', 'alive', 'leaving', 'left', 'failed'),
  protocol: version,
  delegate: version,
});
const ltime = fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }));

describe('what is written is what is read', () => {
  test('members', () => {
    fc.assert(
      fc.property(fc.array(member, { maxLength: 20 }), (members) => {
        expect(toMembers(carried(wireMembers(members)))).toEqual(members);
      }),
    );
  });

  test('user events', () => {
    const event: fc.Arbitrary<UserEvent> = fc.record({
      event: fc.constant('user' as const),
      name: text,
      ltime,
      coalesce: fc.boolean(),
      payload: anyBytes,
    });
    fc.assert(
      fc.property(event, (event) => {
        const read = toEvent(carried(wireEvent(event)), binary(), () => {
          throw new Error('not a query');
        });
        expect(read).toEqual(event);
      }),
    );
  });

  test('replies to a query', () => {
    const from = text.filter((name) => name !== '');
    const reply: fc.Arbitrary<QueryReply> = fc.oneof(
      fc.record({ type: fc.constant('ack' as const), from }),
      fc.record({ type: fc.constant('response' as const), from, payload: anyBytes }),
    );
    fc.assert(
      fc.property(reply, (reply) => {
        expect(toQueryRecord(carried(wireReply(reply)), binary())).toEqual(reply);
      }),
    );
    expect(toQueryRecord(carried(WIRE_DONE), binary())).toBe('done');
  });

  test('key reports', () => {
    const report: fc.Arbitrary<KeyReport> = fc.record({
      nodes: count,
      responses: count,
      errors: count,
      messages: fc.dictionary(text, text),
      keys: fc.dictionary(text, count),
    });
    fc.assert(
      fc.property(report, (report) => {
        expect(toKeyReport(carried(wireKeyReport(report)))).toEqual(report);
      }),
    );
  });

  test('coordinates', () => {
    const number = fc.double({ noNaN: true });
    const coordinate: fc.Arbitrary<Coordinate> = fc.record({
      vector: fc.array(number, { maxLength: 8 }),
      error: number,
      adjustment: number,
      height: number,
    });
    fc.assert(
      fc.property(coordinate, (coordinate) => {
        expect(toCoordinate(carried(wireCoordinate(coordinate)))).toEqual(coordinate);
      }),
    );
    expect(toCoordinate(carried(wireCoordinate(null)))).toBeNull();
  });

  test('the rest', () => {
    expect(toJoined(carried(wireJoined(3)))).toBe(3);
    expect(toLogLine(carried(wireLine('[INFO] caf\udce9')))).toBe('[INFO] caf\udce9');
  });
});

test('fields are in the agent’s order, and what is empty is nil where it is nil there', () => {
  const event = { event: 'user', name: 'a', ltime: 1, coalesce: false, payload: new Uint8Array(0) } as const;
  const keys = (value: Writable) => Object.keys(decode(encodeBody(value)) as object);

  expect(keys(wireEvent(event))).toEqual(['Coalesce', 'Event', 'LTime', 'Name', 'Payload']);
  expect(decode(encodeBody(wireEvent(event)))).toMatchObject({ Payload: null });
  expect(keys(WIRE_DONE)).toEqual(['From', 'Payload', 'Type']);
  expect(keys(wireEvent({ event: 'member-reap', members: [] }))).toEqual(['Event', 'Members']);
});

describe('parseIp', () => {
  test('gives the bytes that formatIp showed; those of an unwrapped IPv4 address are 4', () => {
    const ip = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      // Zeros, of which runs are shortened.
      fc
        .array(fc.constantFrom(0, 0, 1), { minLength: 16, maxLength: 16 })
        .map((bytes) => Uint8Array.from(bytes)),
    );
    fc.assert(
      fc.property(ip, (bytes) => {
        const text = formatIp(bytes);
        expect(formatIp(parseIp(text))).toBe(text);
        if (text.includes(':')) expect(parseIp(text)).toEqual(bytes);
      }),
    );
  });

  test.each([
    ['::', 16],
    ['::1', 16],
    ['1::', 16],
    ['fe80::1:2', 16],
    ['1:2:3:4:5:6:7:8', 16],
    ['1:2:3:4:5:6:7::', 16],
    ['::ffff:10.0.0.1', 16],
    ['1:2:3:4:5:6:10.0.0.1', 16],
    ['2001:DB8::A', 16],
    ['10.0.0.1', 4],
  ])('%s has %i bytes', (text, length) => {
    expect(parseIp(text)).toHaveLength(length);
  });

  test.each([
    '',
    'localhost',
    '10.0.0',
    '10.0.0.256',
    '10.0.0.1.2',
    '1:2:3',
    '1:2:3:4:5:6:7:8:9',
    '1::2::3',
    ':1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8::',
    '12345::',
    'g::',
    '10.0.0.1::',
    ':::',
    'fe80::1%eth0',
  ])('"%s" is no address', (text) => {
    expect(parseIp(text)).toHaveLength(0);
  });

  test('never throws', () => {
    const close = fc.string({ unit: fc.constantFrom(':', '::', '.', '0', 'f', '255', '%'), maxLength: 20 });
    fc.assert(
      fc.property(close, (text) => {
        expect([0, 4, 16]).toContain(parseIp(text).length);
      }),
    );
  });
});
