import { map, merge, type Observable } from 'rxjs';
import { type CheckedFilter, type EventsOf, normalizeFilter } from '../filter.ts';
import type { SerfEvent, StreamGap } from '../model.ts';
import type { GapsIf, OwnCodec } from '../serf.ts';
import { follow } from './follow.ts';
import { type InjectSerfOptions, inInjectionContext } from './injection-context.ts';
import { type FeedOptions, feedOf, type LiveFeed, LiveWindow, viewOf } from './live-window.ts';
import type { SerfToken } from './serf-token.ts';
import { whenConnected } from './when-connected.ts';

/** Options of {@link injectEvents}. */
export interface InjectEventsOptions<P, G extends boolean> extends InjectSerfOptions<P>, FeedOptions {
  /** How many of the newest are kept, 1 to 100,000. @defaultValue 100 */
  readonly keep?: number;
  /** Whether a `StreamGap` is among them where some may be missing. @defaultValue false */
  readonly gaps?: G;
}

type Filters = string | readonly string[];
/** The first one is what `F` is inferred from; the second one says what is wrong with it. */
type FilterFunction<F> = (() => F | undefined) & (() => CheckedFilter<F> | undefined);
type Item = SerfEvent<unknown> | StreamGap;

/**
 * The newest events of the cluster, the newest first: `stream()` as signals.
 *
 * ```
 * stream       --a-----b-c-----
 * connection   c---x-----------
 * value        --a-----c-------    b and c came together: [c, b, a]
 * status       l---s---l-------    l = live: listening, whether there are any or not; s = stale
 * ```
 *
 * Other filters keep those that they let through, too; what the cluster said before is not asked for. Payloads and names are
 * other people's text: show them by interpolation.
 *
 * @param filter as for `stream`, or a function that gives one, or `undefined` (`idle`): signals that it reads are dependencies
 * @throws `InvalidArgumentError` at the call for a filter that can never match (one that a function gives makes the status
 *   `error`), or a `keep` out of range; Angular's `NG0203` outside of an injection context, without an `injector`
 * @example
 * ```ts
 * import { computed } from '@angular/core';
 * import { json } from 'rxserf';
 * import { injectEvents } from 'rxserf/angular';
 *
 * export class Deploys {
 *   readonly deploys = injectEvents('user:deploy', { codec: json<{ version: string }>(), keep: 10 });
 *   readonly latest = computed(() => this.deploys.value()[0]?.payload?.version ?? 'none yet');
 * }
 * ```
 */
export function injectEvents<const F extends Filters, T, const G extends boolean = false>(
  filter: CheckedFilter<F> | FilterFunction<F>,
  options: InjectEventsOptions<unknown, G> & OwnCodec<T>,
): LiveFeed<EventsOf<F, T> | GapsIf<G>>;
export function injectEvents<const F extends Filters, P, const G extends boolean = false>(
  filter: CheckedFilter<F> | FilterFunction<F>,
  options: InjectEventsOptions<P, G> & { readonly token: SerfToken<P> },
): LiveFeed<EventsOf<F, P> | GapsIf<G>>;
export function injectEvents<const F extends Filters, const G extends boolean = false>(
  filter: CheckedFilter<F> | FilterFunction<F>,
  options?: InjectEventsOptions<unknown, G>,
): LiveFeed<EventsOf<F, unknown, never> | GapsIf<G>>;
export function injectEvents(
  filter: Filters | (() => Filters | undefined),
  options: InjectEventsOptions<unknown, boolean> & Partial<OwnCodec<unknown>> = {},
): LiveFeed<Item> {
  const { keep = 100, gaps = false, codec, injector } = options;
  const window = new LiveWindow<Item>(keep, { newestFirst: true });
  const constant = typeof filter === 'function' ? undefined : normalizeFilter(filter);
  return inInjectionContext(injectEvents, injector, () =>
    feedOf(
      follow({
        ...options,
        params: typeof filter === 'function' ? () => normalized(filter()) : () => constant,
        stream: (serf, parts) => {
          window.retain(letsThrough(parts));
          const listening$ = serf.status$.pipe(whenConnected());
          const events$: Observable<Item> = serf.stream<string, boolean>(parts, {
            gaps,
            ...(codec && { codec }),
          });
          const pushed$ = events$.pipe(map((event) => window.push(event)));
          return merge(listening$, pushed$).pipe(map(() => window));
        },
        initial: window,
        show: viewOf<Item>(options),
      }),
    ),
  );
}

function normalized(filter: string | readonly string[] | undefined): string | undefined {
  return filter === undefined ? undefined : normalizeFilter(filter);
}

/** Whether a filter in its one spelling lets an event through. */
function letsThrough(filter: string): (item: Item) => boolean {
  const parts = new Set(filter.split(','));
  return (item) =>
    item.event === 'gap' ||
    parts.has('*') ||
    parts.has(item.event) ||
    ('name' in item && parts.has(`${item.event}:${item.name}`));
}
