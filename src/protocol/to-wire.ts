import { parseIp } from '../ip.ts';
import type { KeyReport } from '../key-report.ts';
import type { Coordinate, Member, MemberEvent, QueryReply, UserEvent } from '../model.ts';
import { Double, type Writable } from './writer.ts';

// The model as an agent writes it, the reverse of `translate.ts`. Fields are in the agent's order (sorted by name), and
// what is empty is nil where it is nil there.

/** The body of `members` and of `members-filtered`. */
export function wireMembers(members: readonly Member[]): Writable {
  return { Members: members.map(wireMember) };
}

function wireMember({ name, address, port, tags, status, protocol, delegate }: Member): Writable {
  return {
    Addr: parseIp(address),
    DelegateCur: delegate.current,
    DelegateMax: delegate.max,
    DelegateMin: delegate.min,
    Name: name,
    Port: port,
    ProtocolCur: protocol.current,
    ProtocolMax: protocol.max,
    ProtocolMin: protocol.min,
    Status: status,
    Tags: tags,
  };
}

/** The body of `join`'s response. */
export function wireJoined(count: number): Writable {
  return { Num: count };
}

/** The body of the key commands. */
export function wireKeyReport({ keys, messages, errors, nodes, responses }: KeyReport): Writable {
  return { Keys: keys, Messages: messages, NumErr: errors, NumNodes: nodes, NumResp: responses };
}

/** The body of `get-coordinate`. */
export function wireCoordinate(coordinate: Coordinate | null): Writable {
  const { adjustment, error, height, vector } = coordinate ?? NOWHERE;
  return {
    Coord: {
      Adjustment: new Double(adjustment),
      Error: new Double(error),
      Height: new Double(height),
      Vec: orNil(vector.map((value) => new Double(value))),
    },
    Ok: coordinate !== null,
  };
}

const NOWHERE: Coordinate = { adjustment: 0, error: 0, height: 0, vector: [] };

/** A record of `stream`, of anything but a query: that has an id for each connection. */
export function wireEvent(event: UserEvent | MemberEvent): Writable {
  if (event.event !== 'user') return { Event: event.event, ...(wireMembers(event.members) as object) };
  return {
    Coalesce: event.coalesce,
    Event: event.event,
    LTime: event.ltime,
    Name: event.name,
    Payload: orNil(event.payload),
  };
}

/** A record of `query`. */
export function wireReply(reply: QueryReply): Writable {
  return {
    From: reply.from,
    Payload: reply.type === 'response' ? orNil(reply.payload) : null,
    Type: reply.type,
  };
}

/** The last record of `query`. */
export const WIRE_DONE: Writable = { From: '', Payload: null, Type: 'done' };

/** A record of `monitor`. */
export function wireLine(line: string): Writable {
  return { Log: line };
}

/** Go writes an empty list as nil. */
export function orNil<T extends { readonly length: number }>(list: T): T | null {
  return list.length === 0 ? null : list;
}
