import type { Command } from './commands.ts';
import { bytes, isText, list, map, number, table, text, uint64 } from './fields.ts';
import type { WireMap, WireValue } from './reader.ts';
import { writeText } from './text.ts';
import type { RequestBodies, RequestBody } from './wire.ts';

/**
 * The body of a request, as a peer sent it: read as the agent's Go reads it, so an absent field is a zero value, nil is
 * one too, and a field of another type is a `ProtocolError`.
 */
export function readRequest<C extends Command>(command: C, body: WireValue | undefined): RequestBody<C> {
  const read: Partial<Record<Command, (body: WireValue | undefined) => unknown>> = BODIES;
  return read[command]?.(body) as RequestBody<C>;
}

const BODIES: {
  readonly [C in keyof RequestBodies]: (body: WireValue | undefined) => RequestBodies[C];
} = {
  handshake: (body) => ({ Version: number(request(body).Version, 'Version') }),
  auth: (body) => ({ AuthKey: text(request(body).AuthKey, 'AuthKey') }),
  event: (body) => {
    const wire = request(body);
    return { Name: text(wire.Name, 'Name'), Payload: payload(wire), Coalesce: wire.Coalesce === true };
  },
  respond: (body) => {
    const wire = request(body);
    return { ID: uint64(wire.ID, 'ID'), Payload: payload(wire) };
  },
  tags: (body) => {
    const wire = request(body);
    return {
      Tags: table(wire.Tags, 'Tags', isText),
      DeleteTags: list(wire.DeleteTags, 'DeleteTags').map(asText),
    };
  },
  stop: (body) => ({ Stop: uint64(request(body).Stop, 'Stop') }),
  'members-filtered': (body) => {
    const wire = request(body);
    return {
      Tags: table(wire.Tags, 'Tags', isText),
      Status: text(wire.Status, 'Status'),
      Name: text(wire.Name, 'Name'),
    };
  },
  'get-coordinate': (body) => ({ Node: text(request(body).Node, 'Node') }),
  stream: (body) => ({ Type: text(request(body).Type, 'Type') }),
  monitor: (body) => ({ LogLevel: text(request(body).LogLevel, 'LogLevel') }),
  query: (body) => {
    const wire = request(body);
    return {
      FilterNodes: list(wire.FilterNodes, 'FilterNodes').map(asText),
      FilterTags: table(wire.FilterTags, 'FilterTags', isText),
      RequestAck: wire.RequestAck === true,
      RelayFactor: number(wire.RelayFactor, 'RelayFactor'),
      Timeout: nanoseconds(wire),
      Name: text(wire.Name, 'Name'),
      Payload: payload(wire),
    };
  },
  join: (body) => {
    const wire = request(body);
    return { Existing: list(wire.Existing, 'Existing').map(asText), Replay: wire.Replay === true };
  },
  'force-leave': (body) => {
    const wire = request(body);
    return { Node: text(wire.Node, 'Node'), Prune: wire.Prune === true };
  },
  'install-key': key,
  'use-key': key,
  'remove-key': key,
};

function key(body: WireValue | undefined): { Key: string } {
  return { Key: text(request(body).Key, 'Key') };
}

/** A request's fields, without those that are nil. */
function request(body: WireValue | undefined): WireMap {
  const wire = map(body === null ? {} : body);
  for (const field in wire) if (wire[field] === null) delete wire[field];
  return wire;
}

/** Clients of old send payloads as text, and the agent takes them. */
function payload(wire: WireMap): Uint8Array {
  return isText(wire.Payload ?? null)
    ? writeText(text(wire.Payload, 'Payload'))
    : bytes(wire.Payload, 'Payload');
}

/** Beyond 2^53 ns, about 104 days, to the nearest that a number can say. */
function nanoseconds(wire: WireMap): number {
  return typeof wire.Timeout === 'bigint' ? Number(wire.Timeout) : number(wire.Timeout, 'Timeout');
}

function asText(value: WireValue): string {
  return text(value ?? undefined, 'item');
}
