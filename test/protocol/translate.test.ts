import { EMPTY, type Observable } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { binary, type Codec, json } from '../../src/codec.ts';
import { ProtocolError } from '../../src/errors.ts';
import type { QueryEvent } from '../../src/model.ts';
import type { WireValue } from '../../src/protocol/reader.ts';
import {
  toCoordinate,
  toEvent,
  toJoined,
  toKeyReport,
  toLogLine,
  toMembers,
  toQueryRecord,
  toStats,
} from '../../src/protocol/translate.ts';
import { tableOf, utf8, wire } from './support/values.ts';

const none = new Uint8Array(0);

const MEMBER = {
  Name: 'n1',
  Addr: Uint8Array.of(10, 0, 0, 1),
  Port: 7946,
  Tags: { role: 'web' },
  Status: 'alive',
  ProtocolMin: 1,
  ProtocolMax: 5,
  ProtocolCur: 2,
  DelegateMin: 2,
  DelegateMax: 5,
  DelegateCur: 4,
};

const member = {
  name: 'n1',
  address: '10.0.0.1',
  port: 7946,
  tags: { role: 'web' },
  status: 'alive',
  protocol: { min: 1, max: 5, current: 2 },
  delegate: { min: 2, max: 5, current: 4 },
};

const membersOf = (...members: object[]) => toMembers(wire({ Members: members }));
const eventOf = (body: object, codec: Codec<unknown> = binary() as Codec<unknown>) =>
  toEvent(wire(body), codec, () => EMPTY);
const recordOf = (body: object, codec: Codec<unknown> = binary() as Codec<unknown>) =>
  toQueryRecord(wire(body), codec);

function expectUnexpected(translate: () => unknown, field: string | RegExp): void {
  let error: unknown;
  try {
    translate();
  } catch (thrown) {
    error = thrown;
  }
  expect(error).toBeInstanceOf(ProtocolError);
  expect(error).toMatchObject({ code: 'unexpected-shape', message: expect.stringMatching(field) });
}

describe('members', () => {
  test('have all that the agent says of them', () => {
    expect(membersOf(MEMBER, { ...MEMBER, Name: 'n2', Status: 'failed' })).toEqual([
      member,
      { ...member, name: 'n2', status: 'failed' },
    ]);
  });

  test.each([
    ['IPv4', Uint8Array.of(192, 168, 0, 1), '192.168.0.1'],
    ['IPv4-mapped', Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 255, 255, 127, 0, 0, 1), '127.0.0.1'],
    ['IPv6', Uint8Array.of(0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 7), 'fd00::7'],
    ['no', null, ''],
  ])('have an address of text: %s', (_, Addr, address) => {
    expect(membersOf({ ...MEMBER, Addr })).toEqual([{ ...member, address }]);
  });

  test.each(['none', 'alive', 'leaving', 'left', 'failed'])('can be %s', (status) => {
    expect(membersOf({ ...MEMBER, Status: status })[0]?.status).toBe(status);
  });

  test('may be none: nil, an empty list, or missing', () => {
    expect(toMembers(wire({ Members: null }))).toEqual([]);
    expect(membersOf()).toEqual([]);
    expect(toMembers(wire({}))).toEqual([]);
  });

  test('may have no tags', () => {
    for (const Tags of [null, {}]) expect(membersOf({ ...MEMBER, Tags })).toEqual([{ ...member, tags: {} }]);
  });

  test('may have any tags at all', () => {
    const tags = tableOf([
      ['__proto__', 'polluted'],
      ['constructor', ''],
      ['', 'empty key'],
      ['ключ', '⚓'],
      ['toString', 'x'],
    ]);
    const [hostile] = membersOf({ ...MEMBER, Tags: tags });
    expect(Object.keys(hostile?.tags ?? {}).sort()).toEqual(Object.keys(tags).sort());
    expect(Object.entries(hostile?.tags ?? {})).toContainEqual(['__proto__', 'polluted']);
    expect(hostile?.tags['valueOf']).toBeUndefined();
  });

  test.each([
    [{ Log: 'x' }],
    [{ Members: 'x' }],
    [{ Event: 'x', Members: 'y' }],
    [{ From: 'x', Payload: 'y', Type: 'z' }],
  ])('have a table like all others where tags are named like the fields of a message: %o', (Tags) => {
    const [named] = membersOf({ ...MEMBER, Tags });
    expect(named?.tags).toEqual(Tags);
    expect(named?.tags['constructor']).toBeUndefined();
  });

  test('have tables in which no key is there unless it came, even if there were no tags', () => {
    for (const Tags of [null, {}, { role: 'web' }]) {
      expect(membersOf({ ...MEMBER, Tags })[0]?.tags['constructor']).toBeUndefined();
    }
  });

  test('of an older agent may lack fields: they read as zero, as in Go', () => {
    expect(membersOf({ Name: 'old' })).toEqual([
      {
        name: 'old',
        address: '',
        port: 0,
        tags: {},
        status: '',
        protocol: { min: 0, max: 0, current: 0 },
        delegate: { min: 0, max: 0, current: 0 },
      },
    ]);
  });

  test.each<[string, unknown]>([
    ['Name', 7],
    ['Name', null],
    ['Name', utf8('n1')],
    ['Addr', '10.0.0.1'],
    ['Addr', [10, 0, 0, 1]],
    ['Port', '7946'],
    ['Port', 2n ** 63n],
    ['Port', null],
    ['Tags', ['role']],
    ['Tags', { role: 1 }],
    ['Tags', { role: null }],
    ['Tags', 'role=web'],
    ['Status', 1],
    ['ProtocolCur', 'two'],
    ['DelegateMax', {}],
  ])('with a %s of another type (%s) are a ProtocolError', (field, value) => {
    expectUnexpected(() => membersOf({ ...MEMBER, [field]: value }), field === 'Tags' ? /./ : field);
  });

  test.each<[string, WireValue | undefined]>([
    ['missing', undefined],
    ['nil', null],
    ['a list', []],
    ['a text', 'members'],
    ['bytes', none],
    ['a number', 7],
  ])('in a body that is %s are a ProtocolError', (_, body) => {
    expectUnexpected(() => toMembers(body), 'map');
  });

  test('that are no list, or no maps, are a ProtocolError', () => {
    expectUnexpected(() => toMembers(wire({ Members: MEMBER })), 'Members');
    expectUnexpected(() => toMembers(wire({ Members: ['n1'] })), 'map');
    expectUnexpected(() => toMembers(wire({ Members: [null] })), 'map');
  });
});

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

  test('with an ID of another type is a ProtocolError', () => {
    expectUnexpected(() => eventOf({ ...QUERY, ID: '7' }), 'ID');
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
  expectUnexpected(() => eventOf({ Event: kind }), 'Event');
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
    expectUnexpected(() => recordOf({ Type: 'nack', From: 'n1' }), 'Type');
    expectUnexpected(() => recordOf({ Type: 7, From: 'n1' }), 'Type');
    expectUnexpected(() => recordOf({ Type: 'ack', From: 7 }), 'From');
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

describe('a key report', () => {
  test('has the counts, the messages and the keys', () => {
    const body = {
      Messages: { n1: 'bad' },
      Keys: { c2VjcmV0: 2 },
      NumNodes: 3,
      NumErr: 1,
      NumResp: 2,
    };
    expect(toKeyReport(wire(body))).toEqual({
      nodes: 3,
      responses: 2,
      errors: 1,
      messages: { n1: 'bad' },
      keys: { c2VjcmV0: 2 },
    });
  });

  test('may have nil for its tables', () => {
    const report = toKeyReport(wire({ Messages: null, Keys: null, NumNodes: 1, NumErr: 0, NumResp: 1 }));
    expect(report).toEqual({ nodes: 1, responses: 1, errors: 0, messages: {}, keys: {} });
    expect(report.messages['constructor']).toBeUndefined();
    expect(report.keys['constructor']).toBeUndefined();
  });

  test('with fields of another type is a ProtocolError', () => {
    expectUnexpected(() => toKeyReport(wire({ NumNodes: '1' })), 'NumNodes');
    expectUnexpected(() => toKeyReport(wire({ Messages: { n1: 1 } })), 'Messages');
    expectUnexpected(() => toKeyReport(wire({ Keys: { key: '1' } })), 'Keys');
    expectUnexpected(() => toKeyReport(null), 'map');
  });
});

describe('stats', () => {
  test('have whatever sections the agent sends', () => {
    const sections = {
      agent: { name: 'n1' },
      runtime: { os: 'linux' },
      tags: tableOf([['__proto__', 'x']]),
      later: {},
    };
    const stats = toStats(wire(sections));
    expect(Object.keys(stats).sort()).toEqual(['agent', 'later', 'runtime', 'tags']);
    expect(stats).toMatchObject({ agent: { name: 'n1' }, runtime: { os: 'linux' }, later: {} });
    expect(Object.entries(stats['tags'] ?? {})).toEqual([['__proto__', 'x']]);
    expect(stats['constructor']).toBeUndefined();
  });

  test('may have nil for a section', () => {
    expect(toStats(wire({ event_handlers: null, tags: {} }))).toEqual({ event_handlers: {}, tags: {} });
  });

  test('with a section of other things is a ProtocolError', () => {
    expectUnexpected(() => toStats(wire({ agent: { name: 1 } })), 'agent');
    expectUnexpected(() => toStats(wire({ agent: 'n1' })), 'map');
    expectUnexpected(() => toStats(wire([])), 'map');
  });
});

describe('a coordinate', () => {
  const Coord = { Vec: [0.5, -1, 0], Error: 1.5, Adjustment: -0.25, Height: 1e-5 };

  test('has its vector, error, adjustment and height', () => {
    expect(toCoordinate(wire({ Coord, Ok: true }))).toEqual({
      vector: [0.5, -1, 0],
      error: 1.5,
      adjustment: -0.25,
      height: 1e-5,
    });
  });

  test('is null where the agent knows none', () => {
    expect(toCoordinate(wire({ Coord: { ...Coord, Vec: null }, Ok: false }))).toBeNull();
    expect(toCoordinate(wire({}))).toBeNull();
  });

  test('may have nil for its vector', () => {
    expect(toCoordinate(wire({ Coord: { ...Coord, Vec: null }, Ok: true }))).toMatchObject({ vector: [] });
  });

  test('with fields of another type is a ProtocolError', () => {
    expectUnexpected(() => toCoordinate(wire({ Coord: { ...Coord, Vec: ['x'] }, Ok: true })), 'Vec');
    expectUnexpected(() => toCoordinate(wire({ Coord: { ...Coord, Vec: 1 }, Ok: true })), 'Vec');
    expectUnexpected(() => toCoordinate(wire({ Coord: { ...Coord, Error: 'x' }, Ok: true })), 'Error');
    expectUnexpected(() => toCoordinate(wire({ Coord: null, Ok: true })), 'map');
    expectUnexpected(() => toCoordinate(undefined), 'map');
  });
});

test('what join answers is the number of nodes joined', () => {
  expect(toJoined(wire({ Num: 2 }))).toBe(2);
  expectUnexpected(() => toJoined(wire({ Num: '2' })), 'Num');
  expectUnexpected(() => toJoined(undefined), 'map');
});

test('a line of the log is its text, whatever a member put into it', () => {
  expect(toLogLine(wire({ Log: '2026/11/21 [INFO] serf: ⚓\n' }))).toBe('2026/11/21 [INFO] serf: ⚓\n');
  expectUnexpected(() => toLogLine(wire({ Log: utf8('x') })), 'Log');
  expectUnexpected(() => toLogLine(wire('x')), 'map');
});
