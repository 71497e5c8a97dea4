import type { Observable } from 'rxjs';
import { type Codec, decodeWith } from '../codec.ts';
import { formatIp } from '../ip.ts';
import type { KeyReport } from '../key-report.ts';
import type {
  Coordinate,
  DecodedPayload,
  Member,
  MemberEvent,
  MemberEventType,
  MemberStatus,
  QueryReply,
  SerfEvent,
  Stats,
  VersionRange,
} from '../model.ts';
import { SafeTable } from '../safe-table.ts';
import { bytes, isNumber, isText, list, ltime, map, number, table, text, unexpected } from './fields.ts';
import type { WireValue } from './wire.ts';

/** Sends the answer to a query that came as an event. */
export type Respond<P> = (id: number, payload?: P) => Observable<void>;

/** The body of `join`'s response. */
export function toJoined(body: WireValue | undefined): number {
  return number(map(body).Num, 'Num');
}

/** The body of `members` and of `members-filtered`. */
export function toMembers(body: WireValue | undefined): Member[] {
  return list(map(body).Members, 'Members').map(toMember);
}

function toMember(value: WireValue): Member {
  const wire = map(value);
  return {
    name: text(wire.Name, 'Name'),
    address: formatIp(bytes(wire.Addr, 'Addr')),
    port: number(wire.Port, 'Port'),
    tags: table(wire.Tags, 'Tags', isText),
    status: text(wire.Status, 'Status') as MemberStatus,
    protocol: protocolOf(
      number(wire.ProtocolMin, 'ProtocolMin'),
      number(wire.ProtocolMax, 'ProtocolMax'),
      number(wire.ProtocolCur, 'ProtocolCur'),
    ),
    delegate: delegateOf(
      number(wire.DelegateMin, 'DelegateMin'),
      number(wire.DelegateMax, 'DelegateMax'),
      number(wire.DelegateCur, 'DelegateCur'),
    ),
  };
}

const protocolOf = sharing();
const delegateOf = sharing();

/** Nearly all members of a cluster speak the same versions: they share what says so, which is why nobody may change it. */
function sharing(): (min: number, max: number, current: number) => VersionRange {
  let last: VersionRange = Object.freeze({ min: 0, max: 0, current: 0 });
  return (min, max, current) => {
    if (last.min !== min || last.max !== max || last.current !== current)
      last = Object.freeze({ min, max, current });
    return last;
  };
}

/** The body of the key commands; it comes with errors too. */
export function toKeyReport(body: WireValue | undefined): KeyReport {
  const wire = map(body);
  return {
    nodes: number(wire.NumNodes, 'NumNodes'),
    responses: number(wire.NumResp, 'NumResp'),
    errors: number(wire.NumErr, 'NumErr'),
    messages: table(wire.Messages, 'Messages', isText),
    keys: table(wire.Keys, 'Keys', isNumber),
  };
}

/** The body of `stats`: whatever sections there are, of texts. */
export function toStats(body: WireValue | undefined): Stats {
  const wire = map(body);
  const stats: Record<string, Readonly<Record<string, string>>> = new SafeTable();
  for (const section of Object.keys(wire)) stats[section] = table(wire[section], section, isText);
  return stats;
}

/** The body of `get-coordinate`. */
export function toCoordinate(body: WireValue | undefined): Coordinate | null {
  const wire = map(body);
  if (wire.Ok !== true) return null;
  const coord = map(wire.Coord);
  return {
    vector: list(coord.Vec, 'Vec').map((value) =>
      isNumber(value) ? value : unexpected('Vec', 'a list of numbers'),
    ),
    error: number(coord.Error, 'Error'),
    adjustment: number(coord.Adjustment, 'Adjustment'),
    height: number(coord.Height, 'Height'),
  };
}

/** A record of `stream`. */
export function toEvent<P>(body: WireValue | undefined, codec: Codec<P>, respond: Respond<P>): SerfEvent<P> {
  const wire = map(body);
  const event = text(wire.Event, 'Event');
  switch (event) {
    case 'user': {
      const decoded = decodeWith(codec, bytes(wire.Payload, 'Payload'));
      const { payload } = decoded;
      const coalesce = wire.Coalesce === true;
      return withPayload(
        { event, name: text(wire.Name, 'Name'), ltime: ltime(wire.LTime), coalesce, payload },
        decoded,
      );
    }
    case 'query': {
      const id = number(wire.ID, 'ID');
      const decoded = decodeWith(codec, bytes(wire.Payload, 'Payload'));
      const { payload } = decoded;
      const answer = (value?: P) => respond(id, value);
      return withPayload(
        { event, id, name: text(wire.Name, 'Name'), ltime: ltime(wire.LTime), payload, respond: answer },
        decoded,
      );
    }
    default:
      if (!event.startsWith('member-')) return unexpected('Event', 'a kind of event that is known');
      return {
        event: event as MemberEventType,
        members: list(wire.Members, 'Members').map(toMember),
      } as MemberEvent & SerfEvent<P>;
  }
}

/** A line of `monitor`. */
export function toLogLine(body: WireValue | undefined): string {
  return text(map(body).Log ?? null, 'Log');
}

/** What a record of `query` means: a reply, the end, or nothing. */
export type QueryRecord<P> = QueryReply<P> | 'done' | 'phantom';

/** A record of `query`. */
export function toQueryRecord<P>(body: WireValue | undefined, codec: Codec<P>): QueryRecord<P> {
  const wire = map(body);
  const type = text(wire.Type, 'Type');
  if (type === 'done') return 'done';
  const from = text(wire.From ?? null, 'From');
  // Around the deadline the agent sends records from nobody: it reads from channels that are closed by then.
  if (from === '') return 'phantom';
  if (type === 'ack') return { type, from };
  if (type === 'response') {
    const decoded = decodeWith(codec, bytes(wire.Payload, 'Payload'));
    return withPayload({ type: 'response' as const, from, payload: decoded.payload }, decoded);
  }
  return unexpected('Type', 'ack, response or done');
}

/** `target` with the payload that belongs to it; not by spreading, which takes as long as all the rest. */
function withPayload<P, T extends object>(
  target: T & { payload: P },
  decoded: DecodedPayload<P>,
): T & DecodedPayload<P> {
  return decoded.payloadError === undefined ? target : { ...target, ...decoded };
}
