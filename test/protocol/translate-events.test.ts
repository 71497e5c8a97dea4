import { EMPTY, type Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { binary, type Codec, json } from '../../src/codec.ts';
import type { QueryEvent } from '../../src/model.ts';
import { toEvent, toQueryRecord } from '../../src/protocol/translate.ts';
import { MEMBER, member } from './support/member.ts';
import { expectUnexpected } from './support/unexpected.ts';
import { none, utf8, wire } from './support/values.ts';

const eventOf = (body: object, codec: Codec<unknown> = binary() as Codec<unknown>) =>
  toEvent(wire(body), codec, () => EMPTY);
const recordOf = (body: object, codec: Codec<unknown> = binary() as Codec<unknown>) =>
  toQueryRecord(wire(body), codec);

describe('a user event', () => {
  const USER = { Event: 'user', LTime: 3, Name: 'deploy', Payload: utf8('v2'), Coalesce: true };

  test('has its name, time, payload and whether it coalesces', () => {
    expect(eventOf(USER)).toEqual({
      event: 'user',
      name: 'deploy',
      ltime: 3,
      coalesce: true,
      payload: utf8('v2'),
    });
    expect(eventOf({ ...USER, Coalesce: false })).toMatchObject({ coalesce: false });
  });

  test('has no payload error where there is none', () => {
    expect(Object.keys(eventOf(USER))).not.toContain('payloadError');
  });

  test('may be without a payload: that is zero bytes', () => {
    expect(eventOf({ ...USER, Payload: null })).toMatchObject({ payload: none });
    expect(eventOf({ Event: 'user' })).toEqual({
      event: 'user',
      name: '',
      ltime: 0,
      coalesce: false,
      payload: none,
    });
  });

  test('has an exact time beyond 2^53', () => {
    expect(eventOf({ ...USER, LTime: 2n ** 53n + 1n })).toMatchObject({ ltime: 9_007_199_254_740_993n });
    expect(eventOf({ ...USER, LTime: 2n ** 64n - 1n })).toMatchObject({ ltime: 2n ** 64n - 1n });
    expect(eventOf({ ...USER, LTime: 2n ** 53n - 1n })).toMatchObject({ ltime: Number.MAX_SAFE_INTEGER });
  });

  test.each<[string, unknown]>([
    ['Event', 7],
    ['Name', null],
    ['LTime', '3'],
    ['LTime', null],
    ['Payload', 'text'],
    ['Payload', [1]],
  ])('with a %s of another type (%s) is a ProtocolError', (field, value) => {
    expectUnexpected(() => eventOf({ ...USER, [field]: value }), field);
  });
});

describe('a query event', () => {
  const QUERY = { Event: 'query', ID: 7, LTime: 3, Name: 'load', Payload: utf8('?') };

  test('has its id, name, time and payload', () => {
    expect(eventOf(QUERY)).toEqual({
      event: 'query',
      id: 7,
      name: 'load',
      ltime: 3,
      payload: utf8('?'),
      respond: expect.any(Function),
    });
    expect(eventOf({ ...QUERY, Payload: null })).toMatchObject({ payload: none });
  });

  test('is answered with its id', () => {
    const answered: unknown[] = [];
    const answer: Observable<void> = EMPTY;
    const event = toEvent(wire(QUERY), json<string>(), (id, payload) => {
      answered.push([id, payload]);
      return answer;
    }) as QueryEvent<string | undefined>;
    expect(event.respond('0.42')).toBe(answer);
    event.respond();
    expect(answered).toEqual([
      [7, '0.42'],
      [7, undefined],
    ]);
  });

  test.each(['ID', 'Name', 'Payload'])('with a %s of another type is a ProtocolError', (field) => {
    expectUnexpected(() => eventOf({ ...QUERY, [field]: [1] }), field);
  });
});

describe('a member event', () => {
  test.each(['member-join', 'member-leave', 'member-failed', 'member-update', 'member-reap'])(
    '%s has its members',
    (event) => {
      expect(eventOf({ Event: event, Members: [MEMBER, { ...MEMBER, Name: 'n2' }] })).toEqual({
        event,
        members: [member, { ...member, name: 'n2' }],
      });
    },
  );

  test('may be without members', () => {
    expect(eventOf({ Event: 'member-join', Members: null })).toEqual({ event: 'member-join', members: [] });
  });

  test('with a member that is malformed is a ProtocolError', () => {
    expectUnexpected(() => eventOf({ Event: 'member-join', Members: [{ ...MEMBER, Port: 'x' }] }), 'Port');
  });
});

test.each(['', 'users', 'Member-join', 'toString'])('an event of the kind %j is a ProtocolError', (kind) => {
  expectUnexpected(() => eventOf({ Event: kind }), 'Event should be a kind of event that is known');
});

describe('a record of a query', () => {
  test('is an ack, with the node it is from', () => {
    expect(recordOf({ Type: 'ack', From: 'n1', Payload: null })).toEqual({ type: 'ack', from: 'n1' });
  });

  test('is a response, with its payload', () => {
    expect(recordOf({ Type: 'response', From: 'n1', Payload: utf8('0.42') })).toEqual({
      type: 'response',
      from: 'n1',
      payload: utf8('0.42'),
    });
    expect(recordOf({ Type: 'response', From: 'n1', Payload: null })).toMatchObject({ payload: none });
  });

  test('is the end', () => {
    expect(recordOf({ Type: 'done', From: '', Payload: null })).toBe('done');
  });

  test.each(['ack', 'response'])('is a phantom if it is an %s from nobody', (type) => {
    expect(recordOf({ Type: type, From: '', Payload: null })).toBe('phantom');
  });

  test('is a ProtocolError if it is anything else', () => {
    expectUnexpected(() => recordOf({ Type: 'nack', From: 'n1' }), 'Type should be ack, response or done');
    expectUnexpected(() => recordOf({ Type: 7, From: 'n1' }), 'Type');
    expectUnexpected(() => recordOf({ Type: 'ack', From: 7 }), 'From');
    expectUnexpected(() => recordOf({ Type: 'ack' }), 'From');
    expectUnexpected(() => recordOf({ Type: 'response', From: 'n1', Payload: 'text' }), 'Payload');
    expectUnexpected(() => toQueryRecord(null, binary()), 'map');
  });
});

describe('a payload that its codec cannot decode', () => {
  const cause = new RangeError('not today');
  const failing: Codec<unknown> = {
    encode: () => none,
    decode: () => {
      throw cause;
    },
  };
  const undecoded = {
    payload: undefined,
    payloadError: expect.objectContaining({ name: 'SerfError', code: 'payload-undecodable', cause }),
    rawPayload: Uint8Array.of(0xff, 0),
  };
  const Payload = Uint8Array.of(0xff, 0);

  test('is undefined, with the error and the bytes, in a user event', () => {
    expect(eventOf({ Event: 'user', Name: 'deploy', LTime: 1, Payload }, failing)).toEqual({
      event: 'user',
      name: 'deploy',
      ltime: 1,
      coalesce: false,
      ...undecoded,
    });
  });

  test('is undefined, with the error and the bytes, in a query event, which can be answered all the same', () => {
    expect(eventOf({ Event: 'query', ID: 7, Payload }, failing)).toMatchObject({
      ...undecoded,
      respond: expect.any(Function),
    });
  });

  test('is undefined, with the error and the bytes, in a response', () => {
    expect(recordOf({ Type: 'response', From: 'n1', Payload }, failing)).toEqual({
      type: 'response',
      from: 'n1',
      ...undecoded,
    });
  });

  test('is an event like others for json that is none', () => {
    expect(eventOf({ Event: 'user', Payload: utf8('{') }, json())).toMatchObject({
      payload: undefined,
      payloadError: { cause: expect.any(SyntaxError) },
      rawPayload: utf8('{'),
    });
  });
});
