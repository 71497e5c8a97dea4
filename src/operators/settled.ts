import {
  debounce,
  defer,
  distinctUntilChanged,
  type MonoTypeOperatorFunction,
  type SchedulerLike,
  tap,
  timer,
} from 'rxjs';
import { monotonicScheduler } from '../clock.ts';
import type { Member } from '../model.ts';
import { LONGEST, misuse } from './internal/checks.ts';
import { sameSnapshot } from './internal/same-snapshot.ts';

/** Options of {@link settled}. */
export interface SettledOptions {
  /** How long a membership that does not come to rest is held back, in ms. @defaultValue for ever */
  readonly atMost?: number;
  /** Whose time it is. @defaultValue `asyncScheduler`, on a clock that no change of the date moves */
  readonly scheduler?: SchedulerLike;
}

/**
 * The membership once nothing has happened to it for some time.
 *
 * ```
 * source       --a-b--e-----c--|        a = {n1}, b = {n1, n2}, e = the same again, c = {n2}
 * settled(5)   ---------b------(c|)
 * ```
 *
 * `debounceTime` for snapshots, in which one that says nothing new does not begin the time anew. Emits each time the
 * membership comes to rest after a change, the first snapshot being one, also when it is back at what it was; and, with
 * `atMost`, what there is when it has not come to rest for that long. When the source completes, what has not come to rest
 * is emitted at once; when it errors, or on unsubscribing, it is not. Keeps one snapshot.
 *
 * @param ms how long it is to be quiet, in ms
 * @throws `InvalidArgumentError` at the call when `ms` is not a number from 0 to 2^31 − 1, or `atMost` is less than `ms`
 * @example
 * ```ts
 * import { connect, settled } from 'rxserf';
 *
 * connect()
 *   .membership()
 *   .pipe(settled(5_000, { atMost: 60_000 }))
 *   .subscribe((members) => console.log('rebalance over', members.size, 'members'));
 * ```
 */
export function settled(
  ms: number,
  { atMost = Number.POSITIVE_INFINITY, scheduler = monotonicScheduler }: SettledOptions = {},
): MonoTypeOperatorFunction<ReadonlyMap<string, Member>> {
  if (typeof ms !== 'number' || !(ms >= 0 && ms <= LONGEST))
    throw misuse('settled', 'ms', `a number from 0 to ${LONGEST}`, ms);
  if (typeof atMost !== 'number' || !(atMost >= ms))
    throw misuse('settled', 'atMost', `a number of at least ${ms}`, atMost);
  return (snapshots$) =>
    defer(() => {
      let restlessSince: number | undefined;
      // A timer rather than debounceTime, which reads the clock and waits for hours when that is set back by hours.
      const quiet = () => {
        const now = scheduler.now();
        restlessSince ??= now;
        return timer(Math.max(0, Math.min(ms, restlessSince + atMost - now)), scheduler);
      };
      return snapshots$.pipe(
        distinctUntilChanged(sameSnapshot),
        debounce(quiet),
        tap(() => {
          restlessSince = undefined;
        }),
      );
    });
}
