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
    const alive = session.heard > before || session.blocked;
    before = session.heard;
    if (alive) misses = 0;
    // Every other tick is a look at what the ping before it has brought.
    if (tick % 2 === 1) session.ping();
    else if (tick > 0 && !alive && ++misses === MISSES) dead();
  });
}
