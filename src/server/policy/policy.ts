import { defer, map, type Observable } from 'rxjs';
import { levelOf, membersCommand, nameOf, patternsOf, queryOf, tagsOf } from '../../arguments.ts';
import { type Codec, codecOr, type PayloadCodec } from '../../codec.ts';
import { type CheckedFilter, type EventsOf, normalizeFilter } from '../../filter.ts';
import type { KeyReport } from '../../key-report.ts';
import type { Coordinate, Member, QueryEvent, QueryReply, SerfEvent, Stats, StreamGap } from '../../model.ts';
import { ownMember } from '../../own-member.ts';
import type { Command } from '../../protocol/commands.ts';
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
} from '../../serf.ts';
import { refusal } from '../refusal.ts';
import { withKey } from './key-fingerprints.ts';
import { allowedCommands, decide, isListed, type PolicyRequest } from './permissions.ts';
import { type Policy, type Rules, rulesOf } from './policy-rules.ts';
import { PolicyUsage } from './policy-usage.ts';
import { Redaction } from './redaction.ts';

/** How many queries that were streamed are known, and may be answered by id; the oldest are forgotten. */
const KNOWN_QUERIES = 4_096;
/** How long a query without a timeout is taken to go on when nobody waits for it any more, in ms. */
const ABANDONED = 10_000;

/** Who asks, as far as a policy needs to know. */
export interface PolicySession {
  /** Its name, for the section `session` of `stats`. */
  readonly name?: string;
  /** Until when it may ask, in ms since the epoch: for the same section; nothing ends then by itself. */
  readonly expires?: number;
  /** What it is counted by. @defaultValue its own */
  readonly usage?: PolicyUsage;
}

/** A {@link Serf} that does what a policy allows. */
export interface PolicySerf<P = Uint8Array, S = P> extends Serf<P, S> {
  /**
   * The same for a session: with its own rates and its own section in `stats`. What is redacted for one is redacted for all of
   * them.
   */
  as(session: PolicySession): PolicySerf<P, S>;
}

/**
 * A Serf that does what a policy allows, and refuses all else.
 *
 * ```
 * serf                       --a--b--
 * policy(serf, VIEWER)
 *   .stream('user')          --a--b--
 *   .leave()                 throws: Permission denied: leave (role viewer)
 *   .members()  a 6th time   ---m|    its turn came within 2 s
 *   .members() a 16th time   #        Rate limited: members (5 per second)
 * ```
 *
 * What is refused is refused at the call, before anything is sent, with an `AgentError` (`permission-denied`) whose `cause` says
 * which field of the policy is why; `serve` makes a refusal of it, and the connection lives on. A request over the rate waits for 2 s
 * at most, or ends with an `AgentError` (`rate-limited`); a stream or a monitor over it throws that at the call. `QueryEvent.respond`
 * of the queries that are streamed is guarded likewise.
 *
 * What a policy hides (tags, payloads, scripts, keys) is left out of what there is. `stats` has a section `session`: role, name,
 * expires (ms since the epoch), commands, events, queries, streams, setTags (each a JSON list), answers, payloads, prune, logLevel,
 * keys. A policy that does not list `stats` leaves it with that section and the agent's name.
 *
 * Not for a log: at `debug` an agent logs payloads, whatever `payloads` says, so `logLevel` is `info` unless you change it.
 *
 * @param serf carries out what is allowed
 * @param rules what that is: {@link VIEWER}, {@link OPERATOR}, {@link ADMIN}, or your own; read once
 * @param session who asks
 * @throws `InvalidArgumentError` (`invalid-argument`) at the call for rules that cannot be
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { listen, OPERATOR, policy } from 'rxserf/server';
 *
 * const agent = connect('10.0.0.1:7373');
 * listen(policy(agent, { ...OPERATOR, events: ['deploy:*'] }), { port: 7374, authKey: 's3cret' }).subscribe();
 * ```
 */
export function policy<P = Uint8Array, S = P>(
  serf: Serf<P, S>,
  rules: Policy,
  session: PolicySession = {},
): PolicySerf<P, S> {
  const settled = rulesOf(rules);
  return new GuardedSerf(serf, settled, new Redaction(settled), session);
}

class GuardedSerf<P, S> implements PolicySerf<P, S> {
  readonly codec: PayloadCodec<P, S>;
  readonly #serf: Serf<P, S>;
  readonly #rules: Rules;
  readonly #redaction: Redaction;
  readonly #session: PolicySession;
  readonly #usage: PolicyUsage;
  /** The ids of queries that were streamed; bounded by {@link KNOWN_QUERIES}. */
  readonly #queries = new Set<number>();

  constructor(serf: Serf<P, S>, rules: Rules, redaction: Redaction, session: PolicySession) {
    this.codec = serf.codec;
    this.#serf = serf;
    this.#rules = rules;
    this.#redaction = redaction;
    this.#session = session;
    this.#usage = session.usage ?? new PolicyUsage();
  }

  as(session: PolicySession): PolicySerf<P, S> {
    return new GuardedSerf(this.#serf, this.#rules, this.#redaction, session);
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
  ): Observable<EventsOf<F, P, S> | GapsIf<G>>;
  stream<F extends string | readonly string[], T, G extends boolean>(
    filter: CheckedFilter<F>,
    options?: StreamOptions<T, G>,
  ): Observable<EventsOf<F, T> | GapsIf<G>> {
    this.#permit({ command: 'stream', filter: normalizeFilter(filter as string | readonly string[]) });
    const codec = codecOr(options?.codec, this.codec);
    const events$ = this.#of<T>().stream(filter, options) as Observable<SerfEvent<T> | StreamGap>;
    const shown$ = events$.pipe(map((event) => (event.event === 'gap' ? event : this.#event(event, codec))));
    return this.#limitAtCall('stream', shown$) as Observable<EventsOf<F, T> | GapsIf<G>>;
  }

  monitor(level?: LogLevel, options?: RequestOptions): Observable<string> {
    this.#permit({ command: 'monitor', ...(level === undefined ? {} : { level: levelOf(level) }) });
    return this.#limitAtCall('monitor', this.#serf.monitor(level, options));
  }

  query<T, D extends T | undefined = T | undefined>(
    name: string,
    payload: NoInfer<D> | undefined,
    options: QueryOptions<D> & OwnCodec<D>,
  ): Observable<QueryReply<D>>;
  query(name: string, payload?: S, options?: QueryOptions<P>): Observable<QueryReply<P>>;
  query<T>(name: string, payload?: T, options?: QueryOptions<T>): Observable<QueryReply<T>> {
    const { filterTags, timeout, relayFactor } = queryOf(name, options ?? {});
    this.#permit({
      command: 'query',
      name,
      hasPayload: payload !== undefined && !isEmpty(payload),
      timeout,
      relayFactor,
      patterns: Object.values(filterTags),
      tags: Object.keys(filterTags),
    });
    const codec = codecOr(options?.codec, this.codec);
    const replies$ = this.#of<T>()
      .query(name, payload, options)
      .pipe(map((reply) => this.#redaction.reply(reply, codec)));
    return this.#limit('query', this.#usage.query(replies$, this.#rules.queriesOpen, timeout || ABANDONED));
  }

  respond<T, D extends T | undefined = T | undefined>(
    id: number,
    payload: NoInfer<D> | undefined,
    options: RespondOptions<D> & OwnCodec<D>,
  ): Observable<void>;
  respond(id: number, payload?: S, options?: RespondOptions<P>): Observable<void>;
  respond<T>(id: number, payload?: T, options?: RespondOptions<T>): Observable<void> {
    this.#permit({ command: 'respond' });
    const answer$ = this.#of<T>().respond(id, payload, options);
    // Any other is somebody else's: the ids are those of the connection that all share.
    const own$ = defer(() => {
      if (!this.#queries.has(id)) throw refusal('respond', 'No pending queries matching ID', 'unknown-query');
      return answer$;
    });
    return this.#limit('respond', own$);
  }

  event<T, D extends T | undefined = T | undefined>(
    name: string,
    payload: NoInfer<D> | undefined,
    options: EventOptions<D> & OwnCodec<D>,
  ): Observable<void>;
  event(name: string, payload?: S, options?: EventOptions<P>): Observable<void>;
  event<T>(name: string, payload?: T, options?: EventOptions<T>): Observable<void> {
    this.#permit({ command: 'event', name: nameOf('event', 'the name', name) });
    return this.#limit('event', this.#of<T>().event(name, payload, options));
  }

  members(filter?: MembersFilter, options?: RequestOptions): Observable<Member[]> {
    const asked = patternsOf(filter ?? {});
    const { status, name, tags } = asked;
    const command = membersCommand(asked);
    this.#permit({ command, patterns: [status, name, ...Object.values(tags)], tags: Object.keys(tags) });
    const members$ = this.#serf.members(filter, options);
    return this.#limit(command, members$.pipe(map((members) => this.#redaction.members(members))));
  }

  /** By what the policy allows of `stats`, `members` and, with `live`, of the stream of member events. */
  self(options: SelfOptions = {}): Observable<Member> {
    return ownMember(this, options);
  }

  tags(change: TagsChange, options?: RequestOptions): Observable<void> {
    const { set, delete: deleted } = tagsOf(change);
    this.#permit({ command: 'tags', tags: [...Object.keys(set), ...deleted] });
    return this.#limit('tags', this.#serf.tags(change, options));
  }

  join(
    addresses: string | readonly string[],
    options?: RequestOptions & { readonly replay?: boolean },
  ): Observable<number> {
    this.#permit({ command: 'join' });
    return this.#limit('join', this.#serf.join(addresses, options));
  }

  leave(options?: RequestOptions): Observable<void> {
    this.#permit({ command: 'leave' });
    return this.#limit('leave', this.#serf.leave(options));
  }

  forceLeave(node: string, options?: RequestOptions & { readonly prune?: boolean }): Observable<void> {
    this.#permit({ command: 'force-leave', prune: Boolean(options?.prune) });
    return this.#limit('force-leave', this.#serf.forceLeave(node, options));
  }

  stats(options?: RequestOptions): Observable<Stats> {
    this.#permit({ command: 'stats' });
    const stats$ = this.#serf.stats(options).pipe(
      map((stats) => {
        const { name = '' } = stats.agent ?? {};
        const shown = isListed(this.#rules, 'stats', 'listed')
          ? this.#redaction.stats(stats)
          : { agent: { name } };
        return { ...shown, session: this.#sessionStats() };
      }),
    );
    return this.#limit('stats', stats$);
  }

  coordinate(node: string, options?: RequestOptions): Observable<Coordinate | null> {
    this.#permit({ command: 'get-coordinate' });
    return this.#limit('get-coordinate', this.#serf.coordinate(node, options));
  }

  installKey(key: string, options?: RequestOptions): Observable<KeyReport> {
    this.#permit({ command: 'install-key' });
    return this.#limit('install-key', this.#redaction.report(this.#serf.installKey(key, options)));
  }

  useKey(key: string, options?: RequestOptions): Observable<KeyReport> {
    this.#permit({ command: 'use-key' });
    const report$ = withKey(this.#serf, 'use-key', key, (known) => this.#serf.useKey(known, options));
    return this.#limit('use-key', this.#redaction.report(report$));
  }

  removeKey(key: string, options?: RequestOptions): Observable<KeyReport> {
    this.#permit({ command: 'remove-key' });
    const report$ = withKey(this.#serf, 'remove-key', key, (known) => this.#serf.removeKey(known, options));
    return this.#limit('remove-key', this.#redaction.report(report$));
  }

  listKeys(options?: RequestOptions): Observable<KeyReport> {
    this.#permit({ command: 'list-keys' });
    return this.#limit('list-keys', this.#redaction.report(this.#serf.listKeys(options)));
  }

  /** The Serf as one of T: that is P, or of the codec that the call brings. */
  #of<T>(): Serf<T> {
    return this.#serf as unknown as Serf<T>;
  }

  /** @throws `AgentError` (`permission-denied`) unless the request is allowed */
  #permit(request: PolicyRequest): void {
    const decision = decide(this.#rules, request);
    if (decision.allowed) return;
    const { command } = request;
    const text = `Permission denied: ${command} (role ${this.#rules.role})`;
    throw refusal(command, text, 'permission-denied', new Error(decision.reason));
  }

  #limit<T>(command: Command, source$: Observable<T>): Observable<T> {
    return this.#usage.rates.limit(command, this.#rules.perSecond[command], source$);
  }

  /** @throws `AgentError` (`rate-limited`): behind the answer to a stream, the protocol has no word for an error */
  #limitAtCall<T>(command: Command, source$: Observable<T>): Observable<T> {
    this.#usage.rates.check(command, this.#rules.perSecond[command]);
    return this.#limit(command, source$);
  }

  #event<T>(event: SerfEvent<T>, codec: Codec<T>): SerfEvent<T> {
    const shown = this.#redaction.event(event, codec);
    if (shown.event !== 'query') return shown;
    if (this.#rules.answers) this.#remember(shown.id);
    const { respond } = event as QueryEvent<T>;
    return {
      ...shown,
      respond: (payload?: T) => {
        this.#permit({ command: 'respond' });
        return this.#limit('respond', respond.call(event, payload));
      },
    };
  }

  #remember(id: number): void {
    this.#queries.add(id);
    if (this.#queries.size <= KNOWN_QUERIES) return;
    for (const oldest of this.#queries) {
      this.#queries.delete(oldest);
      break;
    }
  }

  #sessionStats(): Readonly<Record<string, string>> {
    const { role, events, queries, streams, setTags, answers, payloads, prune, logLevel, keys } = this.#rules;
    const { name, expires } = this.#session;
    return {
      role,
      ...(name === undefined ? {} : { name }),
      ...(expires === undefined ? {} : { expires: String(expires) }),
      commands: JSON.stringify(allowedCommands(this.#rules)),
      events: JSON.stringify(events),
      queries: JSON.stringify(queries),
      streams: JSON.stringify(streams),
      setTags: JSON.stringify(setTags),
      answers: String(answers),
      payloads: String(payloads),
      prune: String(prune),
      logLevel,
      keys,
    };
  }
}

function isEmpty(payload: unknown): boolean {
  return payload instanceof Uint8Array && payload.length === 0;
}
