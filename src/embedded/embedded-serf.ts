import { type Observable, switchMap } from 'rxjs';
import { re2$ } from '#re2';
import {
  callbackOf,
  countOf,
  flagOf,
  joinedOf,
  keyOf,
  levelOf,
  membersCommand,
  nameOf,
  optionsOf,
  patternsOf,
  tagsOf,
  timeoutOf,
} from '../arguments.ts';
import { monotonicScheduler } from '../clock.ts';
import { binary, type Codec } from '../codec.ts';
import { type CheckedFilter, type EventsOf, eventMatcher, normalizeFilter } from '../filter.ts';
import type { KeyReport } from '../key-report.ts';
import type { Coordinate, Member, QueryReply, SerfEvent, Stats } from '../model.ts';
import { ownMember } from '../own-member.ts';
import type { Command } from '../protocol/commands.ts';
import { toKeyReport } from '../protocol/translate.ts';
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
import type { TaskQueue } from './gossip/task-queue.ts';
import type { Agent } from './node/agent.ts';
import type { Reply } from './node/calls.ts';
import type { KeyCommand } from './node/key-commands.ts';
import { forceLeave, join, leave, setTags } from './node/membership-commands.ts';
import type { Node } from './node/node.ts';
import type { NodeEvent } from './node/node-event.ts';
import { statsOf } from './node/stats.ts';
import { bytesOf, codecOf, readPayload } from './payloads.ts';
import { matchMembers } from './queries/match-members.ts';
import { MembersMatcher } from './queries/patterns.ts';
import { queryCall } from './queries/query-call.ts';
import type { Re2 } from './queries/re2.ts';

/** The {@link Serf} of an embedded node: what a client of its agent has, without a connection. */
export class EmbeddedSerf implements Serf<Uint8Array> {
  readonly codec = binary();
  readonly #node: Node<Agent>;
  readonly #tasks: TaskQueue;

  constructor(node: Node<Agent>, tasks: TaskQueue) {
    this.#node = node;
    this.#tasks = tasks;
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
    options?: StreamOptions<Uint8Array, G>,
  ): Observable<EventsOf<F, Uint8Array> | GapsIf<G>>;
  stream<F extends string | readonly string[], T, G extends boolean>(
    filter: CheckedFilter<F>,
    options: StreamOptions<T, G> = {},
  ): Observable<EventsOf<F, T> | GapsIf<G>> {
    const matches = eventMatcher(normalizeFilter(filter as F));
    timeoutOf('stream', options);
    callbackOf('stream', 'onGap', options.onGap);
    const codec = codecOf(options.codec);
    return this.#node.calls.records<SerfEvent<T>>(
      { command: 'stream', endless: true },
      (agent, subscriber) => {
        const next = (event: NodeEvent) => {
          if (matches(event)) subscriber.next(this.#decode(agent, event, codec));
        };
        agent.streams.add(next);
        return () => agent.streams.delete(next);
      },
    ) as Observable<EventsOf<F, T> | GapsIf<G>>;
  }

  monitor(level: LogLevel = 'info', options: RequestOptions = {}): Observable<string> {
    const least = levelOf(level);
    timeoutOf('monitor', options);
    return this.#node.calls.records<string>(
      { command: 'monitor', endless: true },
      ({ node: { log } }, subscriber) => {
        const stop = log.monitor(least, (line) => subscriber.next(line));
        return stop;
      },
    );
  }

  query<T, D extends T | undefined = T | undefined>(
    name: string,
    payload: NoInfer<D> | undefined,
    options: QueryOptions<D> & OwnCodec<D>,
  ): Observable<QueryReply<D>>;
  query(
    name: string,
    payload?: Uint8Array,
    options?: QueryOptions<Uint8Array>,
  ): Observable<QueryReply<Uint8Array>>;
  query<T>(name: string, payload?: T, options: QueryOptions<T> = {}): Observable<QueryReply<T>> {
    return queryCall(this.#node, this.#tasks, name, payload, options);
  }

  respond<T, D extends T | undefined = T | undefined>(
    id: number,
    payload: NoInfer<D> | undefined,
    options: RespondOptions<D> & OwnCodec<D>,
  ): Observable<void>;
  respond(id: number, payload?: Uint8Array, options?: RespondOptions<Uint8Array>): Observable<void>;
  respond<T>(id: number, payload?: T, options: RespondOptions<T> = {}): Observable<void> {
    const { codec } = optionsOf('respond', options);
    const number = countOf('respond', 'the id', id, Number.MAX_SAFE_INTEGER);
    const bytes = bytesOf('respond', codecOf(codec), payload);
    return this.#do('respond', options, (agent) => agent.queries.respond(number, bytes), bytes);
  }

  event<T, D extends T | undefined = T | undefined>(
    name: string,
    payload: NoInfer<D> | undefined,
    options: EventOptions<D> & OwnCodec<D>,
  ): Observable<void>;
  event(name: string, payload?: Uint8Array, options?: EventOptions<Uint8Array>): Observable<void>;
  event<T>(name: string, payload?: T, options: EventOptions<T> = {}): Observable<void> {
    timeoutOf('event', options);
    const named = nameOf('event', 'the name', name);
    const bytes = bytesOf('event', codecOf(options.codec), payload);
    const coalesce = flagOf('event', 'coalesce', options.coalesce);
    return this.#do('event', options, ({ events }) => events.fire(named, bytes, coalesce), bytes);
  }

  members(filter: MembersFilter = {}, options: RequestOptions = {}): Observable<Member[]> {
    const patterns = patternsOf(filter);
    const command = membersCommand(patterns);
    // Misuse throws at the call, also where RE2 has to be loaded first.
    const request = { command, timeout: timeoutOf(command, options) };
    const ask = (re2?: Re2) =>
      this.#node.calls.request<Member[]>(request, ({ view, node: { rpcAddress } }, reply) => {
        const members = Array.from(view, ({ node, status }) => node.toMember(status));
        if (re2)
          return matchMembers(
            () => new MembersMatcher(re2, patterns, rpcAddress),
            members,
            this.#tasks,
            reply,
          );
        reply.ok(members);
      });
    return command === 'members' ? ask() : re2$.pipe(switchMap(ask));
  }

  self(options: SelfOptions = {}): Observable<Member> {
    // No event is lost here.
    return ownMember(this, options, { resync: 0, scheduler: monotonicScheduler });
  }

  tags(change: TagsChange, options: RequestOptions = {}): Observable<void> {
    const checked = tagsOf(change);
    return this.#do('tags', options, (agent) => setTags(agent, checked));
  }

  join(
    addresses: string | readonly string[],
    options: RequestOptions & { readonly replay?: boolean } = {},
  ): Observable<number> {
    const list = joinedOf(addresses);
    const replay = flagOf('join', 'replay', optionsOf('join', options).replay);
    return this.#ask('join', options, (agent, { ok, refuse }) =>
      join(agent, list, replay, (joined, refusal) => (refusal === undefined ? ok(joined) : refuse(refusal))),
    );
  }

  leave(options: RequestOptions = {}): Observable<void> {
    return this.#ask('leave', options, (agent, { ok, refuse }) =>
      leave(agent, (refusal) => (refusal === undefined ? ok(undefined) : refuse(refusal))),
    );
  }

  forceLeave(node: string, options: RequestOptions & { readonly prune?: boolean } = {}): Observable<void> {
    const name = nameOf('force-leave', 'the node', node);
    const prune = flagOf('force-leave', 'prune', optionsOf('force-leave', options).prune);
    return this.#ask('force-leave', options, (agent, { ok }) =>
      forceLeave(agent, name, prune, () => ok(undefined)),
    );
  }

  stats(options: RequestOptions = {}): Observable<Stats> {
    return this.#ask('stats', options, (agent, { ok }) => ok(statsOf(agent)));
  }

  coordinate(node: string, options: RequestOptions = {}): Observable<Coordinate | null> {
    const name = nameOf('get-coordinate', 'the node', node);
    return this.#ask('get-coordinate', options, ({ members, cluster }, { ok }) =>
      ok(members.hasCoordinate(name) ? (cluster.nodes.get(name)?.coordinate ?? null) : null),
    );
  }

  installKey(key: string, options: RequestOptions = {}): Observable<KeyReport> {
    return this.#keys('install-key', keyOf('install-key', key), options);
  }

  useKey(key: string, options: RequestOptions = {}): Observable<KeyReport> {
    return this.#keys('use-key', keyOf('use-key', key), options);
  }

  removeKey(key: string, options: RequestOptions = {}): Observable<KeyReport> {
    return this.#keys('remove-key', keyOf('remove-key', key), options);
  }

  listKeys(options: RequestOptions = {}): Observable<KeyReport> {
    return this.#keys('list-keys', '', options);
  }

  #keys(command: KeyCommand, key: string, options: RequestOptions): Observable<KeyReport> {
    return this.#ask(command, options, ({ queries }, { ok, refuse }) =>
      queries.sendKeyCommand(command, key, (failure, body) =>
        failure === undefined ? ok(toKeyReport(body)) : refuse(failure, { body }),
      ),
    );
  }

  /** @param act gives the agent's text when it refuses */
  #do(
    command: Command,
    options: RequestOptions,
    act: (agent: Agent) => string | undefined,
    payload?: Uint8Array,
  ): Observable<void> {
    return this.#ask(command, options, (agent, { ok, refuse }) => {
      const refusal = act(agent);
      if (refusal === undefined) ok(undefined);
      else refuse(refusal, payload && { size: payload.length });
    });
  }

  #ask<T>(
    command: Command,
    options: RequestOptions,
    act: (agent: Agent, reply: Reply<T>) => void,
  ): Observable<T> {
    return this.#node.calls.request({ command, timeout: timeoutOf(command, options) }, act);
  }

  #decode<T>(agent: Agent, occurred: NodeEvent, codec: Codec<T>): SerfEvent<T> {
    if (occurred.event === 'query') {
      const { event, id, name, ltime, payload } = occurred;
      const respond = (answer?: T) => this.#respond(agent, id, bytesOf('respond', codec, answer));
      return { event, id, name, ltime, respond, ...readPayload(codec, payload) };
    }
    if (occurred.event !== 'user') return occurred;
    const { event, name, ltime, coalesce, payload } = occurred;
    return { event, name, ltime, coalesce, ...readPayload(codec, payload) };
  }

  /** Responds through the agent that received the query: what runs on the node now may be another life of it. */
  #respond(receiver: Agent, id: number, bytes: Uint8Array): Observable<void> {
    return this.#ask('respond', {}, (agent, { ok, refuse, lost }) => {
      if (agent !== receiver) {
        lost();
        return;
      }
      const refusal = agent.queries.respond(id, bytes);
      if (refusal === undefined) ok(undefined);
      else refuse(refusal, { size: bytes.length });
    });
  }
}
