import type { Member, QueryEvent, SerfEvent } from '../../model.ts';
import { encodeBody } from '../../protocol/frames.ts';
import { orNil, wireEvent, wireLine, wireMembers } from '../../protocol/to-wire.ts';
import type { Writable } from '../../protocol/writer.ts';

// One record goes to a thousand peers, in a row: it is encoded for the first of them. What they get are the same bytes,
// which nobody may write to.

/** An event as the body of a record. */
export const encodedEvent = remembering((event: Exclude<SerfEvent, QueryEvent>) =>
  encodeBody(wireEvent(event)),
);

/** A log line as the body of a record. */
export const encodedLine = remembering((line: string) => encodeBody(wireLine(line)));

/** A query as the body of a record. */
export function encodedQuery(event: QueryEvent, id: number): Uint8Array {
  const { before, after } = aroundId(event);
  const number = encodeBody(id);
  const body = new Uint8Array(before.length + number.length + after.length);
  body.set(before);
  body.set(number, before.length);
  body.set(after, before.length + number.length);
  return body;
}

/** A response's body that is encoded already. */
export class EncodedBody {
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}

/** Frozen lists of members are many peers' (`sharedReads`): their bytes are kept for as long as somebody has the list. */
const encodedLists = new WeakMap<readonly Member[], EncodedBody>();

/** The members as the body of a response, encoded once for all who get the same frozen list. */
export function membersBody(members: readonly Member[]): Writable | EncodedBody {
  if (!Object.isFrozen(members)) return wireMembers(members);
  let body = encodedLists.get(members);
  if (!body) {
    body = new EncodedBody(encodeBody(wireMembers(members)));
    encodedLists.set(members, body);
  }
  return body;
}

/** A map of five fields, in one byte. */
const MAP_OF_5 = 0x85;

/** What is before and after a query's id: that is another one for each connection. */
const aroundId = remembering(({ event, ltime, name, payload }: QueryEvent) => {
  const before = encodeBody({ Event: event, ID: 0 }).slice(0, -1);
  before[0] = MAP_OF_5;
  return { before, after: encodeBody({ LTime: ltime, Name: name, Payload: orNil(payload) }).slice(1) };
});

/** What `encode` makes of a value, made once where the same is asked for many times in a row. */
function remembering<T, E>(encode: (value: T) => E): (value: T) => E {
  let last: { readonly value: T; readonly encoded: E } | undefined;
  return (value) => {
    if (last?.value !== value) last = { value, encoded: encode(value) };
    return last.encoded;
  };
}
