import {
  asyncScheduler,
  debounce,
  distinctUntilChanged,
  type MonoTypeOperatorFunction,
  type SchedulerLike,
  timer,
} from 'rxjs';
import type { Member } from '../model.ts';
import { LONGEST, misuse } from './checks.ts';
import { sameSnapshot } from './same-snapshot.ts';

/**
 * The membership once nothing has happened to it for some time.
 *
 * ```
 * source       --a-b--e-----c--|        a = {n1}, b = {n1, n2}, e = the same again, c = {n2}
 * settled(5)   ---------b------(c|)
 * ```
 *
 * `debounceTime` for snapshots, in which one that says nothing new does not begin the time anew. Emits each time the
 * membership comes to rest after a change, the first snapshot being one, also when it is back at what it was. When the
 * source completes, what has not come to rest is emitted at once; when it errors, or on unsubscribing, it is not. Keeps
 * one snapshot.
 *
 * @param ms how long it is to be quiet, in ms
 * @param scheduler whose time it is
 * @throws `InvalidArgumentError` at the call when `ms` is not a number from 0 to 2^31 − 1
 * @example
 * ```ts
 * import { connect, settled } from 'rxserf';
 *
 * connect()
 *   .membership()
 *   .pipe(settled(5_000))
 *   .subscribe((members) => console.log('rebalance over', members.size, 'members'));
 * ```
 */
export function settled(
  ms: number,
  scheduler: SchedulerLike = asyncScheduler,
): MonoTypeOperatorFunction<ReadonlyMap<string, Member>> {
  if (typeof ms !== 'number' || !(ms >= 0 && ms <= LONGEST))
    throw misuse('settled', 'ms', `a number from 0 to ${LONGEST}`, ms);
  return (snapshots$) =>
    snapshots$.pipe(
      distinctUntilChanged(sameSnapshot),
      // A timer rather than debounceTime, which reads the clock and waits for hours when that is set back by hours.
      debounce(() => timer(ms, scheduler)),
    );
}
