import { catchError, defer, EMPTY, filter, map, merge, type Observable, type SchedulerLike, tap } from 'rxjs';
import { monotonicScheduler } from '../clock.ts';
import type { CheckedFilter, EventsOf } from '../filter.ts';
import type { SerfEvent, StreamGap } from '../model.ts';
import type { AnySerf, OwnCodec, PayloadOptions, RequestOptions, Serf } from '../serf.ts';
import { AgentDeduplicator } from './internal/agent-deduplicator.ts';
import { misuse, requireCount, requireHandler, requireTime } from './internal/checks.ts';

/** Options of {@link mergeAgents}; `codec` and `timeout` are for each agent's stream. */
export interface MergeAgentsOptions<T> extends RequestOptions, PayloadOptions<T> {
  /**
   * How many user events are remembered, how many queries, and how many changes of members (not their last states: these
   * are 65,536). @defaultValue 4096
   */
  readonly window?: number;
  /** For how long a query, or a change of a member, is known again when another agent tells it, in ms. @defaultValue 60_000 */
  readonly forget?: number;
  /** Told of each agent whose stream has errored, by its index; what it throws ends the merged stream. */
  readonly onLost?: (error: unknown, index: number) => void;
  /** Told where one agent may have missed events, by its index; what it throws ends the merged stream. */
  readonly onGap?: (gap: StreamGap, index: number) => void;
  /** Whose time it is. @defaultValue `asyncScheduler`, on a clock that no change of the date moves */
  readonly scheduler?: SchedulerLike;
}

/**
 * One stream of several agents: each event once, from whichever tells it first, for as long as one of them is there.
 *
 * ```
 * first                                  --a-b---c--#
 * second                                 ---a-b------c--d--|     it goes on alone
 * mergeAgents([first, second], 'user')   --a-b---c------d--|
 * ```
 *
 * An agent whose stream errors is left out for good, and `onLost` told. With a client as it is by default that is so, too, of
 * one that is down at the start: let it keep trying, as in the example. The merged stream ends as that of the last agent
 * does, with its error or complete. Unsubscribing unsubscribes from all. Each event is as its agent gave it, and a query's
 * `respond` goes through that agent, which answers as its own node; the others then do not answer.
 *
 * **User events** are the same by name, Lamport time and payload, as for {@link dedupeEvents}: of the last `window` none
 * comes twice, though it is replayed.
 *
 * **Queries and changes of members** can happen again and look the same, so they are matched by how often each agent
 * tells them, within `forget` ms: each comes as often as from the agent that tells it most often. Agents put members
 * together differently; of an event in which only some members are new, these come. The last state of each member is
 * known for longer: an agent that tells it late tells nothing new, nor does one that was restarted, and tells of all members
 * that they have joined.
 *
 * So what one agent hears is not lost, and what all hear comes once, with these exceptions:
 *
 * - An agent that has missed something takes its next happening, within `forget` ms, for it; and the last state of a
 *   member that it has not told yet, when it comes again, too (it can, where the filter or a gap hides what came between).
 *   That is lost when no other agent tells it. An agent that has told that a member has joined, or was updated, and tells it
 *   again after a gap of its own, is taken for one that was restarted; that a member has failed, left or was reaped is news.
 * - What agents tell more than `forget` ms apart comes twice, save the last state of a member; so does what becomes of a
 *   member while a restarted agent still tells its old state, and an event whose payload cannot be compared.
 * - Agents that see different things, as in a partition, are all believed, in the order in which they tell.
 * - What happens while no agent is heard is lost, and no gap says so: that an agent's stream is interrupted is not known
 *   before it goes on. `onGap` tells of each agent's own.
 *
 * Keeps `window` user events, queries and changes each, and the last states of 65,536 members, those that changed longest
 * ago being forgotten: a key of about their size each, and two numbers for each agent.
 *
 * @param serfs clients, or anything else that is a `Serf`
 * @param eventFilter as for `stream`
 * @throws `InvalidArgumentError` at the call for an empty list, a filter that can never match, and a `window`, `forget`
 * or `timeout` that is none
 * @example
 * ```ts
 * import { connect, mergeAgents } from 'rxserf';
 *
 * const agents = ['10.0.0.1', '10.0.0.2'].map((address) =>
 *   connect(address, { reconnect: { firstConnect: 'keep-trying' } }),
 * );
 *
 * mergeAgents(agents, 'user:deploy', {
 *   onLost: (error, index) => console.warn('lost agent', index, error),
 * }).subscribe(({ ltime }) => console.log('deploy at', ltime));
 * ```
 */
export function mergeAgents<
  const F extends string | readonly string[],
  T,
  D extends T | undefined = T | undefined,
>(
  serfs: readonly AnySerf[],
  eventFilter: CheckedFilter<F>,
  options: MergeAgentsOptions<D> & OwnCodec<D>,
): Observable<EventsOf<F, D>>;
export function mergeAgents<const F extends string | readonly string[], P = Uint8Array, S = P>(
  serfs: readonly Serf<P, S>[],
  eventFilter: CheckedFilter<F>,
  options?: MergeAgentsOptions<P>,
): Observable<EventsOf<F, P, S>>;
export function mergeAgents<const F extends string | readonly string[], T>(
  serfs: readonly AnySerf[],
  eventFilter: CheckedFilter<F>,
  options: MergeAgentsOptions<T> = {},
): Observable<EventsOf<F, T>> {
  const {
    window = 4_096,
    forget = 60_000,
    onLost,
    onGap,
    scheduler = monotonicScheduler,
    ...others
  } = options;
  const agents = serfs.length;
  if (!(agents > 0)) throw misuse('mergeAgents', 'serfs', 'a list of one or more', agents);
  requireCount('mergeAgents', 'window', window);
  requireTime('mergeAgents', 'forget', forget);
  requireHandler('mergeAgents', 'onLost', onLost);
  requireHandler('mergeAgents', 'onGap', onGap);
  const streams = serfs.map(
    (serf) =>
      serf.stream<F, true>(eventFilter, { ...others, gaps: true }) as Observable<SerfEvent<T> | StreamGap>,
  );
  return defer(() => {
    const events = new AgentDeduplicator<T>(scheduler, { agents, window, forget });
    let open = agents;
    const merged = streams.map((events$, index) =>
      events$.pipe(
        tap({ complete: () => open-- }),
        catchError((error: unknown) => {
          onLost?.(error, index);
          if (--open === 0) throw error;
          return EMPTY;
        }),
        map((event) => {
          if (event.event !== 'gap') return events.take(event, index);
          events.returned(index);
          onGap?.(event, index);
          return undefined;
        }),
        filter((event) => event !== undefined),
      ),
    );
    return merge(...merged) as Observable<EventsOf<F, T>>;
  });
}
