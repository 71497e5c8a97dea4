import type { Command } from './commands.ts';
import { bytes, integer, isText, list, map, table, text, uint64 } from './fields.ts';
import { writeText } from './text.ts';
import type { RequestBodies, RequestBody, WireMap, WireValue } from './wire.ts';

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
  handshake: (body) => ({ Version: integer(request(body).Version, 'Version', -(2 ** 31), 2 ** 31 - 1) }),
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
      Tags: texts(wire.Tags, 'Tags'),
      DeleteTags: list(wire.DeleteTags, 'DeleteTags').map(asText),
    };
  },
  stop: (body) => ({ Stop: uint64(request(body).Stop, 'Stop') }),
  'members-filtered': (body) => {
    const wire = request(body);
    return {
      Tags: texts(wire.Tags, 'Tags'),
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
      FilterTags: texts(wire.FilterTags, 'FilterTags'),
      RequestAck: wire.RequestAck === true,
      RelayFactor: integer(wire.RelayFactor, 'RelayFactor', 0, 255),
      Timeout: integer(wire.Timeout, 'Timeout', -(2 ** 63), 2 ** 64),
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

/** A table of texts, in which nil is an empty one. */
function texts(value: WireValue | undefined, what: string): Record<string, string> {
  const entries = table(value, what, isTextOrNil);
  for (const key in entries) entries[key] ??= '';
  return entries as Record<string, string>;
}

function isTextOrNil(value: WireValue): value is string | null {
  return value === null || isText(value);
}

function asText(value: WireValue): string {
  return text(value ?? undefined, 'item');
}
