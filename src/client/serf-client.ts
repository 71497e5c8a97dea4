// For projects whose `lib` has no AsyncDisposable: kept in the declarations.
/// <reference lib="esnext.disposable" preserve="true" />
import {
  AsyncSubject,
  concat,
  defer,
  lastValueFrom,
  map,
  type Observable,
  ReplaySubject,
  shareReplay,
  takeUntil,
} from 'rxjs';
import type { Address } from '../address.ts';
import {
  flagOf,
  joinedOf,
  keyOf,
  levelOf,
  membersCommand,
  nameOf,
  optionsOf,
  patternsOf,
  tagsOf,
} from '../arguments.ts';
import type { PayloadCodec } from '../codec.ts';
import { completeWhen, endOf } from '../complete-when.ts';
import { type CheckedFilter, type EventsOf, normalizeFilter } from '../filter.ts';
import type { KeyReport } from '../key-report.ts';
import { type MembershipFilter, membership } from '../membership.ts';
import type { ConnectionStatus, Coordinate, DropReport, Member, QueryReply, Stats } from '../model.ts';
import type { ClientOptions } from '../options.ts';
import { ownMember } from '../own-member.ts';
import { toCoordinate, toJoined, toKeyReport, toMembers, toStats } from '../protocol/translate.ts';
import type {
  EventOptions,
  GapsIf,
  LogLevel,
  MembersFilter,
  OwnCodec,
  QueryOptions,
  RequestOptions,
  RespondOptions,
  SelfOptions,
  Serf,
  StreamOptions,
  TagsChange,
} from '../serf.ts';
import { query, queryBody } from './calls/query.ts';
import { Streams } from './calls/streams.ts';
import { ClientContext, toNothing } from './client-context.ts';

/** Everything that a {@link SerfClient} offers: what code takes that a client and a fake can both be given to. */
export type SerfSurface<P = Uint8Array, S = P> = Serf<P, S> & Omit<SerfClient, keyof Serf>;

/**
 * A client of one Serf agent, or of several to fall back on; see {@link Serf} for the requests, and `connect` for how
 * to get one. The first subscription connects.
 */
export class SerfClient<P = Uint8Array> implements Serf<P>, AsyncDisposable {
  readonly #context: ClientContext;
  readonly #streams: Streams;
  readonly #hurry = new ReplaySubject<void>(1);
  #closing: Promise<void> | undefined;
  #stopped: Observable<never> | undefined;

  /** How payloads become values where a call brings no codec of its own. */
  readonly codec: PayloadCodec<P>;
  /** The state of the connection that streams and most requests use: the present one first, then each change. */
  readonly status$: Observable<ConnectionStatus>;
  /** Everything that was lost, as it is noticed. */
  readonly dropped$: Observable<DropReport>;

  /** @internal `connect` is the way to make one. */
  constructor(addresses: readonly Address[], options: ClientOptions<P>) {
    this.#context = new ClientContext(addresses, options as unknown as ClientOptions<unknown>);
    this.#streams = new Streams(this.#context);
    this.codec = options.codec;
    this.status$ = this.#context.connections.status$;
    this.dropped$ = this.#context.dropped.asObservable();
  }

  stream<
    const F extends string | readonly string[],
    T,
    const G extends boolean = false,
    D extends T | undefined = T | undefined,
  >(
    filter: CheckedFilter<F>,
    options: StreamOptions<D, G> & OwnCodec<D>,
  ): Observable<EventsOf<F, D> | GapsIf<G>>;
  stream<const F extends string | readonly string[], const G extends boolean = false>(
    filter: CheckedFilter<F>,
    options?: StreamOptions<P, G>,
  ): Observable<EventsOf<F, P> | GapsIf<G>>;
  stream<F extends string | readonly string[], T, G extends boolean>(
    filter: CheckedFilter<F>,
    options: StreamOptions<T, G> = {},
  ): Observable<EventsOf<F, T> | GapsIf<G>> {
    const events$ = this.#streams.stream(normalizeFilter(filter as F), options);
    return events$ as Observable<EventsOf<F, T> | GapsIf<G>>;
  }

  /**
   * The members of the cluster by name, kept up to date: a snapshot and the events after it, and another snapshot after
   * each reconnect and every `resync` ms.
   *
   * ```
   * membership()   ----m----------m--m----
   * ```
   *
   * Never completes by itself. Emits a map of its own when something has changed; what comes together makes one emission.
   *
   * @param filter patterns as for `members`, or a function
   */
  membership(filter?: MembershipFilter): Observable<ReadonlyMap<string, Member>> {
    const { resync, scheduler } = this.#context.options;
    return membership(this, { filter, resync, scheduler });
  }

  monitor(level: LogLevel = 'info', options: RequestOptions = {}): Observable<string> {
    return this.#streams.monitor(levelOf(level), options);
  }

  query<T, D extends T | undefined = T | undefined>(
    name: string,
    payload: NoInfer<D> | undefined,
    options: QueryOptions<D> & OwnCodec<D>,
  ): Observable<QueryReply<D>>;
  query(name: string, payload?: P, options?: QueryOptions<P>): Observable<QueryReply<P>>;
  query<T>(name: string, payload?: T, options: QueryOptions<T> = {}): Observable<QueryReply<T>> {
    const body = queryBody(this.#context, name, payload, options);
    const replies$ = query(this.#context, body, this.#context.codec(options.codec), options.onAccepted);
    const { FilterNodes, FilterTags } = body;
    const expected$ = defer(() => this.members({ status: 'alive', tags: anywhere(FilterTags) })).pipe(
      map((members) => members.map((member) => member.name)),
      map((names) => (FilterNodes.length === 0 ? names : names.filter((node) => FilterNodes.includes(node)))),
    );
    // Outside of it: a query that has all its answers is done.
    return this.#context.instrumented('query', body.Name, completeWhen(replies$, endOf(options), expected$));
  }

  respond<T, D extends T | undefined = T | undefined>(
    id: number,
    payload: NoInfer<D> | undefined,
    options: RespondOptions<D> & OwnCodec<D>,
  ): Observable<void>;
  respond(id: number, payload?: P, options?: RespondOptions<P>): Observable<void>;
  respond<T>(id: number, payload?: T, options: RespondOptions<T> = {}): Observable<void> {
    return this.#context.respond(this.#context.connections.lane('main'), id, payload, options);
  }

  event<T, D extends T | undefined = T | undefined>(
    name: string,
    payload: NoInfer<D> | undefined,
    options: EventOptions<D> & OwnCodec<D>,
  ): Observable<void>;
  event(name: string, payload?: P, options?: EventOptions<P>): Observable<void>;
  event<T>(name: string, payload?: T, options: EventOptions<T> = {}): Observable<void> {
    const { codec, coalesce } = optionsOf('event', options);
    return this.#context.request('event', options, toNothing, {
      Name: nameOf('event', 'the name', name),
      Payload: this.#context.payload('event', this.#context.codec(codec), payload),
      Coalesce: flagOf('event', 'coalesce', coalesce),
    });
  }

  members(filter: MembersFilter = {}, options: RequestOptions = {}): Observable<Member[]> {
    const patterns = patternsOf(filter);
    const command = membersCommand(patterns);
    if (command === 'members') return this.#context.request(command, options, toMembers, undefined);
    const { status, name, tags } = patterns;
    return this.#context.filteredMembers({ Status: status, Name: name, Tags: tags }, options);
  }

  self(options: SelfOptions = {}): Observable<Member> {
    const { resync, scheduler } = this.#context.options;
    return ownMember(this, options, { resync, scheduler });
  }

  tags(change: TagsChange, options: RequestOptions = {}): Observable<void> {
    const { set, delete: deleted } = tagsOf(change);
    return this.#context.request('tags', options, toNothing, { Tags: set, DeleteTags: deleted });
  }

  join(
    addresses: string | readonly string[],
    options: RequestOptions & { readonly replay?: boolean } = {},
  ): Observable<number> {
    const Replay = flagOf('join', 'replay', optionsOf('join', options).replay);
    return this.#context.request('join', options, toJoined, { Existing: joinedOf(addresses), Replay });
  }

  leave(options: RequestOptions = {}): Observable<void> {
    return this.#context.request('leave', options, toNothing, undefined);
  }

  forceLeave(node: string, options: RequestOptions & { readonly prune?: boolean } = {}): Observable<void> {
    const Prune = flagOf('force-leave', 'prune', optionsOf('force-leave', options).prune);
    return this.#context.request('force-leave', options, toNothing, {
      Node: nameOf('force-leave', 'the node', node),
      Prune,
    });
  }

  stats(options: RequestOptions = {}): Observable<Stats> {
    return this.#context.request('stats', options, toStats, undefined);
  }

  coordinate(node: string, options: RequestOptions = {}): Observable<Coordinate | null> {
    return this.#context.request('get-coordinate', options, toCoordinate, {
      Node: nameOf('get-coordinate', 'the node', node),
    });
  }

  installKey(key: string, options: RequestOptions = {}): Observable<KeyReport> {
    return this.#context.request('install-key', options, toKeyReport, { Key: keyOf('install-key', key) });
  }

  useKey(key: string, options: RequestOptions = {}): Observable<KeyReport> {
    return this.#context.request('use-key', options, toKeyReport, { Key: keyOf('use-key', key) });
  }

  removeKey(key: string, options: RequestOptions = {}): Observable<KeyReport> {
    return this.#context.request('remove-key', options, toKeyReport, { Key: keyOf('remove-key', key) });
  }

  listKeys(options: RequestOptions = {}): Observable<KeyReport> {
    return this.#context.request('list-keys', options, toKeyReport, undefined);
  }

  /**
   * Ends everything: streams and monitors complete, requests that wait for an answer get a `ClosedError`, or are waited
   * for with `drain`. Streams are stopped at the agent in a quiet moment (within a second), then the connections
   * close. Resolves when they have; never has the agent leave its cluster.
   *
   * @param options `drain`: whether requests under way may finish, each within its own timeout; new ones are refused at
   *   once. Default false: a close while it drains does not wait for them any longer
   */
  close({ drain = false }: { readonly drain?: boolean } = {}): Promise<void> {
    if (!drain) this.#hurry.next();
    if (!this.#closing) {
      // Set before anything ends: who is told of that may close the client, too.
      const ended = new AsyncSubject<void>();
      this.#closing = lastValueFrom<void, void>(ended, { defaultValue: undefined });
      (drain ? concat(this.#drain(), this.#close()) : this.#close()).subscribe(ended);
    }
    return this.#closing;
  }

  /**
   * Ends a wait between two attempts to connect: the next one follows at once. Without such a wait it does nothing. In a page
   * that happens by itself when the network is back (`online`) and when the page is shown again (`pageshow`).
   *
   * ```
   * attempt       -x          x---      the second one would have come later
   * status$       -(w: waiting)c---
   * reconnect()   ------------r
   * ```
   */
  reconnect(): void {
    this.#context.connections.reconnect();
  }

  /** `close({ drain: true })`. */
  drain(): Promise<void> {
    return this.close({ drain: true });
  }

  /** For `await using`: `close()`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #drain(): Observable<never> {
    return defer(() => {
      this.#context.connections.refuse();
      return concat(this.#stopStreams(), this.#context.deadlines.whenEmpty()).pipe(takeUntil(this.#hurry));
    });
  }

  /** Once, and on to its end, whoever stops waiting for it: a connection that closes under a busy stream may crash the agent. */
  #stopStreams(): Observable<never> {
    this.#stopped ??= this.#streams.close().pipe(shareReplay());
    return this.#stopped;
  }

  #close(): Observable<never> {
    return defer(() => {
      const { connections, deadlines, dropped } = this.#context;
      // First of all, so that whoever goes on to another request when its stream completes is refused.
      connections.refuse();
      const stopped$ = this.#stopStreams();
      connections.abandon();
      deadlines.close();
      dropped.complete();
      return concat(stopped$, connections.close());
    });
  }
}

/** The patterns of a query match anywhere in a tag, those of `members` are anchored by the agent. */
function anywhere(patterns: Readonly<Record<string, string>>): Record<string, string> {
  const entries = Object.entries(patterns).map(([tag, pattern]) => [tag, `(?s:.*)(?:${pattern})(?s:.*)`]);
  return Object.fromEntries(entries);
}
