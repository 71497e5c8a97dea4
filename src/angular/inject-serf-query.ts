import { computed, type Signal } from '@angular/core';
import { defer, map, Subscription } from 'rxjs';
import { monotonicScheduler } from '../clock.ts';
import { SerfError } from '../errors.ts';
import type { QueryReply, QueryResponse } from '../model.ts';
import type { OwnCodec, QueryOptions } from '../serf.ts';
import { injectCluster, stateOf } from './cluster-context.ts';
import { type InjectSerfOptions, inInjectionContext } from './injection-context.ts';
import type { SerfToken } from './serf-token.ts';

/** `running`: nodes may still answer; `done`: the query is over. */
export type SerfQueryStatus = 'idle' | 'running' | 'done' | 'error';

/** A node's response, and when it came. */
export type TimedResponse<P> = QueryResponse<P> & {
  /** How long after the `ask()`, in ms. */
  readonly after: number;
};

/** Queries of one component, one at a time: see {@link injectSerfQuery}. */
export interface SerfQuery<P, S = P> {
  /** Who has received the query (with `requestAck`), and how many ms after the `ask()`. */
  readonly acks: Signal<ReadonlyMap<string, number>>;
  /** The first response of each node, by its name, in the order in which they came. */
  readonly responses: Signal<ReadonlyMap<string, TimedResponse<P>>>;
  readonly status: Signal<SerfQueryStatus>;
  /** Why, with the status `error`. What came before it stays. */
  readonly error: Signal<SerfError | undefined>;
  /**
   * Asks; a query that is running is given up, and its replies are forgotten. What is wrong with the arguments is the status
   * `error`, as they may be what somebody typed.
   */
  ask(name: string, payload?: S, options?: Omit<QueryOptions<P>, 'codec'>): void;
  /** Gives a running query up; what came stays. */
  cancel(): void;
}

/** How many nodes may reply: any member may answer in any name. */
const MOST_NODES = 65_536;

/**
 * Queries, and their replies as they come: `query()` as signals.
 *
 * ```
 * ask()        q---------------
 * query()      --A-R-R---A----|    A = ack, R = response
 * status       r--------------d    r = running, d = done
 * responses    ----1-2---------    how many there are
 * ```
 *
 * Nothing is asked before `ask()`. A running query ends with its injector. Replies of more than 65,536 nodes end it with
 * `overflow`. On a server nothing is asked.
 *
 * @throws Angular's `NG0203` outside of an injection context, without an `injector`
 * @example
 * ```ts
 * import { computed } from '@angular/core';
 * import { utf8 } from 'rxserf';
 * import { injectMembers, injectSerfQuery } from 'rxserf/angular';
 *
 * export class Load {
 *   readonly members = injectMembers({ status: 'alive' });
 *   readonly load = injectSerfQuery({ codec: utf8() });
 *   readonly silent = computed(() =>
 *     [...this.members.value().keys()].filter((name) => !this.load.responses().has(name)),
 *   );
 *
 *   ask(): void {
 *     this.load.ask('load', undefined, { timeout: 5_000, completeWhen: 'all' });
 *   }
 * }
 * ```
 */
export function injectSerfQuery<T>(options: InjectSerfOptions & OwnCodec<T>): SerfQuery<T>;
export function injectSerfQuery<P>(
  options: InjectSerfOptions<P> & { readonly token: SerfToken<P> },
): SerfQuery<P>;
/** Without a codec nobody knows what payloads are: it sends none. */
export function injectSerfQuery(options?: InjectSerfOptions): SerfQuery<unknown, never>;
export function injectSerfQuery(
  options: InjectSerfOptions & Partial<OwnCodec<unknown>> = {},
): SerfQuery<unknown> {
  return inInjectionContext(injectSerfQuery, options.injector, () => create(options));
}

interface Asked {
  readonly status: SerfQueryStatus;
  readonly error: SerfError | undefined;
  /** Both grow in place: copies are made of them when they are read. */
  readonly acks: Map<string, number>;
  readonly responses: Map<string, TimedResponse<unknown>>;
}

function create({ token, codec }: InjectSerfOptions & Partial<OwnCodec<unknown>>): SerfQuery<unknown> {
  const { serf, life, outside, toSerfError } = injectCluster(token);
  const newQuery = (status: SerfQueryStatus): Asked => ({
    status,
    error: undefined,
    acks: new Map(),
    responses: new Map(),
  });
  const state = stateOf(newQuery('idle'));
  let subscription = Subscription.EMPTY;
  life.add(() => subscription.unsubscribe());

  const ask = (name: string, payload?: unknown, options?: QueryOptions<unknown>) => {
    subscription.unsubscribe();
    const asked = newQuery('running');
    const { acks, responses } = asked;
    const nodes = new Set<string>();
    const start = monotonicScheduler.now();
    state.change(asked);
    const hear = (reply: QueryReply<unknown>) => {
      const { from } = reply;
      const after = monotonicScheduler.now() - start;
      if (nodes.add(from).size > MOST_NODES)
        throw new SerfError('overflow', `more than ${MOST_NODES} nodes have replied`);
      if (reply.type === 'response' && !responses.has(from)) responses.set(from, { ...reply, after });
      else if (reply.type === 'ack' && !acks.has(from)) acks.set(from, after);
    };
    subscription = defer(() => serf.query(name, payload, { ...options, ...(codec && { codec }) }))
      .pipe(map(hear))
      .subscribe({
        next: () => state.change({}),
        error: (reason) => state.change({ status: 'error', error: toSerfError(reason) }),
        complete: () => state.change({ status: 'done' }),
      });
  };

  return {
    acks: computed(() => new Map(state().acks)),
    responses: computed(() => new Map(state().responses)),
    status: state.get('status'),
    error: state.get('error'),
    ask: (...args) => {
      if (!life.closed) outside(() => ask(...args));
    },
    cancel: () => {
      subscription.unsubscribe();
      if (state.now().status === 'running') state.change({ status: 'done' });
    },
  };
}
