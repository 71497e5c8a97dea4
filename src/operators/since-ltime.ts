import { filter, type MonoTypeOperatorFunction } from 'rxjs';
import type { LTime, SerfEvent, StreamGap } from '../model.ts';
import { misuse } from './internal/checks.ts';

/** From when on, for user events and for queries, each by its own clock; where there is no time, or `undefined`, all. */
export interface SinceLTimes {
  readonly user?: LTime | undefined;
  readonly query?: LTime | undefined;
}

/**
 * Passes user events and queries of a Lamport time and later ones.
 *
 * ```
 * source          --a-b-m-c-d--|     a, b, c, d at 5, 7, 6 and 8, m = member-join
 * sinceLTime(7)   ----b-m---d--|
 * ```
 *
 * An event at exactly this time passes, as with Serf's own minimum time: to go on after the last one that was handled,
 * give one more. A cluster has two Lamport clocks, of user events and of queries, and they say nothing of each other.
 * What has no Lamport time (member events, gaps) passes. Completes and errors with the source, and unsubscribes from
 * it; keeps nothing.
 *
 * @param since the earliest time that passes, by either clock, or one for each
 * @throws `InvalidArgumentError` at the call when a time is not a `bigint`, or an integer that is exact as a `number`,
 * from 0 on
 * @example
 * ```ts
 * import { connect, sinceLTime } from 'rxserf';
 *
 * const handled = 41;
 *
 * connect()
 *   .stream('user:deploy,query:load')
 *   .pipe(sinceLTime({ user: handled + 1 }))
 *   .subscribe(({ event, name, ltime }) => console.log(event, name, ltime));
 * ```
 */
export function sinceLTime<T extends SerfEvent<unknown> | StreamGap>(
  since: LTime | SinceLTimes,
): MonoTypeOperatorFunction<T> {
  const { user, query } = timesOf(since);
  for (const time of [user, query])
    if (!isLTime(time)) throw misuse('sinceLTime', 'a Lamport time', 'an exact integer from 0 on', time);
  return filter((event) => {
    if (event.event === 'user') return event.ltime >= user;
    if (event.event === 'query') return event.ltime >= query;
    return true;
  });
}

function timesOf(since: LTime | SinceLTimes): { readonly user: LTime; readonly query: LTime } {
  if (typeof since !== 'object' || since === null) return { user: since, query: since };
  const { user = 0, query = 0 } = since;
  return { user, query };
}

function isLTime(time: unknown): boolean {
  return typeof time === 'bigint' ? time >= 0n : Number.isSafeInteger(time) && (time as number) >= 0;
}
