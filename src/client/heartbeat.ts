import { interval, type SchedulerLike, type Subscription } from 'rxjs';
import type { Session } from './session.ts';

/** How many pings in a row may go unanswered. */
const MISSES = 2;

/**
 * Notices a peer that is gone without having said so: frozen, unplugged, behind something that swallows bytes. (TCP
 * itself does not for hours, and its keep-alive is answered by the kernel of a frozen agent.)
 *
 * Each `period` ms a ping goes out; a ping is missed when nothing at all has come half a period later.
 *
 * ```
 * ping    -----p---------p---------p-----
 * heard   ------x------------------------
 * missed  ----------------------m---------m dead, at most 2.5 periods after the last sign of life
 * ```
 */
export function heartbeat(
  session: Session,
  period: number,
  scheduler: SchedulerLike,
  dead: () => void,
): Subscription {
  let before = session.heard;
  let misses = 0;
  return interval(period / 2, scheduler).subscribe((tick) => {
    if (tick % 2 === 0) {
      if (tick === 0) return;
      misses = session.heard > before || session.blocked ? 0 : misses + 1;
      if (misses >= MISSES) dead();
      return;
    }
    before = session.heard;
    session.ping();
  });
}
