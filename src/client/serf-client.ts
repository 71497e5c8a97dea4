import { concat, lastValueFrom, merge, Observable, Subject } from 'rxjs';
import type { Address } from '../address.ts';
import type { Codec } from '../codec.ts';
import type { SerfError } from '../errors.ts';
import { type CheckedFilter, type EventsOf, normalizeFilter } from '../filter.ts';
import type {
  ConnectionStatus,
  Coordinate,
  DropReport,
  KeyReport,
  Member,
  QueryReply,
  SerfEvent,
  Stats,
} from '../model.ts';
import { type ClientOptions, duration } from '../options.ts';
import { COMMANDS, type Command } from '../protocol/commands.ts';
import type { WireValue } from '../protocol/reader.ts';
import {
  toCoordinate,
  toEvent,
  toJoined,
  toKeyReport,
  toLogLine,
  toMembers,
  toStats,
} from '../protocol/translate.ts';
import type { RequestBody } from '../protocol/wire.ts';
import type {
  EventOptions,
  LogLevel,
  MembersFilter,
  QueryOptions,
  RequestOptions,
  RespondOptions,
  Serf,
  StreamOptions,
  TagsChange,
} from '../serf.ts';
import { countOf, invalid, keyOf, nameOf, payloadBytes, tableOf, textOf, textsOf } from './arguments.ts';
import { ask } from './ask.ts';
import type { Caller } from './call.ts';
import { Connections } from './connections.ts';
import { Deadlines } from './deadlines.ts';
import { Dialer } from './dialer.ts';
import { membersByPattern } from './members-by-pattern.ts';
import { Querying } from './querying.ts';
import type { SharedCommand } from './shared-call.ts';
import { SharedCalls } from './shared-calls.ts';

/** How long a query without a timeout of its own may take, in ms: far beyond the agent's default on any cluster. */
const LONGEST_DEFAULT_QUERY = 120_000;
/** What the agent has, in ms, to say `done` after a query's deadline. */
const QUERY_MARGIN = 10_000;
/** As many old lines as an agent gives to a new monitor. */
const MONITOR_REPLAY = 512;

/**
 * A client of one Serf agent, or of several to fall back on; see {@link Serf} for the requests, and `connect` for how
 * to get one. The first subscription connects.
 */
export class SerfClient<P = Uint8Array> implements Serf<P>, AsyncDisposable {
  readonly #options: ClientOptions<P>;
  readonly #connections: Connections;
  readonly #deadlines: Deadlines;
  readonly #streams = new SharedCalls<Codec<unknown>, SerfEvent<unknown>>('stream');
  readonly #monitors = new SharedCalls<undefined, string>('monitor');
  readonly #dropped = new Subject<DropReport>();
  #closing: Promise<void> | undefined;

  /** The state of the connection that streams and most requests use: the present one first, then each change. */
  readonly status$: Observable<ConnectionStatus>;
  /** Everything that was lost, as it is noticed. */
  readonly dropped$: Observable<DropReport> = this.#dropped.asObservable();

  /** @internal `connect` is the way to make one. */
  constructor(addresses: readonly Address[], options: ClientOptions<P>) {
    const { authKey, scheduler, idleTimeout } = options;
    this.#options = options;
    this.#deadlines = new Deadlines(scheduler);
    this.#connections = new Connections({
      dialer: new Dialer(addresses, authKey, options),
      scheduler,
      idleTimeout,
    });
    this.status$ = this.#connections.status$;
  }

  stream<const F extends string | readonly string[], T = P>(
    filter: CheckedFilter<F>,
    options: StreamOptions<T> = {},
  ): Observable<EventsOf<F, T>> {
    const key = normalizeFilter(filter as F);
    const shared = this.#shared('stream', key, options);
    const events = this.#streams.subscribe(key, this.#codec(options.codec) as Codec<unknown>, () => ({
      ...shared,
      body: { Type: key },
      caller: this.#connections.lane('main'),
      replay: 0,
      read: (body, codec, session) =>
        toEvent(body, codec, (id, payload) => this.#respond(session, id, payload, { codec })),
    }));
    return events as Observable<EventsOf<F, T>>;
  }

  monitor(level: LogLevel = 'info', options: RequestOptions = {}): Observable<string> {
    const shared = this.#shared('monitor', textOf('monitor', 'level', level), options);
    return this.#monitors.subscribe(level, undefined, () => ({
      ...shared,
      body: { LogLevel: level },
      // An agent has one monitor for a connection, so each further level has a connection of its own. (To change the
      // level of one would be to lose the lines between its end and the next one's beginning.)
      caller: this.#connections.lane(this.#monitors.size === 0 ? 'main' : level),
      replay: MONITOR_REPLAY,
      read: toLogLine,
    }));
  }

  query<T = P>(name: string, payload?: NoInfer<T>, options: QueryOptions<T> = {}): Observable<QueryReply<T>> {
    const codec = this.#codec(options.codec);
    const limit = options.timeout === undefined ? undefined : duration('timeout', options.timeout);
    const body: RequestBody<'query'> = {
      Name: nameOf('query', 'the name', name),
      Payload: payloadBytes('query', codec, payload, this.#options.payloadLimit),
      FilterNodes: textsOf('query', 'filterNodes', options.filterNodes),
      FilterTags: tableOf('query', 'filterTags', options.filterTags),
      RequestAck: options.requestAck ?? false,
      RelayFactor: countOf('query', 'relayFactor', options.relayFactor ?? 0, 255),
      Timeout: Math.round((limit ?? 0) * 1_000_000),
    };
    return new Observable((subscriber) => {
      const link = this.#connections.lane('main');
      const querying = new Querying(body, {
        codec,
        subscriber,
        deadlines: this.#deadlines,
        timeout: this.#timeout('query', {}),
        duration: (limit ?? LONGEST_DEFAULT_QUERY) + QUERY_MARGIN,
        onMalformed: (error) => this.#malformed(name, error),
      });
      link.call(querying);
      return () => {
        this.#deadlines.delete(querying);
        link.cancel(querying);
      };
    });
  }

  respond<T = P>(id: number, payload?: NoInfer<T>, options: RespondOptions<T> = {}): Observable<void> {
    return this.#respond(this.#connections.lane('main'), id, payload, options);
  }

  event<T = P>(name: string, payload?: NoInfer<T>, options: EventOptions<T> = {}): Observable<void> {
    return this.#ask('event', options, toNothing, {
      Name: nameOf('event', 'the name', name),
      Payload: payloadBytes('event', this.#codec(options.codec), payload, this.#options.payloadLimit),
      Coalesce: options.coalesce ?? false,
    });
  }

  members(filter: MembersFilter = {}, options: RequestOptions = {}): Observable<Member[]> {
    const body = {
      Status: textOf('members-filtered', 'status', filter.status ?? ''),
      Name: textOf('members-filtered', 'name', filter.name ?? ''),
      Tags: tableOf('members-filtered', 'tags', filter.tags),
    };
    if (body.Status === '' && body.Name === '' && Object.keys(body.Tags).length === 0) {
      return this.#ask('members', options, toMembers, undefined);
    }
    return membersByPattern(body, {
      caller: this.#connections.lane('pattern'),
      another: () => this.#connections.spare(),
      deadlines: this.#deadlines,
      timeout: this.#timeout('members-filtered', options),
    });
  }

  tags(change: TagsChange, options: RequestOptions = {}): Observable<void> {
    const body = {
      Tags: tableOf('tags', 'set', change.set),
      DeleteTags: textsOf('tags', 'delete', change.delete),
    };
    if (body.DeleteTags.length === 0 && Object.keys(body.Tags).length === 0)
      throw invalid('tags', 'nothing to set or delete');
    return this.#ask('tags', options, toNothing, body);
  }

  join(
    addresses: string | readonly string[],
    options: RequestOptions & { readonly replay?: boolean } = {},
  ): Observable<number> {
    const list = textsOf('join', 'addresses', typeof addresses === 'string' ? [addresses] : addresses);
    if (list.length === 0) throw invalid('join', 'no address to join');
    return this.#ask('join', options, toJoined, { Existing: list, Replay: options.replay ?? false });
  }

  leave(options: RequestOptions = {}): Observable<void> {
    return this.#ask('leave', options, toNothing, undefined);
  }

  forceLeave(node: string, options: RequestOptions & { readonly prune?: boolean } = {}): Observable<void> {
    const body = { Node: nameOf('force-leave', 'the node', node), Prune: options.prune ?? false };
    return this.#ask('force-leave', options, toNothing, body);
  }

  stats(options: RequestOptions = {}): Observable<Stats> {
    return this.#ask('stats', options, toStats, undefined);
  }

  coordinate(node: string, options: RequestOptions = {}): Observable<Coordinate | null> {
    return this.#ask('get-coordinate', options, toCoordinate, {
      Node: nameOf('get-coordinate', 'the node', node),
    });
  }

  installKey(key: string, options: RequestOptions = {}): Observable<KeyReport> {
    return this.#ask('install-key', options, toKeyReport, { Key: keyOf('install-key', key) });
  }

  useKey(key: string, options: RequestOptions = {}): Observable<KeyReport> {
    return this.#ask('use-key', options, toKeyReport, { Key: keyOf('use-key', key) });
  }

  removeKey(key: string, options: RequestOptions = {}): Observable<KeyReport> {
    return this.#ask('remove-key', options, toKeyReport, { Key: keyOf('remove-key', key) });
  }

  listKeys(options: RequestOptions = {}): Observable<KeyReport> {
    return this.#ask('list-keys', options, toKeyReport, undefined);
  }

  /**
   * Ends everything: what is under way gets a `ClosedError`, streams are stopped in a quiet moment (within a second),
   * then the connections close. Resolves when they have; never has the agent leave its cluster.
   */
  close(): Promise<void> {
    this.#closing ??= lastValueFrom<void, void>(this.#close(), { defaultValue: undefined });
    return this.#closing;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #close(): Observable<never> {
    const quiet = merge(this.#streams.close(), this.#monitors.close());
    this.#connections.abandon();
    this.#deadlines.close();
    this.#dropped.complete();
    return concat(quiet, this.#connections.close());
  }

  #ask<C extends Command, T>(
    command: C,
    options: RequestOptions,
    toValue: (body: WireValue | undefined) => T,
    body: RequestBody<C>,
    caller: Caller = this.#connections.lane(COMMANDS[command].lane),
  ): Observable<T> {
    return ask(caller, this.#deadlines, { command, body, timeout: this.#timeout(command, options), toValue });
  }

  #respond<T>(
    caller: Caller,
    id: number,
    payload: T | undefined,
    options: RespondOptions<T>,
  ): Observable<void> {
    const body = {
      ID: countOf('respond', 'the id', id, Number.MAX_SAFE_INTEGER),
      Payload: payloadBytes('respond', this.#codec(options.codec), payload, this.#options.payloadLimit),
    };
    return this.#ask('respond', options, toNothing, body, caller);
  }

  /** What all shared calls have. */
  #shared(command: SharedCommand, subject: string, options: RequestOptions) {
    return {
      deadlines: this.#deadlines,
      scheduler: this.#options.scheduler,
      timeout: this.#timeout(command, options),
      linger: this.#options.linger,
      onMalformed: (error: SerfError) => this.#malformed(subject, error),
    };
  }

  #malformed(subject: string, error: SerfError): void {
    this.#dropped.next({ cause: 'malformed', count: 1, subject, error });
  }

  /** T is P where a call brings no codec of its own: there is nothing else to infer it from. */
  #codec<T>(codec: Codec<T> | undefined): Codec<T> {
    return codec ?? (this.#options.codec as unknown as Codec<T>);
  }

  #timeout(command: Command, { timeout }: RequestOptions): number {
    return timeout === undefined
      ? (this.#options.timeout ?? COMMANDS[command].timeout)
      : duration('timeout', timeout);
  }
}

function toNothing(): void {}
