// For projects whose `lib` has no AsyncDisposable: kept in the declarations.
/// <reference lib="esnext.disposable" preserve="true" />
import { concat, defer, type MonoTypeOperatorFunction, map, NEVER, type Observable, tap } from 'rxjs';
import {
  callbackOf,
  flagOf,
  joinedOf,
  keyOf,
  levelOf,
  membersCommand,
  nameOf,
  optionsOf,
  patternsOf,
  payloadBytes,
  queryOf,
  tagsOf,
  timeoutOf,
} from '../../arguments.ts';
import type { SerfSurface } from '../../client/serf-client.ts';
import { type Codec, codecOr, requireCodec } from '../../codec.ts';
import { completeWhen, endOf } from '../../complete-when.ts';
import { type CheckedFilter, type EventsOf, normalizeFilter } from '../../filter.ts';
import type { KeyReport } from '../../key-report.ts';
import { type MembershipFilter, membership } from '../../membership.ts';
import type { ConnectionStatus, Coordinate, DropReport, Member, QueryReply, Stats } from '../../model.ts';
import { ownMember } from '../../own-member.ts';
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
  StreamOptions,
  TagsChange,
} from '../../serf.ts';
import type { FakeAgent } from './fake-agent.ts';
import { calling } from './fake-call.ts';
import { RequestCall } from './request-call.ts';
import { type FakeCommand, type FakeRequest, onlyGiven, request, wireName } from './requests.ts';
import { respondCall } from './respond-call.ts';
import { eventSelector, lineSelector, replyDecoder } from './selectors.ts';
import { StreamCall } from './stream-call.ts';

/** The side of a fake that the code under test sees: checks as a client does, asks the {@link FakeAgent}. */
export abstract class FakeSurface<P> implements SerfSurface<P> {
  /** How payloads become values where a call brings no codec of its own. */
  readonly codec: Codec<P>;
  /** The state of the connection: the current one first, then each change. */
  readonly status$: Observable<ConnectionStatus>;
  /** Reports every loss: gaps, and what the test reports. */
  readonly dropped$: Observable<DropReport>;
  /** @internal */
  protected readonly agent: FakeAgent;
  readonly #resync: number;

  /** @internal */
  constructor(agent: FakeAgent, codec: Codec<P>, resync: number) {
    this.agent = agent;
    this.codec = codec;
    this.status$ = agent.status$.asObservable();
    this.dropped$ = agent.dropped$.asObservable();
    this.#resync = resync;
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
    const spelled = normalizeFilter(filter as F);
    const { codec, gaps, onGap, timeout } = optionsOf('stream', options);
    callbackOf('stream', 'onGap', onGap);
    if (codec !== undefined) requireCodec(codec);
    const asked = request('stream', { filter: spelled, timeout });
    const selection = {
      select: eventSelector(this.agent, spelled, this.codec, codec),
      onGap,
      toValue: gaps ? (gap: unknown) => gap : undefined,
    };
    return calling<unknown>(
      this.agent,
      timeoutOf('stream', options),
      (subscriber) => new StreamCall(selection, this.agent, asked, subscriber),
    ) as Observable<EventsOf<F, T> | GapsIf<G>>;
  }

  monitor(level: LogLevel = 'info', options: RequestOptions = {}): Observable<string> {
    const least = levelOf(level);
    const wait = timeoutOf('monitor', options);
    const asked = request('monitor', { level: least, timeout: options.timeout });
    const selection = { select: lineSelector(least) };
    return calling(
      this.agent,
      wait,
      (subscriber) => new StreamCall<string>(selection, this.agent, asked, subscriber),
    );
  }

  /**
   * The members by name: as the test sets them (`reply('membership', …)`), else made of `stream` and `members` as a client
   * makes it.
   */
  membership(filter?: MembershipFilter): Observable<ReadonlyMap<string, Member>> {
    const { agent } = this;
    const made$ = membership(this, { filter, resync: this.#resync, scheduler: agent.scheduler });
    return defer(() => {
      const members$ = agent.replies.next('membership', { filter }) as
        | Observable<readonly Member[]>
        | undefined;
      if (!members$) return made$;
      const maps$ = members$.pipe(map((members) => new Map(members.map((member) => [member.name, member]))));
      return agent.untilClosed('membership()', concat(maps$, NEVER));
    });
  }

  query<T, D extends T | undefined = T | undefined>(
    name: string,
    payload: NoInfer<D> | undefined,
    options: QueryOptions<D> & OwnCodec<D>,
  ): Observable<QueryReply<D>>;
  query(name: string, payload?: P, options?: QueryOptions<P>): Observable<QueryReply<P>>;
  query<T>(name: string, payload?: T, options: QueryOptions<T> = {}): Observable<QueryReply<T>> {
    const { name: _, onAccepted, ...checked } = queryOf(name, options);
    const { codec } = options;
    payloadBytes('query', codecOr(codec, this.codec), payload, Number.POSITIVE_INFINITY);
    const asked = request('query', { name, payload, ...onlyGiven(checked, options) });
    const { filterNodes, filterTags } = asked;
    const expected$ = defer(() =>
      this.members({ status: 'alive', ...(filterTags && { tags: filterTags }) }),
    ).pipe(
      map((members) => members.map((member) => member.name)),
      map((names) => (filterNodes?.length ? names.filter((node) => filterNodes.includes(node)) : names)),
    );
    const replies$ = this.#request<QueryReply<P>>(asked, timeoutOf('query', {})).pipe(
      whenAccepted(onAccepted),
      map(replyDecoder(this.codec, codec)),
    );
    return completeWhen(replies$, endOf(options), expected$);
  }

  respond<T, D extends T | undefined = T | undefined>(
    id: number,
    payload: NoInfer<D> | undefined,
    options: RespondOptions<D> & OwnCodec<D>,
  ): Observable<void>;
  respond(id: number, payload?: P, options?: RespondOptions<P>): Observable<void>;
  respond<T>(id: number, payload?: T, options: RespondOptions<T> = {}): Observable<void> {
    const timeout = timeoutOf('respond', options);
    return respondCall(this.agent, { id, payload, codec: codecOr(options.codec, this.codec), timeout });
  }

  event<T, D extends T | undefined = T | undefined>(
    name: string,
    payload: NoInfer<D> | undefined,
    options: EventOptions<D> & OwnCodec<D>,
  ): Observable<void>;
  event(name: string, payload?: P, options?: EventOptions<P>): Observable<void>;
  event<T>(name: string, payload?: T, options: EventOptions<T> = {}): Observable<void> {
    const { codec, coalesce } = optionsOf('event', options);
    nameOf('event', 'the name', name);
    payloadBytes('event', codecOr(codec, this.codec), payload, Number.POSITIVE_INFINITY);
    flagOf('event', 'coalesce', coalesce);
    return this.#ask('event', { name, payload, coalesce }, options);
  }

  members(filter: MembersFilter = {}, options: RequestOptions = {}): Observable<Member[]> {
    const patterns = patternsOf(filter);
    const wait = timeoutOf(membersCommand(patterns), options);
    const asked = request('members', {
      status: patterns.status || undefined,
      name: patterns.name || undefined,
      tags: filter.tags && patterns.tags,
      timeout: options.timeout,
    });
    return this.#request<readonly Member[]>(asked, wait).pipe(map((members) => [...members]));
  }

  /** Made of `stats` and `members`, and of `stream` where it is live, as a client makes it. */
  self(options: SelfOptions = {}): Observable<Member> {
    return ownMember(this, options, { resync: this.#resync, scheduler: this.agent.scheduler });
  }

  tags(change: TagsChange, options: RequestOptions = {}): Observable<void> {
    const { set, delete: deleted } = tagsOf(change);
    return this.#ask('tags', { set: change.set && set, delete: change.delete && deleted }, options);
  }

  join(
    addresses: string | readonly string[],
    options: RequestOptions & { readonly replay?: boolean } = {},
  ): Observable<number> {
    const { replay } = optionsOf('join', options);
    flagOf('join', 'replay', replay);
    return this.#ask('join', { addresses: joinedOf(addresses), replay }, options);
  }

  leave(options: RequestOptions = {}): Observable<void> {
    return this.#ask('leave', {}, options);
  }

  forceLeave(node: string, options: RequestOptions & { readonly prune?: boolean } = {}): Observable<void> {
    const { prune } = optionsOf('force-leave', options);
    flagOf('force-leave', 'prune', prune);
    return this.#ask('forceLeave', { node: nameOf('force-leave', 'the node', node), prune }, options);
  }

  stats(options: RequestOptions = {}): Observable<Stats> {
    return this.#ask('stats', {}, options);
  }

  coordinate(node: string, options: RequestOptions = {}): Observable<Coordinate | null> {
    return this.#ask('coordinate', { node: nameOf('get-coordinate', 'the node', node) }, options);
  }

  installKey(key: string, options: RequestOptions = {}): Observable<KeyReport> {
    return this.#ask('installKey', { key: keyOf('install-key', key) }, options);
  }

  useKey(key: string, options: RequestOptions = {}): Observable<KeyReport> {
    return this.#ask('useKey', { key: keyOf('use-key', key) }, options);
  }

  removeKey(key: string, options: RequestOptions = {}): Observable<KeyReport> {
    return this.#ask('removeKey', { key: keyOf('remove-key', key) }, options);
  }

  listKeys(options: RequestOptions = {}): Observable<KeyReport> {
    return this.#ask('listKeys', {}, options);
  }

  /** There is a connection again, for who waits for one: the test says so, or the code under test asks for it. */
  reconnect(): void {
    this.agent.connect();
  }

  /**
   * Ends everything, as a client does: streams and monitors complete, requests that wait for an answer get a `ClosedError`,
   * or are waited for with `drain`.
   */
  close({ drain = false }: { readonly drain?: boolean } = {}): Promise<void> {
    return this.agent.close(drain);
  }

  /** `close({ drain: true })`. */
  drain(): Promise<void> {
    return this.close({ drain: true });
  }

  /** For `await using`: closes it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #ask<V>(command: FakeCommand, given: object, options: RequestOptions): Observable<V> {
    const wait = timeoutOf(wireName(command), options);
    return this.#request(request(command, { ...given, timeout: options.timeout }), wait);
  }

  #request<V>(asked: FakeRequest, timeout: number): Observable<V> {
    return calling(this.agent, timeout, (subscriber) => new RequestCall<V>(this.agent, asked, subscriber));
  }
}

/** Calls back when the agent has taken a query: at its first reply or its end, as a test's answer says it nowhere else. */
function whenAccepted<T>(onAccepted: (() => void) | undefined): MonoTypeOperatorFunction<T> {
  return (replies$) =>
    defer(() => {
      let waiting = onAccepted;
      const accept = () => {
        const callback = waiting;
        waiting = undefined;
        callback?.();
      };
      return replies$.pipe(tap({ next: accept, complete: accept }));
    });
}
