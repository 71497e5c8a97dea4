import type { Observable } from 'rxjs';
import type { Codec } from '../codec.ts';
import { ProtocolError, SerfError } from '../errors.ts';
import { formatIp } from '../ip.ts';
import type {
  Coordinate,
  DecodedPayload,
  KeyReport,
  Member,
  MemberEvent,
  MemberEventType,
  MemberStatus,
  QueryReply,
  SerfEvent,
  Stats,
} from '../model.ts';
import { SafeObject, type WireMap, type WireValue } from './reader.ts';

/** Sends the answer to a query that came as an event. */
export type Respond<P> = (id: number, payload?: P) => Observable<void>;

/** The body of `join`'s response. */
export function toJoined(body: WireValue | undefined): number {
  return int(map(body), 'Num');
}

/** The body of `members` and of `members-filtered`. */
export function toMembers(body: WireValue | undefined): Member[] {
  return list(map(body), 'Members').map(toMember);
}

function toMember(value: WireValue): Member {
  const wire = map(value);
  return {
    name: text(wire, 'Name'),
    address: formatIp(bytes(wire, 'Addr')),
    port: int(wire, 'Port'),
    tags: table(wire, 'Tags', isText),
    status: text(wire, 'Status') as MemberStatus,
    protocol: {
      min: int(wire, 'ProtocolMin'),
      max: int(wire, 'ProtocolMax'),
      current: int(wire, 'ProtocolCur'),
    },
    delegate: {
      min: int(wire, 'DelegateMin'),
      max: int(wire, 'DelegateMax'),
      current: int(wire, 'DelegateCur'),
    },
  };
}

/** The body of the key commands; it comes with errors too. */
export function toKeyReport(body: WireValue | undefined): KeyReport {
  const wire = map(body);
  return {
    nodes: int(wire, 'NumNodes'),
    responses: int(wire, 'NumResp'),
    errors: int(wire, 'NumErr'),
    messages: table(wire, 'Messages', isText),
    keys: table(wire, 'Keys', isInt),
  };
}

/** The body of `stats`: whatever sections there are, of texts. */
export function toStats(body: WireValue | undefined): Stats {
  const wire = map(body);
  const stats: Record<string, Readonly<Record<string, string>>> = new SafeObject();
  for (const section of Object.keys(wire)) stats[section] = table(wire, section, isText);
  return stats;
}

/** The body of `get-coordinate`. */
export function toCoordinate(body: WireValue | undefined): Coordinate | null {
  const wire = map(body);
  if (wire.Ok !== true) return null;
  const coord = map(wire.Coord);
  return {
    vector: list(coord, 'Vec').map((value) =>
      isInt(value) ? value : unexpected('Vec', 'a list of numbers'),
    ),
    error: int(coord, 'Error'),
    adjustment: int(coord, 'Adjustment'),
    height: int(coord, 'Height'),
  };
}

/** A record of `stream`. */
export function toEvent<P>(body: WireValue | undefined, codec: Codec<P>, respond: Respond<P>): SerfEvent<P> {
  const wire = map(body);
  const event = text(wire, 'Event');
  switch (event) {
    case 'user':
      return {
        event,
        name: text(wire, 'Name'),
        ltime: ltime(wire),
        coalesce: wire.Coalesce === true,
        ...decodePayload(codec, bytes(wire, 'Payload')),
      };
    case 'query': {
      const id = int(wire, 'ID');
      return {
        event,
        id,
        name: text(wire, 'Name'),
        ltime: ltime(wire),
        respond: (payload) => respond(id, payload),
        ...decodePayload(codec, bytes(wire, 'Payload')),
      };
    }
    default:
      if (!event.startsWith('member-')) return unexpected('Event', 'a kind of event that is known');
      return {
        event: event as MemberEventType,
        members: list(wire, 'Members').map(toMember),
      } as MemberEvent & SerfEvent<P>;
  }
}

/** A line of `monitor`. */
export function toLogLine(body: WireValue | undefined): string {
  return text(map(body), 'Log');
}

/** What a record of `query` means: a reply, the end, or nothing. */
export type QueryRecord<P> = QueryReply<P> | 'done' | 'phantom';

/** A record of `query`. */
export function toQueryRecord<P>(body: WireValue | undefined, codec: Codec<P>): QueryRecord<P> {
  const wire = map(body);
  const type = text(wire, 'Type');
  if (type === 'done') return 'done';
  const from = text(wire, 'From');
  // Around the deadline the agent sends records from nobody: it reads from channels that are closed by then.
  if (from === '') return 'phantom';
  if (type === 'ack') return { type, from };
  if (type === 'response') return { type, from, ...decodePayload(codec, bytes(wire, 'Payload')) };
  return unexpected('Type', 'ack, response or done');
}

function decodePayload<P>(codec: Codec<P>, payload: Uint8Array): DecodedPayload<P> {
  try {
    return { payload: codec.decode(payload) };
  } catch (cause) {
    return {
      payload: undefined as P,
      payloadError: new SerfError('payload-undecodable', 'the codec could not decode the payload', { cause }),
      rawPayload: payload.slice(),
    };
  }
}

// An absent field reads as Go's zero value, as Go's own client has it: the agent sends nil for empty tables, lists and
// payloads, and an older one lacks fields of a newer one. A field of another type is refused.

const NO_BYTES = new Uint8Array(0);

function isText(value: WireValue): value is string {
  return typeof value === 'string';
}

function isInt(value: WireValue): value is number {
  return typeof value === 'number';
}

function map(value: WireValue | undefined): WireMap {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    return unexpected('the body', 'a map');
  }
  return value;
}

function text(wire: WireMap, key: string): string {
  const value = wire[key];
  if (typeof value === 'string') return value;
  return value === undefined ? '' : unexpected(key, 'a text');
}

function int(wire: WireMap, key: string): number {
  const value = wire[key];
  if (typeof value === 'number') return value;
  return value === undefined ? 0 : unexpected(key, 'a number');
}

function ltime(wire: WireMap): number | bigint {
  const value = wire.LTime;
  return typeof value === 'bigint' ? value : int(wire, 'LTime');
}

function bytes(wire: WireMap, key: string): Uint8Array {
  const value = wire[key];
  if (value instanceof Uint8Array) return value;
  return value === undefined || value === null ? NO_BYTES : unexpected(key, 'bytes');
}

function list(wire: WireMap, key: string): WireValue[] {
  const value = wire[key];
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : unexpected(key, 'a list');
}

function table<T extends WireValue>(
  wire: WireMap,
  key: string,
  is: (value: WireValue) => value is T,
): Record<string, T> {
  const value = wire[key];
  if (value === undefined || value === null) return new SafeObject();
  const entries = map(value);
  for (const name in entries) if (!is(entries[name] as WireValue)) unexpected(key, 'a table of one type');
  return entries as Record<string, T>;
}

function unexpected(what: string, wanted: string): never {
  throw new ProtocolError('unexpected-shape', `${what} should be ${wanted}`);
}
