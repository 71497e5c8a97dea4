import {
  auditTime,
  catchError,
  defer,
  EMPTY,
  exhaustMap,
  ignoreElements,
  interval,
  map,
  merge,
  type Observable,
  of,
  repeat,
  type SchedulerLike,
  Subject,
  tap,
  throwError,
} from 'rxjs';
import { MemberTable } from './member-table.ts';
import type { Member } from './model.ts';
import type { MembersFilter, Serf } from './serf.ts';

/** Which members a membership has: those that match patterns, or those for which a function says so. */
export type MembershipFilter = MembersFilter | ((member: Member) => boolean);

/** What {@link membership} needs besides a `Serf`. */
export interface MembershipOptions {
  readonly filter?: MembershipFilter | undefined;
  /** How often all members are asked for, in ms, in case an event was lost; 0: never. */
  readonly resync: number;
  readonly scheduler: SchedulerLike;
}

const MEMBER_EVENTS = 'member-failed,member-join,member-leave,member-reap,member-update';

/**
 * The cluster's members by name, live: a snapshot and the events after it, kept true by another snapshot after each
 * reconnect and every `resync` ms.
 *
 * ```
 * events       --j----------u-u-l------
 * snapshot     ----s-------------------
 * membership   ----m------------m------    what comes together makes one emission
 * ```
 *
 * It listens before it asks, so nothing falls in between. An emission follows only where something changed, and is a
 * map of its own. Only the agent can say which members match a pattern, so with patterns each event leads to another
 * question (one at a time). Errors as `stream` and `members` do; a later snapshot that fails waits for its next
 * occasion.
 */
export function membership(
  serf: Pick<Serf, 'members' | 'stream'>,
  { filter, resync, scheduler }: MembershipOptions,
): Observable<ReadonlyMap<string, Member>> {
  return defer(() => {
    const [accepts, pattern] = typeof filter === 'function' ? [filter, undefined] : [undefined, filter];
    const table = new MemberTable(accepts);
    const changed = new Subject<void>();
    const due = new Subject<void>();
    let wanted = false;
    let known = false;

    const events$ = serf.stream(MEMBER_EVENTS, { onGap: () => due.next() }).pipe(
      tap((event) => {
        if (pattern) due.next();
        else if (table.apply(event) && known) changed.next();
      }),
      ignoreElements(),
    );
    const snapshot$ = defer(() => {
      wanted = false;
      table.expect();
      return serf.members(pattern).pipe(
        tap((members) => {
          const news = table.replace(members) || !known;
          known = true;
          if (news) changed.next();
        }),
        ignoreElements(),
        catchError((error) => (known ? EMPTY : throwError(() => error))),
      );
    });
    const snapshots$ = merge(of(undefined), due, resync > 0 ? interval(resync, scheduler) : EMPTY).pipe(
      tap(() => {
        wanted = true;
      }),
      // One at a time, and one more for all who asked meanwhile.
      exhaustMap(() => snapshot$.pipe(repeat({ delay: () => (wanted ? of(undefined) : EMPTY) }))),
    );
    const members$ = changed.pipe(
      auditTime(0, scheduler),
      map(() => table.copy()),
    );
    return merge(members$, events$, snapshots$);
  });
}
