import { readFileSync } from 'node:fs';
import { encode } from '@msgpack/msgpack';
import { concat, type HasBody } from './decoding.ts';
import { utf8 } from './values.ts';

/** What an agent sent in a session. */
export interface RecordedSession {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** For each Seq, header by header: whether a body follows. */
  readonly bodies: Readonly<Record<number, readonly boolean[]>>;
}

const fixture = (file: string) => readFileSync(new URL(`../fixtures/${file}`, import.meta.url));

/** A session with a real agent; fixtures/record.ts made it. */
export const recorded: RecordedSession = {
  name: 'recorded from a real agent',
  bytes: Uint8Array.from(fixture('transcript.bin')),
  bodies: JSON.parse(fixture('transcript.json').toString()).bodies,
};

/** What is rare with a real agent, all in one session. */
export const composed: RecordedSession = compose([
  [0, ''],
  // Refused with its body unread, so answered twice.
  [1, 'Authentication required'],
  [1, 'Authentication required'],
  [2, ''],
  [3, '', { Members: null }],
  [4, '', { Members: Array.from({ length: 12 }, (_, i) => member(i)) }],
  [5, ''],
  [6, ''],
  [5, '', { Event: 'user', LTime: 2n ** 63n, Name: 'deploy', Payload: new Uint8Array(300), Coalesce: true }],
  [6, '', { Type: 'ack', From: 'n1' }],
  [5, '', { Event: 'query', ID: 7, LTime: 3, Name: '', Payload: null }],
  [6, '', { Type: 'response', From: 'n1', Payload: Uint8Array.of(0xc1, 0x80, 0xdf) }],
  [6, '', { Type: 'ack', From: '', Payload: null }],
  [6, '', { Type: 'done', From: '', Payload: null }],
  [6, '', { Type: 'response', From: '', Payload: null }],
  // Late records of a stream that was stopped.
  [7, ''],
  [5, '', { Event: 'member-reap', Members: [member(1), member(2)] }],
  [5, '', { Event: 'user', LTime: 5, Name: 'x'.repeat(300), Payload: utf8('⚓'), Coalesce: false }],
  [8, 'Invalid event filter'],
  [9, 'no such host', { Num: 0 }],
  [10, '', { Coord: { Vec: null, Error: 0, Adjustment: 0, Height: 0 }, Ok: false }],
  [11, '1/1 nodes reported failure', { Messages: { n1: 'bad' }, Keys: null, NumNodes: 1, NumErr: 1 }],
  [12, '', {}],
  [13, ''],
]);

/** Answers `hasBody` from the list; `left` is how many headers nobody has asked about. */
export function answersOf({ bodies }: RecordedSession): { hasBody: HasBody; left: () => number } {
  const asked = new Map<number, number>();
  return {
    hasBody: (any) => {
      const seq = Number(any);
      const nth = asked.get(seq) ?? 0;
      asked.set(seq, nth + 1);
      const answer = bodies[seq]?.[nth];
      if (answer === undefined) throw new Error(`asked too often about ${seq}`);
      return answer;
    },
    left: () =>
      Object.entries(bodies).reduce(
        (left, [seq, answers]) => left + answers.length - (asked.get(Number(seq)) ?? 0),
        0,
      ),
  };
}

function compose(frames: readonly (readonly [seq: number, error: string, body?: object])[]): RecordedSession {
  const bodies: Record<number, boolean[]> = {};
  const parts: Uint8Array[] = [];
  for (const [seq, error, body] of frames) {
    parts.push(encode({ Error: error, Seq: seq }));
    if (body) parts.push(encode(body, { useBigInt64: true }));
    bodies[seq] = [...(bodies[seq] ?? []), body !== undefined];
  }
  return { name: 'composed of rare things', bytes: concat(...parts), bodies };
}

/** A member as the agent describes it, with as many tags as you like. */
export function member(i: number, tags = 1): Record<string, unknown> {
  return {
    Addr: Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, 10, 0, i >> 8, i & 0xff),
    DelegateCur: 5,
    DelegateMax: 5,
    DelegateMin: 2,
    Name: `node-${i}.example.internal`,
    Port: 7946,
    ProtocolCur: 2,
    ProtocolMax: 5,
    ProtocolMin: 1,
    Status: 'alive',
    Tags: Object.fromEntries(Array.from({ length: tags }, (_, t) => [`tag-${t}`, `value ${t} of ${i}`])),
  };
}

/** The reply to `members` of a cluster of `count`: header and body. */
export function membersReply(count: number, tags = 10): Uint8Array {
  const members = Array.from({ length: count }, (_, i) => member(i, tags));
  return concat(encode({ Error: '', Seq: 1 }), encode({ Members: members }));
}
