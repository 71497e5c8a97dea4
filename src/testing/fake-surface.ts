import { concat, defer, map, NEVER, type Observable } from 'rxjs';
import {
  callbackOf,
  countOf,
  flagOf,
  invalid,
  joinedOf,
  keyOf,
  levelOf,
  nameOf,
  nodesOf,
  optionsOf,
  payloadBytes,
  tableOf,
  textOf,
  textsOf,
} from '../arguments.ts';
import type { SerfClient } from '../client/serf-client.ts';
import type { Codec } from '../codec.ts';
import { completeWhen, endOf } from '../complete-when.ts';
import { type CheckedFilter, type EventsOf, normalizeFilter } from '../filter.ts';
import { type MembershipFilter, membership } from '../membership.ts';
import type {
  ConnectionStatus,
  Coordinate,
  DropReport,
  KeyReport,
  Member,
  QueryReply,
  Stats,
} from '../model.ts';
import { duration } from '../options.ts';
import { COMMANDS, type Command } from '../protocol/commands.ts';
import type {
  EventOptions,
  GapsIf,
  LogLevel,
  MembersFilter,
  QueryOptions,
  RequestOptions,
  RespondOptions,
  StreamOptions,
  TagsChange,
} from '../serf.ts';
import type { FakeAgent } from './fake-agent.ts';
import { answering } from './fake-answering.ts';
import { calling } from './fake-call.ts';
import { FakeListening } from './fake-listening.ts';
import { FakeQuestion } from './fake-question.ts';
import { eventsFor, linesFor, replyFor } from './heard.ts';
import { type FakeRequest, request, wireName } from './requests.ts';
import { whenAccepted } from './when-accepted.ts';

/** Everything that a `SerfClient` offers: what code takes that a client and a fake can both be given to. */
export type SerfSurface<P = Uint8Array> = Pick<SerfClient<P>, keyof SerfClient<P>>;

/** The side of a fake that the code under test sees: checks as a client does, asks the {@link FakeAgent}. */
export abstract class FakeSurface<P> implements SerfSurface<P> {
  /** How payloads become values where a call brings no codec of its own. */
  readonly codec: Codec<P>;
  /** The state of the connection: the present one first, then each change. */
  readonly status$: Observable<ConnectionStatus>;
  /** Everything that was lost: in gaps, and what the test says. */
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

  stream<const F extends string | readonly string[], T = P, const G extends boolean = false>(
    filter: CheckedFilter<F>,
    options: StreamOptions<T, G> = {},
  ): Observable<EventsOf<F, T> | GapsIf<G>> {
    const { codec, gaps, onGap, timeout } = optionsOf('stream', options);
    callbackOf('stream', 'onGap', onGap);
    const asked = request('stream', { filter: normalizeFilter(filter as F), timeout });
    const hearing = {
      read: eventsFor(this.agent, asked.filter, this.codec, codec),
      onGap,
      toValue: gaps ? (gap: unknown) => gap : undefined,
    };
    return calling<unknown>(
      this.agent,
      waitOf('stream', options),
      (subscriber) => new FakeListening(hearing, this.agent, asked, subscriber),
    ) as Observable<EventsOf<F, T> | GapsIf<G>>;
  }

  monitor(level: LogLevel = 'info', options: RequestOptions = {}): Observable<string> {
    const asked = request('monitor', { level: levelOf(level), timeout: options.timeout });
    const hearing = { read: linesFor(asked.level) };
    return calling(
      this.agent,
      waitOf('monitor', options),
      (subscriber) => new FakeListening<string>(hearing, this.agent, asked, subscriber),
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

  query<T = P>(name: string, payload?: NoInfer<T>, options: QueryOptions<T> = {}): Observable<QueryReply<T>> {
    const { filterNodes, filterTags, requestAck, relayFactor, timeout, onAccepted } = optionsOf(
      'query',
      options,
    );
    const codec = this.#codec(options.codec);
    payloadBytes('query', codec, payload, Number.POSITIVE_INFINITY);
    const asked = request('query', {
      name: nameOf('query', 'the name', name),
      payload,
      filterNodes: filterNodes && nodesOf(filterNodes),
      filterTags: filterTags && tableOf('query', 'filterTags', filterTags),
      requestAck: requestAck && flagOf('query', 'requestAck', requestAck),
      relayFactor: relayFactor && countOf('query', 'relayFactor', relayFactor, 255),
      timeout: timeout && duration('timeout', timeout),
    });
    const expected$ = defer(() =>
      this.members({ status: 'alive', ...(filterTags && { tags: filterTags }) }),
    ).pipe(
      map((members) => members.map((member) => member.name)),
      map((names) => (filterNodes?.length ? names.filter((node) => filterNodes.includes(node)) : names)),
    );
    const replies$ = this.#ask<QueryReply<P>>(asked).pipe(
      whenAccepted(callbackOf('query', 'onAccepted', onAccepted)),
      map(replyFor(this.codec, options.codec)),
    );
    return completeWhen(replies$, endOf(options), expected$);
  }

  respond<T = P>(id: number, payload?: NoInfer<T>, options: RespondOptions<T> = {}): Observable<void> {
    const codec = this.#codec(options.codec);
    return answering(this.agent, { id, payload, codec, timeout: waitOf('respond', options) });
  }

  event<T = P>(name: string, payload?: NoInfer<T>, options: EventOptions<T> = {}): Observable<void> {
    const { coalesce, timeout } = optionsOf('event', options);
    nameOf('event', 'the name', name);
    payloadBytes('event', this.#codec(options.codec), payload, Number.POSITIVE_INFINITY);
    flagOf('event', 'coalesce', coalesce);
    return this.#ask(request('event', { name, payload, coalesce, timeout }));
  }

  members(filter: MembersFilter = {}, options: RequestOptions = {}): Observable<Member[]> {
    const { status, name, tags } = optionsOf('members-filtered', filter, 'the filter');
    const asked = request('members', {
      status: textOf('members-filtered', 'status', status ?? '') || undefined,
      name: textOf('members-filtered', 'name', name ?? '') || undefined,
      tags: tags && tableOf('members-filtered', 'tags', tags),
      timeout: options.timeout,
    });
    return this.#ask<readonly Member[]>(asked).pipe(map((members) => [...members]));
  }

  tags(change: TagsChange, options: RequestOptions = {}): Observable<void> {
    const set = tableOf('tags', 'set', optionsOf('tags', change, 'the change').set);
    const gone = textsOf('tags', 'delete', change.delete);
    if (gone.length === 0 && Object.keys(set).length === 0) throw invalid('tags', 'nothing to set or delete');
    const { timeout } = options;
    return this.#ask(request('tags', { set: change.set && set, delete: change.delete && gone, timeout }));
  }

  join(
    addresses: string | readonly string[],
    options: RequestOptions & { readonly replay?: boolean } = {},
  ): Observable<number> {
    const { replay, timeout } = optionsOf('join', options);
    flagOf('join', 'replay', replay);
    return this.#ask(request('join', { addresses: joinedOf(addresses), replay, timeout }));
  }

  leave({ timeout }: RequestOptions = {}): Observable<void> {
    return this.#ask(request('leave', { timeout }));
  }

  forceLeave(
    node: string,
    { prune, timeout }: RequestOptions & { readonly prune?: boolean } = {},
  ): Observable<void> {
    nameOf('force-leave', 'the node', node);
    flagOf('force-leave', 'prune', prune);
    return this.#ask(request('forceLeave', { node, prune, timeout }));
  }

  stats({ timeout }: RequestOptions = {}): Observable<Stats> {
    return this.#ask(request('stats', { timeout }));
  }

  coordinate(node: string, { timeout }: RequestOptions = {}): Observable<Coordinate | null> {
    nameOf('get-coordinate', 'the node', node);
    return this.#ask(request('coordinate', { node, timeout }));
  }

  installKey(key: string, { timeout }: RequestOptions = {}): Observable<KeyReport> {
    return this.#ask(request('installKey', { key: keyOf('install-key', key), timeout }));
  }

  useKey(key: string, { timeout }: RequestOptions = {}): Observable<KeyReport> {
    return this.#ask(request('useKey', { key: keyOf('use-key', key), timeout }));
  }

  removeKey(key: string, { timeout }: RequestOptions = {}): Observable<KeyReport> {
    return this.#ask(request('removeKey', { key: keyOf('remove-key', key), timeout }));
  }

  listKeys({ timeout }: RequestOptions = {}): Observable<KeyReport> {
    return this.#ask(request('listKeys', { timeout }));
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

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #ask<V>(asked: FakeRequest): Observable<V> {
    // A query's timeout is how long nodes may answer.
    const options = 'timeout' in asked && asked.command !== 'query' ? asked : {};
    return calling(
      this.agent,
      waitOf(wireName(asked.command), options),
      (subscriber) => new FakeQuestion<V>(this.agent, asked, subscriber),
    );
  }

  /** The call's own codec or the fake's: where a call brings none, its T is the fake's P. */
  #codec<T>(codec: Codec<T> | undefined): Codec<T> {
    return codec ?? (this.codec as unknown as Codec<T>);
  }
}

/** How long to wait, in ms, where a client would. */
function waitOf(command: Command, { timeout }: { readonly timeout?: number | undefined }): number {
  return timeout === undefined ? COMMANDS[command].timeout : duration('timeout', timeout);
}
