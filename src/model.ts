import type { Observable } from 'rxjs';
import type { SerfError } from './errors.ts';

/**
 * A Lamport time (uint64), exact: a `number` up to 2^53 − 1, a `bigint` above. The two compare with `<` and `>`.
 */
export type LTime = number | bigint;

/**
 * A member's state as the agent sees it: these are all that Serf 0.9 has, and what a later one adds comes as it is.
 */
export type MemberStatus = 'none' | 'alive' | 'leaving' | 'left' | 'failed';

/** The versions of a protocol that a member understands, and the one it speaks. */
export interface VersionRange {
  readonly min: number;
  readonly max: number;
  readonly current: number;
}

/**
 * One member of the cluster.
 *
 * Names, tag keys and tag values come from any member of the cluster, so they can be any text at all. Bytes that
 * are not UTF-8 become lone surrogates U+DC80–U+DCFF, one a byte, and turn into the same bytes again when such a
 * text is sent.
 */
export interface Member {
  readonly name: string;
  /** `10.0.0.1`, or IPv6 in the form of RFC 5952; an IPv4-mapped address is unwrapped. Empty if unknown. */
  readonly address: string;
  /** The gossip port (not the RPC port). */
  readonly port: number;
  /** Any key is safe to look up, as the table inherits none; it prints, clones and converts as a plain object does. */
  readonly tags: Readonly<Record<string, string>>;
  readonly status: MemberStatus;
  /** The memberlist protocol. */
  readonly protocol: VersionRange;
  /** The Serf protocol on top of it. */
  readonly delegate: VersionRange;
}

/** The five kinds of member events, as on the wire. */
export type MemberEventType =
  | 'member-join'
  | 'member-leave'
  | 'member-failed'
  | 'member-update'
  | 'member-reap';

/**
 * What became of a payload. One that does not decode never ends a stream: `payload` is then `undefined`, the reason
 * is in `payloadError` and the bytes are in `rawPayload`. (That is why {@link Codec}s that can fail have `undefined`
 * in their type.)
 *
 * Bytes (`rawPayload`, and `payload` with the codec `binary`) are the application's: nobody writes to them later. Those of 65 to 1,024 bytes
 * are a part of an `ArrayBuffer` of 16 KiB that payloads of the same connection share. So a view of them is made with their `byteOffset`;
 * and `payload.slice()` is for who keeps few of many payloads (each keeps its 16 KiB), posts them to a worker (`structuredClone`
 * copies the whole buffer) or transfers them (the others would be gone, too).
 */
export interface DecodedPayload<P> {
  readonly payload: P;
  /** Why there is none: code `payload-undecodable`, the codec's error as `cause`; `payload-invalid` from `validatePayload`. */
  readonly payloadError?: SerfError;
  /** The bytes that could not be decoded. */
  readonly rawPayload?: Uint8Array;
}

/** A user event, fired by somebody's `event()`. */
export interface UserEvent<P = Uint8Array> extends DecodedPayload<P> {
  readonly event: 'user';
  readonly name: string;
  readonly ltime: LTime;
  /** Whether agents may replace it by a later event of the same name. */
  readonly coalesce: boolean;
}

/** A query, asked by somebody's `query()`, that waits for an answer. */
export interface QueryEvent<P = Uint8Array, S = P> extends DecodedPayload<P> {
  readonly event: 'query';
  /** Known to this connection only: prefer {@link QueryEvent.respond} to `serf.respond(id)`. */
  readonly id: number;
  readonly name: string;
  readonly ltime: LTime;
  /**
   * Answers the query on the connection it came from: each subscription sends the answer, emits `undefined` when
   * the agent has taken it, and completes. Errors with `already-answered`, `deadline-passed`, `unknown-query`,
   * `payload-too-large` ({@link AgentError}) or `connection-lost`.
   *
   * @throws `InvalidArgumentError` at the call when the codec cannot encode `payload`
   */
  respond(payload?: S): Observable<void>;
}

/** Something happened to one or more members. */
export interface MemberEvent<T extends MemberEventType = MemberEventType> {
  readonly event: T;
  readonly members: readonly Member[];
}

/** Everything a `stream` can emit, told apart by `event`. */
export type SerfEvent<P = Uint8Array, S = P> =
  | UserEvent<P>
  | QueryEvent<P, S>
  | { [T in MemberEventType]: MemberEvent<T> }[MemberEventType];

/** A node has received the query (only with `requestAck`). */
export interface QueryAck {
  readonly type: 'ack';
  /** The node's name. */
  readonly from: string;
}

/** A node has answered the query. */
export interface QueryResponse<P = Uint8Array> extends DecodedPayload<P> {
  readonly type: 'response';
  /** The node's name. */
  readonly from: string;
}

/** What a `query` emits, told apart by `type`. */
export type QueryReply<P = Uint8Array> = QueryAck | QueryResponse<P>;

/** A Vivaldi network coordinate; distances between two are round-trip times in seconds. */
export interface Coordinate {
  readonly vector: readonly number[];
  readonly error: number;
  readonly adjustment: number;
  readonly height: number;
}

/** A part of {@link Stats}: texts by key, as the agent writes them. */
export interface StatsSection {
  readonly [key: string]: string | undefined;
}

/** Section `runtime` of {@link Stats}: of the agent's process. */
export interface RuntimeStats extends StatsSection {
  /** Such as `linux`. */
  readonly os?: string;
  /** Such as `amd64`. */
  readonly arch?: string;
  /** Of Go, such as `go1.19.8`. */
  readonly version?: string;
  /** A number: how many processors Go uses at a time. */
  readonly max_procs?: string;
  /** A number. */
  readonly goroutines?: string;
  /** A number: how many processors there are. */
  readonly cpu_count?: string;
}

/** Section `serf` of {@link Stats}: numbers as texts, but for `encrypted`. */
export interface ClusterStats extends StatsSection {
  /** How many members the agent knows, those included that have failed or left. */
  readonly members?: string;
  readonly failed?: string;
  readonly left?: string;
  /** How badly the agent keeps up, from 0 (well); other nodes get more time where it is higher. */
  readonly health_score?: string;
  /** The Lamport time of members' joining and leaving. */
  readonly member_time?: string;
  /** The Lamport time of user events. */
  readonly event_time?: string;
  /** The Lamport time of queries. */
  readonly query_time?: string;
  /** How many messages wait to be gossiped: of members. */
  readonly intent_queue?: string;
  /** How many messages wait to be gossiped: of user events. */
  readonly event_queue?: string;
  /** How many messages wait to be gossiped: of queries. */
  readonly query_queue?: string;
  /** Whether gossip is encrypted. */
  readonly encrypted?: 'true' | 'false';
  /** How often the network coordinate had to be begun anew. */
  readonly coordinate_resets?: string;
}

/**
 * The agent's own figures, by section, as serf 0.8 to 0.10 have them. Which there are varies with its version, so each may be missing,
 * and there may be others. The shape is the agent's `serf info`.
 */
export interface Stats {
  readonly agent?: StatsSection & { readonly name?: string };
  readonly runtime?: RuntimeStats;
  readonly serf?: ClusterStats;
  /** The agent's own tags. */
  readonly tags?: Readonly<Record<string, string>>;
  /** Scripts by the filter of the events that they are run for. */
  readonly event_handlers?: Readonly<Record<string, string>>;
  readonly [section: string]: StatsSection | undefined;
}

/**
 * The state of the client's connection. `address` is `host:port`, never the auth key.
 *
 * - `idle`: nothing has asked for a connection yet (or the last one is gone and nobody needs another)
 * - `connecting`: an address is being tried
 * - `connected`: the agent has accepted the handshake and, where one was given, the auth key. Emitted with `silentSince` when it
 *   does not answer a ping (see `heartbeat`), and without it when it does again; where it does not, the connection is lost
 * - `waiting`: the connection failed; the next attempt is due at `retryAt`
 * - `closed`: for good
 */
export type ConnectionStatus =
  | { readonly state: 'idle'; readonly error?: SerfError }
  | { readonly state: 'connecting'; readonly address: string; readonly attempt: number }
  | {
      readonly state: 'connected';
      readonly address: string;
      /** When the agent was asked for a sign of life that has not come, as `retryAt` has it. */
      readonly silentSince?: number;
    }
  | {
      readonly state: 'waiting';
      readonly address: string;
      readonly attempt: number;
      /** When the next attempt is due, in ms since the epoch: a date, or virtual time by a virtual scheduler. */
      readonly retryAt: number;
      readonly error: SerfError;
    }
  | { readonly state: 'closed' };

/**
 * A place in a stream where events may be missing: the connection was lost, and is there again. Whatever happened
 * meanwhile was not delivered, and never will be.
 */
export interface StreamGap {
  readonly event: 'gap';
  readonly cause: 'reconnect';
  /** The agent that the stream goes on with, as `host:port`. */
  readonly address: string;
  /** How long there was no stream, in ms. */
  readonly away: number;
}

/**
 * Something was lost, told apart by `cause`:
 *
 * - `malformed`: a record that is not what its stream should carry was left out
 * - `reconnect`: the stream was without a connection for `away` ms, and nobody knows how much it missed
 * - `agent`: the agent dropped events because this client read too slowly (counted only with `accountForDrops`)
 */
export type DropReport =
  | {
      readonly cause: 'malformed';
      readonly count: number;
      /** The filter, log level or query name of the subscription concerned. */
      readonly subject: string;
      /** What was wrong with the record. */
      readonly error: SerfError;
    }
  | { readonly cause: 'reconnect'; readonly subject: string; readonly away: number }
  | { readonly cause: 'agent'; readonly count: number };

/**
 * What one recipient of a notifier's call answered.
 *
 * `error` is a `RemoteError` (the handler's), `RequestTimeoutError`, `ConnectionLostError` with an `outcome`, `NoRecipientError`
 * (its registration is gone), or a `SerfError` (`overflow`: too much waits for it; `payload-undecodable`).
 */
export type Answer<R = unknown> =
  | { readonly from: string; readonly value: R; readonly error?: undefined }
  | { readonly from: string; readonly error: SerfError; readonly value?: undefined };
