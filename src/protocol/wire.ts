import type { Command } from './commands.ts';

/** A value as it came from the wire. */
export type WireValue = null | boolean | number | bigint | string | Uint8Array | WireValue[] | WireMap;

/** A map from the wire: no prototype behind it, so that any key a member sets is just a key, `__proto__` too. */
export interface WireMap {
  [key: string]: WireValue;
}

/** What Go's side calls a request or a query by: a bigint beyond 2^53. It is looked up and written back, never counted with. */
export type Uint64 = number | bigint;

/** The body of each request, as the agent spells it. Commands that are missing here have none. */
export interface RequestBodies {
  handshake: { Version: number };
  auth: { AuthKey: string };
  event: { Name: string; Payload: Uint8Array; Coalesce: boolean };
  respond: { ID: Uint64; Payload: Uint8Array };
  tags: { Tags: Readonly<Record<string, string>>; DeleteTags: readonly string[] };
  stop: { Stop: Uint64 };
  'members-filtered': { Tags: Readonly<Record<string, string>>; Status: string; Name: string };
  'get-coordinate': { Node: string };
  stream: { Type: string };
  monitor: { LogLevel: string };
  query: {
    FilterNodes: readonly string[];
    FilterTags: Readonly<Record<string, string>>;
    RequestAck: boolean;
    RelayFactor: number;
    /** Nanoseconds; an integer, whatever its size: the agent refuses a float. */
    Timeout: number;
    Name: string;
    Payload: Uint8Array;
  };
  join: { Existing: readonly string[]; Replay: boolean };
  'force-leave': { Node: string; Prune: boolean };
  'install-key': { Key: string };
  'use-key': { Key: string };
  'remove-key': { Key: string };
}

/** The request body of `C`: `undefined` for a command without one. */
export type RequestBody<C extends Command> = C extends keyof RequestBodies ? RequestBodies[C] : undefined;
