import {
  auditTime,
  catchError,
  defer,
  EMPTY,
  filter,
  finalize,
  ignoreElements,
  merge,
  type Observable,
  type SchedulerLike,
  Subject,
  share,
  takeUntil,
  tap,
} from 'rxjs';
import type { DropCounting } from '../../agent-support.ts';

const DROPPED = /agent\.ipc: Dropping event to ipc\.client: (\S+)$/;
/** How often they are reported at most, in ms. */
const REPORTING = 100;

/**
 * Reports how many events an agent has dropped because our connection read too slowly, as it logs them: a line an event, with
 * our end of the connection. (Seen on an agent: 20,788 lines of 20,788 losses. Should the lines themselves come too fast for
 * the monitor, some are missing.) Emits nothing.
 *
 * ```
 * lines    --d-dd-------d----x-d!
 * report   -----3-----------1---1
 * ```
 *
 * @param lines$ a monitor at `warn`, on another connection than the streams'
 * @param ours our end of the streams' connection, as `IP:PORT`
 */
export function agentDrops(
  lines$: Observable<string>,
  ours: () => string | undefined,
  scheduler: SchedulerLike,
  report: (count: number) => void,
): Observable<never> {
  return defer(() => {
    let count = 0;
    const told = () => {
      if (count > 0) report(count);
      count = 0;
    };
    return lines$.pipe(
      filter((line) => {
        const whose = DROPPED.exec(line)?.[1];
        return whose !== undefined && whose === ours();
      }),
      tap(() => {
        count++;
      }),
      auditTime(REPORTING, scheduler),
      tap(told),
      finalize(told),
      ignoreElements(),
    );
  });
}

/** Adds to streams that what an agent drops of them is reported, for as long as any of them is subscribed to. */
export function countDrops({ lines$, ours, scheduler, report }: DropCounting) {
  const drops$ = agentDrops(lines$, ours, scheduler, report).pipe(
    // Counting losses is not worth a stream.
    catchError(() => EMPTY),
    share(),
  );
  return <T>(events$: Observable<T>): Observable<T> =>
    defer(() => {
      const over = new Subject<void>();
      return merge(events$.pipe(finalize(() => over.next())), drops$.pipe(takeUntil(over)));
    });
}
