import {
  defer,
  finalize,
  ignoreElements,
  type MonoTypeOperatorFunction,
  merge,
  type SchedulerAction,
  type SchedulerLike,
  Subject,
  type Subscription,
  tap,
} from 'rxjs';
import { monotonicScheduler } from '../clock.ts';
import type { SerfEvent, StreamGap, UserEvent } from '../model.ts';
import { requireCount, requireTime } from './internal/checks.ts';
import { LatestByName } from './latest-by-name.ts';

/** Options of {@link coalesceByName}. Times are in ms. */
export interface CoalesceByNameOptions {
  /** The longest that an event is held. */
  readonly quantum: number;
  /** How long no further one must have come before those held go on. */
  readonly quiescent: number;
  /** How many events may be held; before there is one more, those held go on early. @defaultValue 1024 */
  readonly capacity?: number;
  /** Whose time it is. @defaultValue `asyncScheduler`, on a clock that no change of the date moves */
  readonly scheduler?: SchedulerLike;
}

/**
 * Holds user events that may coalesce until there is quiet, and then passes the latest of each name.
 *
 * ```
 * source                                         --abAn------c-d-e---f-|       A = a later a, d, e, f = later ones of c
 * coalesceByName({ quantum: 6, quiescent: 3 })   -----n-(bA)-------e---(f|)    n = an event that may not coalesce
 * ```
 *
 * This is what agents do before they hand events on, with a quantum of 3 s and a quiescent time of 1 s: use it for longer
 * times, or for several agents. The latest are those of the latest Lamport time; where several of a name have the same
 * one, all go on. They do so in the order they came. An event with a Lamport time far ahead, which any member can send, thus
 * outranks the real ones of its name for as long as it is held: leave out before what you would not take. User events with
 * `coalesce: false`, queries, member events and gaps pass at once, and thus before what is held. When the source completes
 * or errors, what is held is emitted first; on unsubscribing it is not. Holds `capacity` events.
 *
 * @param options see {@link CoalesceByNameOptions}
 * @throws `InvalidArgumentError` at the call when a time is not a number above 0 and up to 2^31 − 1, or capacity not a
 * positive integer
 * @example
 * ```ts
 * import { coalesceByName, connect } from 'rxserf';
 *
 * connect()
 *   .stream('user')
 *   .pipe(coalesceByName({ quantum: 60_000, quiescent: 10_000 }))
 *   .subscribe(({ name, ltime }) => console.log('reload', name, 'as of', ltime));
 * ```
 */
export function coalesceByName<T extends SerfEvent<unknown> | StreamGap>({
  quantum,
  quiescent,
  capacity = 1_024,
  scheduler = monotonicScheduler,
}: CoalesceByNameOptions): MonoTypeOperatorFunction<T> {
  requireTime('coalesceByName', 'quantum', quantum);
  requireTime('coalesceByName', 'quiescent', quiescent);
  requireCount('coalesceByName', 'capacity', capacity);
  return (source) =>
    defer(() => {
      const held = new LatestByName<T & UserEvent<unknown>>(capacity);
      const passed = new Subject<T>();
      let timer: Subscription | undefined;
      let last = 0;
      let end = 0;

      const idle = () => {
        timer?.unsubscribe();
        timer = undefined;
      };
      const flush = () => {
        idle();
        for (const event of held.take()) passed.next(event);
      };
      // One timer for all that is held: when it is due, it looks whether there was quiet, and how long it is to go on.
      function look(this: SchedulerAction<void>) {
        const now = scheduler.now();
        const due = Math.min(end, last + quiescent);
        // A clock that was set back does not tell how long it has been.
        if (last <= now && now < due) this.schedule(undefined, due - now);
        else flush();
      }
      const hold = (event: T & UserEvent<unknown>) => {
        while (!held.add(event)) flush();
        last = scheduler.now();
        end = timer ? Math.min(end, last + quantum) : last + quantum;
        timer ??= scheduler.schedule(look, Math.min(quantum, quiescent));
      };
      const next = (event: T) => {
        if (mayCoalesce(event)) hold(event);
        else passed.next(event);
      };
      const complete = () => {
        flush();
        passed.complete();
      };
      return merge(passed, source.pipe(tap({ next, error: flush, complete }), ignoreElements())).pipe(
        finalize(idle),
      );
    });
}

function mayCoalesce<T extends SerfEvent<unknown> | StreamGap>(event: T): event is T & UserEvent<unknown> {
  return event.event === 'user' && event.coalesce;
}
