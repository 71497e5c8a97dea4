import { concat, NEVER, type Observable, of, Subject, throwError, timer } from 'rxjs';
import { AgentError, ClosedError, InvalidArgumentError, type KeyReport } from 'rxserf';
import { describe, expect, test } from 'vitest';
import { bytes, coordinate, FakeSerf, member, nothing, report, userEvent } from './support/fake-serf.ts';
import { ok, refused, WirePeer } from './support/wire-peer.ts';

const KEY = 'enjTwAFRe4IE71bOFhirzQ==';
const wireReport = { Keys: { [KEY]: 2 }, Messages: {}, NumErr: 0, NumNodes: 2, NumResp: 2 };
const NO_REPORT = { Keys: {}, Messages: {}, NumErr: 0, NumNodes: 0, NumResp: 0 };
const VERSIONS = {
  DelegateCur: 5,
  DelegateMax: 5,
  DelegateMin: 2,
  ProtocolCur: 2,
  ProtocolMax: 5,
  ProtocolMin: 1,
};
const wireMembers = {
  Members: [
    {
      Addr: Uint8Array.of(127, 0, 0, 1),
      Name: 'n1',
      Port: 7946,
      Status: 'alive',
      Tags: { role: 'web' },
      ...VERSIONS,
    },
    {
      Addr: Uint8Array.of(10, 0, 0, 2),
      Name: 'n2',
      Port: 7946,
      Status: 'alive',
      Tags: { role: 'db', zone: 'a' },
      ...VERSIONS,
    },
    {
      Addr: Uint8Array.of(0x20, 1, 0x0d, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1),
      Name: 'n3',
      Port: 7946,
      Status: 'failed',
      Tags: {},
      ...VERSIONS,
    },
  ],
};

interface Case {
  command: string;
  /** The request's body, if it has one. */
  body?: unknown;
  /** What the Serf is asked. */
  call: unknown[];
  /** The answer's body, if it has one. */
  answer?: unknown;
}

const CASES: readonly Case[] = [
  {
    command: 'event',
    body: { Name: 'deploy', Payload: bytes('v2'), Coalesce: true },
    call: ['event', 'deploy', bytes('v2'), { coalesce: true }],
  },
  { command: 'event', body: { Name: 'deploy' }, call: ['event', 'deploy', bytes(''), { coalesce: false }] },
  {
    command: 'event',
    body: { Name: 'as text', Payload: 'ü', Coalesce: null },
    call: ['event', 'as text', bytes('ü'), { coalesce: false }],
  },
  {
    command: 'tags',
    body: { Tags: { role: 'web' }, DeleteTags: ['zone'] },
    call: ['tags', { set: { role: 'web' }, delete: ['zone'] }],
  },
  {
    command: 'tags',
    body: { Tags: { role: 'web' }, DeleteTags: null },
    call: ['tags', { set: { role: 'web' }, delete: [] }],
  },
  { command: 'members', call: ['members'], answer: wireMembers },
  {
    command: 'members-filtered',
    body: { Tags: { role: 'w.*' }, Status: 'alive', Name: 'n.' },
    call: ['members', { status: 'alive', name: 'n.', tags: { role: 'w.*' } }],
    answer: wireMembers,
  },
  { command: 'members-filtered', body: {}, call: ['members', { tags: {} }], answer: wireMembers },
  {
    command: 'stats',
    call: ['stats'],
    answer: expect.objectContaining({ agent: { name: 'n1' }, tags: { role: 'web' } }),
  },
  {
    command: 'get-coordinate',
    body: { Node: 'n2' },
    call: ['coordinate', 'n2'],
    answer: {
      Coord: { Adjustment: 0, Error: 1.5, Height: 0.00001, Vec: coordinate.vector },
      Ok: true,
    },
  },
  {
    command: 'get-coordinate',
    body: { Node: 'nobody' },
    call: ['coordinate', 'nobody'],
    answer: { Coord: { Adjustment: 0, Error: 0, Height: 0, Vec: null }, Ok: false },
  },
  {
    command: 'join',
    body: { Existing: ['10.0.0.1:7946', '10.0.0.2'], Replay: true },
    call: ['join', ['10.0.0.1:7946', '10.0.0.2'], { replay: true }],
    answer: { Num: 1 },
  },
  { command: 'force-leave', body: { Node: 'n3', Prune: true }, call: ['forceLeave', 'n3', { prune: true }] },
  { command: 'install-key', body: { Key: KEY }, call: ['installKey', KEY], answer: wireReport },
  { command: 'use-key', body: { Key: KEY }, call: ['useKey', KEY], answer: wireReport },
  { command: 'remove-key', body: { Key: KEY }, call: ['removeKey', KEY], answer: wireReport },
  { command: 'list-keys', call: ['listKeys'], answer: wireReport },
];

/** The command as it goes out, and what its refusal has behind it. */
const withBody = ({ body }: Case) => (body === undefined ? [] : [body]);
const BODIES_OF_REFUSALS: Record<string, unknown> = {
  members: { Members: [] },
  'members-filtered': { Members: [] },
  stats: {},
  'get-coordinate': expect.objectContaining({ Ok: false }),
  join: { Num: 0 },
  'install-key': NO_REPORT,
  'use-key': NO_REPORT,
  'remove-key': NO_REPORT,
  'list-keys': NO_REPORT,
};

describe.each(CASES)('$command $body', (given) => {
  const { command, call, answer } = given;
  const ask = (peer: WirePeer, seq: number) => peer.ask(seq, command, ...withBody(given));

  test('asks the Serf and answers', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();

    ask(peer, 4);
    expect(serf.calls).toEqual([call]);
    expect(peer.take()).toEqual([ok(4), ...(answer === undefined ? [] : [answer])]);
    expect(serf.open).toBe(0);
  });

  test.each<[string, (serf: FakeSerf, error: Error) => void]>([
    ['through error', (serf, error) => set(serf, call, () => throwError(() => error))],
    [
      'at the call',
      (serf, error) =>
        set(serf, call, () => {
          throw error;
        }),
    ],
  ])('is refused with the very text of the Serf, that comes %s', (_how, refuse) => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    const error = new AgentError('agent-error', 'no: \u{1f980}\n\tnot like this');
    refuse(serf, error);

    ask(peer, 5).ask(6, 'stop', { Stop: 0 });
    const body = BODIES_OF_REFUSALS[command];
    expect(peer.take()).toEqual([refused(5, error.message), ...(body ? [body] : []), ok(6)]);
    expect(peer.seen.slice(1)).toEqual([{ type: 'refused', command, error }]);
  });

  test('is refused when the Serf has no answer', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    set(serf, call, nothing);

    ask(peer, 5);
    expect(peer.take()[0]).toEqual(refused(5, `no answer to ${command}`));
  });

  test('is over with the first answer, whether or not the Serf has more of them', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    ask(peer, 4);
    const once = peer.bytes();
    const usual = serf.answered();
    set(serf, call, () => concat(usual, usual, NEVER));

    expect(ask(peer, 4).bytes()).toEqual(once);
    expect(serf.open).toBe(0);
    expect(peer.ask(5, 'stop', {}).take()).toEqual([ok(5)]);
  });

  test('is unsubscribed from when the connection breaks', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    set(serf, call, () => NEVER);

    ask(peer, 5);
    expect(serf.open).toBe(1);
    peer.break(new Error('reset'));
    expect(serf.open).toBe(0);
  });
});

function set(serf: FakeSerf, [method]: readonly unknown[], answer: () => Observable<unknown>): void {
  serf.answers[method as 'event'] = answer;
}

describe('what a refusal says', () => {
  test.each([
    [new ClosedError(), 'the client is closed'],
    [new InvalidArgumentError('invalid-argument', 'event: the name is empty'), 'event: the name is empty'],
    [new TypeError('serf is not iterable'), 'serf is not iterable'],
    [new Error(''), 'Error'],
    ['just a text', 'just a text'],
  ])('%s', (error, text) => {
    const serf = new FakeSerf();
    serf.answers.event = () => throwError(() => error);

    expect(new WirePeer(serf).greet().ask(1, 'event', { Name: '' }).take()).toEqual([refused(1, text)]);
  });

  test('a key command’s report comes with it', () => {
    const failed: KeyReport = { ...report, errors: 1, messages: { n2: 'no such key' }, keys: {} };
    const serf = new FakeSerf();
    serf.answers.listKeys = () =>
      throwError(() => new AgentError('nodes-failed', '1/2 nodes reported failure', { report: failed }));

    expect(new WirePeer(serf).greet().ask(1, 'list-keys').take()).toEqual([
      refused(1, '1/2 nodes reported failure'),
      { Keys: {}, Messages: { n2: 'no such key' }, NumErr: 1, NumNodes: 2, NumResp: 2 },
    ]);
  });

  test.each(['Authentication required', 'Unsupported command'])(
    '"%s" has no body behind it, whoever says so',
    (text) => {
      const serf = new FakeSerf();
      serf.answers.join = () => throwError(() => new AgentError('agent-error', text));

      expect(
        new WirePeer(serf)
          .greet()
          .ask(1, 'join', { Existing: ['a'] })
          .take(),
      ).toEqual([refused(1, text)]);
    },
  );

  test('an answer that cannot be written is refused as well', () => {
    const serf = new FakeSerf();
    serf.answers.members = () => of([undefined]);
    serf.answers.stats = () => of(undefined);
    const peer = new WirePeer(serf).greet();

    peer.ask(1, 'members').ask(2, 'stop', { Stop: 1 });
    expect(peer.take()).toEqual([refused(1, expect.stringContaining('undefined')), { Members: [] }, ok(2)]);
  });
});

describe('what an agent takes and a Serf need not be asked for', () => {
  test.each<[string, unknown, ...unknown[]]>([
    ['join', { Existing: [] }, { Num: 0 }],
    ['join', {}, { Num: 0 }],
    ['tags', {}],
    ['tags', { Tags: {}, DeleteTags: [] }],
    ['force-leave', { Node: '' }],
    ['get-coordinate', { Node: '' }, { Coord: expect.objectContaining({ Vec: null }), Ok: false }],
  ])('%s of %j', (command, body, ...answer) => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet().ask(1, command, body).ask(2, 'stop', {});
    expect(peer.take()).toEqual([ok(1), ...answer, ok(2)]);
    expect(serf.calls).toEqual([]);
  });
});

describe('a Seq is any uint64', () => {
  const largest = 2n ** 64n - 1n;

  test.each([2n ** 53n, 0x8000_0000_0000_0001n, largest])('%d', (seq) => {
    const peer = new WirePeer(new FakeSerf()).greet();
    peer.ask(seq, 'event', { Name: 'a' }).ask(seq, 'auth', { AuthKey: 'x' });
    expect(peer.take()).toEqual([ok(seq), refused(seq, 'Invalid authentication token')]);
  });

  test('of a stream, which is stopped by it, and by no other', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet().ask(largest, 'stream', { Type: 'user' });
    peer.ask(largest, 'stream', { Type: 'user' }).take();
    serf.events$.next(userEvent('a'));
    expect(peer.take()).toEqual([ok(largest), expect.objectContaining({ Name: 'a' })]);
    peer.ask(1, 'stop', { Stop: largest - 1n });
    expect(serf.open).toBe(1);
    peer.ask(2, 'stop', { Stop: largest });
    expect(serf.open).toBe(0);
    expect(peer.take()).toEqual([ok(1), ok(2)]);
  });

  test.each([{}, { Seq: null }])('and 0 where the header has %j', (header) => {
    const peer = new WirePeer(new FakeSerf()).greet();
    peer.send({ Command: 'stop', ...header }, {}).send({ Command: 'tags', ...header }, {});
    expect(peer.take()).toEqual([ok(0), ok(0)]);
  });
});

describe('commands are taken one at a time', () => {
  test('in their order, and so are answered, however long each takes', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    serf.answers.join = () => timer(10, peer.clock);

    peer
      .ask(1, 'join', { Existing: ['a'] })
      .ask(2, 'event', { Name: 'b' })
      .ask(3, 'members');
    expect(peer.take()).toEqual([]);
    expect(serf.calls.map(([method]) => method)).toEqual(['join']);
    peer.clock.advance(10);
    expect(peer.take()).toEqual([ok(1), { Num: 0 }, ok(2), ok(3), wireMembers]);
    expect(serf.calls.map(([method]) => method)).toEqual(['join', 'event', 'members']);
  });

  test('thousands of them at once, too', () => {
    const serf = new FakeSerf();
    const peer = new WirePeer(serf).greet();
    const requests = Array.from({ length: 9_000 }, (_, seq) => [
      { Command: 'event', Seq: seq },
      { Name: `e${seq}` },
    ]).flat();

    peer.send(...requests);
    expect(peer.take()).toEqual(Array.from({ length: 9_000 }, (_, seq) => ok(seq)));

    const first = new Subject<void>();
    serf.answers.tags = () => first;
    peer.ask(1, 'tags', { Tags: { a: 'b' } }).send(...requests);
    expect(peer.take()).toEqual([]);
    first.next();
    first.complete();
    expect(peer.take()).toHaveLength(9_001);
  });
});

test('texts that stand for bytes that are not UTF-8 come in and go out as these bytes', () => {
  const serf = new FakeSerf();
  const name = 'caf\udce9';
  serf.nodes = [member(name, { tags: { [name]: name, ['__proto__']: 'x' } })];
  const peer = new WirePeer(serf).greet();

  // { Node: <63 61 66 e9> }
  peer
    .ask(1, 'force-leave')
    .sendBytes(Uint8Array.of(0x81, 0xa4, 0x4e, 0x6f, 0x64, 0x65, 0xa4, 0x63, 0x61, 0x66, 0xe9));
  expect(serf.calls).toEqual([['forceLeave', name, { prune: false }]]);
  expect(peer.take()).toEqual([ok(1)]);

  const answer = Buffer.from(peer.ask(2, 'members').bytes()).toString('latin1');
  expect(answer).toContain('\xa4Name\xa4caf\xe9');
  expect(answer).toContain('\xa4caf\xe9\xa4caf\xe9');
});

test('a float is written as one, also where it is whole: Go has a type for each', () => {
  const serf = new FakeSerf();
  const answer = Buffer.from(new WirePeer(serf).greet().ask(1, 'get-coordinate', { Node: 'a' }).bytes());

  expect(answer.toString('latin1')).toContain('\xaaAdjustment\xcb\0\0\0\0\0\0\0\0');
});
