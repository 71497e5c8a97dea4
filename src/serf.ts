import type { Observable } from 'rxjs';
import type { Codec, PayloadCodec } from './codec.ts';
import type { CheckedFilter, EventsOf } from './filter.ts';
import type { KeyReport } from './key-report.ts';
import type { Coordinate, Member, QueryReply, Stats, StreamGap } from './model.ts';

/** What every request takes. */
export interface RequestOptions {
  /**
   * How long to wait for the agent's answer, in ms, from the subscription on, connecting included; then the request
   * ends with a `RequestTimeoutError`. Each command has its own default (docs/api.md).
   */
  readonly timeout?: number;
}

/** For calls that carry payloads. */
export interface PayloadOptions<T> {
  /** How this call's payloads are encoded and decoded, instead of the client's codec. */
  readonly codec?: Codec<T>;
}

/** A codec that a call brings: the type of its payloads comes from this, and from nowhere else. */
export interface OwnCodec<T> {
  /** How this call's payloads are encoded and decoded, instead of the client's codec. */
  readonly codec: Codec<T>;
}

/** Options of {@link Serf.stream}. */
export interface StreamOptions<T, G extends boolean = boolean> extends RequestOptions, PayloadOptions<T> {
  /** Whether a {@link StreamGap} is emitted, in its place, where events may be missing. @defaultValue false */
  readonly gaps?: G;
  /** Told where events may be missing; what it throws ends the stream. */
  readonly onGap?: (gap: StreamGap) => void;
}

/** {@link StreamGap} for a stream with `gaps: true`, else nothing. */
export type GapsIf<G extends boolean> = true extends G ? StreamGap : never;

/** Options of {@link Serf.self}. */
export interface SelfOptions extends RequestOptions {
  /** Whether it goes on, with another emission for each change. @defaultValue false: one, as {@link Serf.members} has it */
  readonly live?: boolean;
}

/** Options of {@link Serf.respond}. */
export interface RespondOptions<T> extends RequestOptions, PayloadOptions<T> {}

/** Options of {@link Serf.event}. */
export interface EventOptions<T> extends RequestOptions, PayloadOptions<T> {
  /** Whether agents may replace the event by a later one of the same name before handing it on. @defaultValue false */
  readonly coalesce?: boolean;
}

/**
 * When a query is over:
 *
 * - `'deadline'`: when the agent says so, at the query's deadline
 * - `'all'`: when every member that is alive and matches the filters has answered
 * - a number: after so many responses
 * - a function: after the reply for which it returns true; `responses` counts them, that one included
 *
 * The deadline ends it in any case. What comes later is swallowed; the agent itself cannot be told.
 */
export type CompleteWhen<T> = 'deadline' | 'all' | number | Enough<T>['enough'];

/** A method's type, not a function's: with it a `Serf<Uint8Array>` would be no `Serf<unknown>`. */
interface Enough<T> {
  enough(reply: QueryReply<T>, responses: number): boolean;
}

/** Options of {@link Serf.query}. */
export interface QueryOptions<T> extends PayloadOptions<T> {
  /** Only nodes with one of these names answer; a list of none is refused, as an agent would ask all. @defaultValue all */
  readonly filterNodes?: readonly string[];
  /** Only nodes whose tags match these patterns somewhere (RE2; unlike those of `members`, not anchored) answer. @defaultValue all */
  readonly filterTags?: Readonly<Record<string, string>>;
  /** Whether nodes say that they have received the query. @defaultValue false */
  readonly requestAck?: boolean;
  /** Over how many other nodes each answer is sent as well, 0 to 255. @defaultValue 0 */
  readonly relayFactor?: number;
  /**
   * How long nodes may answer, in ms; the agent ends the query then and not before. The default is the agent's: it
   * grows with the cluster's size, about 3 s on a small one.
   */
  readonly timeout?: number;
  /** When the Observable completes. @defaultValue 'deadline' */
  readonly completeWhen?: CompleteWhen<T>;
  /** Told when the agent has taken the query, before any reply; not when it refuses. What it throws ends the query. */
  readonly onAccepted?: () => void;
}

/** Which members {@link Serf.members} gives: RE2 patterns that the agent anchors (`^…$`, without a group). */
export interface MembersFilter {
  /** Such as `alive` or `(failed|left)`. */
  readonly status?: string;
  readonly name?: string;
  /** By tag; a member without the tag has an empty text there. */
  readonly tags?: Readonly<Record<string, string>>;
}

/** What {@link Serf.tags} changes. */
export interface TagsChange {
  readonly set?: Readonly<Record<string, string>>;
  readonly delete?: readonly string[];
}

/** Log levels of an agent, from the most to the least. */
export type LogLevel = 'trace' | 'debug' | 'info' | 'warn' | 'err';

/**
 * Everything a Serf agent can do, as Observables. Clients, embedded nodes and fakes are all this.
 *
 * Every Observable is cold: each subscription sends the request anew. One that gives a single answer emits exactly
 * one value (`undefined` for "ok") and completes; `stream`, `monitor` and `query` emit records, and unsubscribing
 * ends them. Misuse throws an `InvalidArgumentError` at the call; whatever happens later arrives through `error`:
 * `AgentError`, `AuthenticationError`, `ConnectError`, `ConnectionLostError`, `RequestTimeoutError`,
 * `ProtocolError`, `ClosedError`, all of them `SerfError`s with a stable `code`.
 *
 * `P` is the type of payloads, given by the codec. A call that brings a codec of its own (`options.codec`) has the type of
 * that one; there is no other way to say what payloads are. (`query<number>(…)` says what the call's codec has to be
 * of, and does not replace it.)
 *
 * `S` is what the codec takes of payloads that are sent; it is `P`, but in {@link AnySerf}.
 */
export interface Serf<out P = Uint8Array, in S = P> {
  /** How payloads become values where a call brings no codec of its own. */
  readonly codec: PayloadCodec<P, S>;

  /** A stream whose payloads have a codec of their own. */
  stream<
    const F extends string | readonly string[],
    T,
    const G extends boolean = false,
    D extends T | undefined = T | undefined,
  >(
    filter: CheckedFilter<F>,
    options: StreamOptions<D, G> & OwnCodec<D>,
  ): Observable<EventsOf<F, D> | GapsIf<G>>;
  /**
   * The cluster's events as this agent sees them, typed by the filter.
   *
   * ```
   * stream('user')      --a--b------c--
   * unsubscribe         ------------------!
   * ```
   *
   * Never completes by itself. An event whose payload does not decode comes with a `payloadError`. Subscribers with the same
   * filter and codec get the same object: to change it is to change it for all. The agent queues
   * 512 events for a connection and silently drops what is more.
   *
   * @param filter `'user:deploy'`, a list such as `'member-join,query:load'`, or an array of filters
   * @throws `InvalidArgumentError` (`invalid-filter`) at the call for a filter that can never match
   * @example
   * ```ts
   * import { filter } from 'rxjs';
   * import { connect, json } from 'rxserf';
   *
   * const client = connect('127.0.0.1:7373', { codec: json<{ version: string }>() });
   * client.stream('user:deploy')
   *   .pipe(filter((deploy) => deploy.payload?.version !== undefined))
   *   .subscribe((deploy) => console.log(deploy.payload?.version));
   * ```
   */
  stream<const F extends string | readonly string[], const G extends boolean = false>(
    filter: CheckedFilter<F>,
    options?: StreamOptions<P, G>,
  ): Observable<EventsOf<F, P, S> | GapsIf<G>>;

  /**
   * The agent's log lines at a level and above; starts with up to 512 old lines. Never completes by itself.
   *
   * @param level default `info`; every subscriber may have its own
   */
  monitor(level?: LogLevel, options?: RequestOptions): Observable<string>;

  /** A query whose payloads, its own and those of its replies, have a codec of their own. */
  query<T, D extends T | undefined = T | undefined>(
    name: string,
    payload: NoInfer<D> | undefined,
    options: QueryOptions<D> & OwnCodec<D>,
  ): Observable<QueryReply<D>>;
  /**
   * Asks the cluster a question, emits acks and responses as they come, and completes when the agent ends the query (at
   * its deadline, even if all nodes have answered) or when `completeWhen` says so.
   *
   * ```
   * query('load')       --A-R-R---A-R-----|
   * ```
   *
   * Errors with `payload-too-large` when the agent's limit (1,024 bytes by default, for all of the query) is passed, and with
   * `invalid-pattern` when one of `filterTags` is not RE2: agents would just not answer. (A client asks its agent, once for
   * each pattern that is more than a text with `.`, `*`, `+`, `?`; fakes know no RE2.)
   *
   * @example
   * ```ts
   * import { connect, utf8 } from 'rxserf';
   *
   * connect(undefined, { codec: utf8() })
   *   .query('load', undefined, { filterTags: { role: 'web' }, timeout: 5_000 })
   *   .subscribe((reply) => reply.type === 'response' && console.log(reply.from, reply.payload));
   * ```
   */
  query(name: string, payload?: S, options?: QueryOptions<P>): Observable<QueryReply<P>>;

  /** Answers with a codec of its own. */
  respond<T, D extends T | undefined = T | undefined>(
    id: number,
    payload: NoInfer<D> | undefined,
    options: RespondOptions<D> & OwnCodec<D>,
  ): Observable<void>;
  /**
   * Answers a query by its id. Ids belong to one connection, so this errors with `unknown-query` after a reconnect,
   * or worse answers another query: `QueryEvent.respond` knows its own connection; prefer it.
   */
  respond(id: number, payload?: S, options?: RespondOptions<P>): Observable<void>;

  /** An event whose payload has a codec of its own. */
  event<T, D extends T | undefined = T | undefined>(
    name: string,
    payload: NoInfer<D> | undefined,
    options: EventOptions<D> & OwnCodec<D>,
  ): Observable<void>;
  /**
   * Fires a user event into the cluster. Name and payload together have the agent's limit, 512 bytes by default
   * (`payload-too-large`).
   */
  event(name: string, payload?: S, options?: EventOptions<P>): Observable<void>;

  /**
   * The members the agent knows, or those that match.
   *
   * A pattern that is not RE2 ends this call only, with an `InvalidArgumentError` (`invalid-pattern`).
   */
  members(filter?: MembersFilter, options?: RequestOptions): Observable<Member[]>;

  /**
   * The agent itself, as one of its members: "who am I". `stats` and `members` in one, which leave in one write.
   *
   * ```
   * self()                 --m|
   * self({ live: true })   --m------m-----    its tags have changed
   * ```
   *
   * With `live` it follows the member as a client's `membership` follows all: by the events of members, with another look after each gap and
   * every minute (a client: every `resync` ms). It never completes by itself then, emits when the member is not what it was, and
   * changes over to another agent with its connection. Whose name cannot be had behind a gap is asked for it again then, and nothing is said
   * of any member meanwhile.
   *
   * Errors as these do, and with a `ProtocolError` (`unexpected-shape`) when the agent does not know itself.
   *
   * @param options `timeout` is for each of the requests
   * @example
   * ```ts
   * import { map } from 'rxjs';
   * import { connect } from 'rxserf';
   *
   * connect()
   *   .self({ live: true })
   *   .pipe(map(({ name, tags }) => `${name} is ${tags['role'] ?? 'anything'}`))
   *   .subscribe(console.log);
   * ```
   */
  self(options?: SelfOptions): Observable<Member>;

  /** Changes the tags of the agent itself. */
  tags(change: TagsChange, options?: RequestOptions): Observable<void>;

  /**
   * Has the agent join a cluster through any of these gossip addresses; emits how many of them it reached. Can take
   * long: the agent waits 10 s for an address that accepts and says nothing.
   *
   * @param options `replay`: whether old user events of that cluster are delivered too, default false
   */
  join(
    addresses: string | readonly string[],
    options?: RequestOptions & { readonly replay?: boolean },
  ): Observable<number>;

  /** Has the agent leave its cluster gracefully and shut down. A connection that ends meanwhile is a success. */
  leave(options?: RequestOptions): Observable<void>;

  /**
   * Has a failed member marked as left.
   *
   * @param options `prune`: whether to forget the member altogether, default false
   */
  forceLeave(node: string, options?: RequestOptions & { readonly prune?: boolean }): Observable<void>;

  /**
   * The agent's own figures, as texts.
   *
   * @example
   * ```ts
   * import { connect } from 'rxserf';
   *
   * connect().stats().subscribe(({ agent, serf, ...others }) => {
   *   console.log(agent?.name, Number(serf?.members), serf?.encrypted === 'true');
   *   console.log(others['of_a_later_version']?.['key']);
   * });
   * ```
   */
  stats(options?: RequestOptions): Observable<Stats>;

  /** A node's network coordinate, or `null` when the agent has none for that name. */
  coordinate(node: string, options?: RequestOptions): Observable<Coordinate | null>;

  /** Gives every node a further encryption key (base64 of 16, 24 or 32 bytes); `nodes-failed` when some fail. */
  installKey(key: string, options?: RequestOptions): Observable<KeyReport>;

  /** Makes an installed key the one to encrypt with, on every node; `nodes-failed` when some fail. */
  useKey(key: string, options?: RequestOptions): Observable<KeyReport>;

  /** Takes a key from every node; `nodes-failed` when some fail, as for the key in use. */
  removeKey(key: string, options?: RequestOptions): Observable<KeyReport>;

  /** The encryption keys in the cluster, with the number of nodes that have each; `nodes-failed` when some fail. */
  listKeys(options?: RequestOptions): Observable<KeyReport>;
}

/**
 * Any {@link Serf}, whatever its payloads: what a function takes that sends none, or sends them with a codec of its own. What comes is
 * `unknown`, and a payload that is sent without a codec is a type error: nobody knows what the Serf's own takes.
 *
 * @example
 * ```ts
 * import { type AnySerf, json } from 'rxserf';
 *
 * const deploy = (serf: AnySerf, version: string) => serf.event('deploy', { version }, { codec: json() });
 * ```
 */
export type AnySerf = Serf<unknown, never>;
