import type { SchedulerLike, Subscription } from 'rxjs';
import { dateBy } from '../../clock.ts';
import { fairInterval } from '../../rpc/fair-timer.ts';
import type { Session } from './session.ts';

/** How many pings in a row may go unanswered. */
const MISSES = 2;

/**
 * Detects a peer that is gone without closing the connection: frozen, unplugged, behind something that swallows bytes. (TCP
 * does not for hours, and the kernel of a frozen agent answers its keep-alive.)
 *
 * Pings every `period` ms; a ping is missed when there was no sign of life half a period later.
 *
 * ```
 * ping    -----p---------p---------p-----
 * heard   ------x------------------------
 * missed  ----------------------m---------m timed out, at most 2.5 periods after the last sign of life
 * ```
 *
 * @param onSilence called with the date of the ping when one is missed, and with nothing when there is a sign of life after that
 */
export function heartbeat(
  session: Session,
  period: number,
  scheduler: SchedulerLike,
  onTimeout: () => void,
  onSilence: (since?: number) => void,
): Subscription {
  let before = session.heard;
  let misses = 0;
  const answered = () => {
    if (misses > 0) onSilence();
    misses = 0;
  };
  return fairInterval(period / 2, scheduler).subscribe((tick) => {
    const alive = session.heard > before || session.blocked;
    before = session.heard;
    if (alive) answered();
    // Every other tick pings; the one after it looks for an answer.
    if (tick % 2 === 1) session.ping(answered);
    else if (tick > 0 && !alive) {
      if (++misses === MISSES) onTimeout();
      else onSilence(dateBy(scheduler) - period / 2);
    }
  });
}
