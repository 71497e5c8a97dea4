import { describe, expect, test } from 'vitest';
import {
  toCoordinate,
  toJoined,
  toKeyReport,
  toLogLine,
  toMembers,
  toStats,
} from '../../src/protocol/translate.ts';
import type { WireValue } from '../../src/protocol/wire.ts';
import { MEMBER, member } from './support/member.ts';
import { expectUnexpected } from './support/unexpected.ts';
import { none, tableOf, utf8, wire } from './support/values.ts';

const membersOf = (...members: object[]) => toMembers(wire({ Members: members }));

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
    ['ProtocolMin', '1'],
    ['ProtocolMax', null],
    ['ProtocolCur', 'two'],
    ['DelegateMin', true],
    ['DelegateMax', {}],
    ['DelegateCur', []],
  ])('with a %s of another type (%s) are a ProtocolError', (field, value) => {
    expectUnexpected(() => membersOf({ ...MEMBER, [field]: value }), field === 'Tags' ? /Tags|map/ : field);
  });

  test('name the tags that are not of text', () => {
    expectUnexpected(() => membersOf({ ...MEMBER, Tags: { role: 1 } }), 'Tags');
  });

  test.each(['Min', 'Max', 'Cur'])(
    'have versions of their own, whoever came before: another %s is another version',
    (which) => {
      const other = { ...MEMBER, [`Protocol${which}`]: 9, [`Delegate${which}`]: 9 };
      const key = { Min: 'min', Max: 'max', Cur: 'current' }[which] as string;
      const versions = membersOf(MEMBER, other, MEMBER).map(({ protocol, delegate }) => [protocol, delegate]);
      const { protocol, delegate } = member;
      expect(versions).toEqual([
        [protocol, delegate],
        [
          { ...protocol, [key]: 9 },
          { ...delegate, [key]: 9 },
        ],
        [protocol, delegate],
      ]);
    },
  );

  test('share the object that says their versions, which nobody can change', () => {
    const [a, b] = membersOf(MEMBER, { ...MEMBER, Name: 'n2' });
    expect(a?.protocol).toBe(b?.protocol);
    expect(a?.delegate).toBe(b?.delegate);
    expect(Object.isFrozen(a?.protocol)).toBe(true);
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
    for (const field of ['NumNodes', 'NumResp', 'NumErr'])
      expectUnexpected(() => toKeyReport(wire({ [field]: '1' })), field);
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
    expectUnexpected(
      () => toCoordinate(wire({ Coord: { ...Coord, Vec: ['x'] }, Ok: true })),
      'Vec should be a list of numbers',
    );
    expectUnexpected(() => toCoordinate(wire({ Coord: { ...Coord, Vec: 1 }, Ok: true })), 'Vec');
    for (const field of ['Error', 'Adjustment', 'Height'])
      expectUnexpected(() => toCoordinate(wire({ Coord: { ...Coord, [field]: 'x' }, Ok: true })), field);
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
  expectUnexpected(() => toLogLine(wire({ Event: 'user' })), 'Log');
  expectUnexpected(() => toLogLine(wire('x')), 'map');
});
