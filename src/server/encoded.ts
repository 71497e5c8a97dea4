import type { QueryEvent, SerfEvent } from '../model.ts';
import { encodeBody } from '../protocol/frames.ts';
import { orNil, wireEvent, wireLine } from '../protocol/to-wire.ts';

// One event goes to a thousand peers, as the same object: it is encoded for the first of them. What they get are the
// same bytes, which nobody may write to.

const bodies = new WeakMap<SerfEvent, Uint8Array>();
const queries = new WeakMap<QueryEvent, EncodedQuery>();

/** An event as the body of a record. */
export function encodedEvent(event: Exclude<SerfEvent, QueryEvent>): Uint8Array {
  let body = bodies.get(event);
  if (!body) {
    body = encodeBody(wireEvent(event));
    bodies.set(event, body);
  }
  return body;
}

/** What is before and after the id: that is another one for each connection. */
interface EncodedQuery {
  readonly before: Uint8Array;
  readonly after: Uint8Array;
}

/** A query as the body of a record. */
export function encodedQuery(event: QueryEvent, id: number): Uint8Array {
  let encoded = queries.get(event);
  if (!encoded) {
    encoded = encodeQuery(event);
    queries.set(event, encoded);
  }
  const { before, after } = encoded;
  const number = encodeBody(id);
  const body = new Uint8Array(before.length + number.length + after.length);
  body.set(before);
  body.set(number, before.length);
  body.set(after, before.length + number.length);
  return body;
}

/** A map of five fields, in one byte. */
const MAP_OF_5 = 0x85;

function encodeQuery({ event, ltime, name, payload }: QueryEvent): EncodedQuery {
  const before = encodeBody({ Event: event, ID: 0 }).slice(0, -1);
  before[0] = MAP_OF_5;
  return { before, after: encodeBody({ LTime: ltime, Name: name, Payload: orNil(payload) }).slice(1) };
}

let lastLine: { readonly line: string; readonly body: Uint8Array } | undefined;

/** A log line as the body of a record. A line is no object that a table could know: the last one is remembered. */
export function encodedLine(line: string): Uint8Array {
  if (lastLine?.line !== line) lastLine = { line, body: encodeBody(wireLine(line)) };
  return lastLine.body;
}
