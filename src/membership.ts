import {
  audit,
  catchError,
  defer,
  EMPTY,
  exhaustMap,
  filter,
  ignoreElements,
  interval,
  map,
  merge,
  type Observable,
  of,
  repeat,
  type SchedulerLike,
  Subject,
  takeUntil,
  tap,
  timer,
} from 'rxjs';
import { MemberTable } from './member-table.ts';
import type { Member } from './model.ts';
import { isBeyondLimits } from './protocol/limits.ts';
import type { AnySerf, MembersFilter } from './serf.ts';

/** Which members a membership has: those that match patterns, or those for which a function says so. */
export type MembershipFilter = MembersFilter | ((member: Member) => boolean);

/** What {@link membership} needs besides a `Serf`. */
export interface MembershipOptions {
  readonly filter?: MembershipFilter | undefined;
  /** How often all members are asked for, in ms, in case an event was lost; 0: never. */
  readonly resync: number;
  readonly scheduler: SchedulerLike;
}

/** The filter of all that happens to members: the same text everywhere, so that a client has one stream of it. */
export const MEMBER_EVENTS = 'member-failed,member-join,member-leave,member-reap,member-update';

/** An emission is a copy, and costs by the member: from so many members on… */
const LARGE = 1_000;
/** …there is one in so many ms at the most. */
const LARGE_PERIOD = 16;

/** What {@link followMembers} needs besides a `Serf` and a table. */
export interface FollowOptions {
  /** Only members that match; each event leads to another question then. */
  readonly pattern?: MembersFilter | undefined;
  /** How often all members are asked for, in ms, in case an event was lost; 0: never. */
  readonly resync: number;
  readonly scheduler: SchedulerLike;
  /** Called where events may be missing: it may be another agent from then on. */
  readonly onGap?: () => void;
}

/**
 * Keeps a table of members true: a snapshot and the events after it, another snapshot after each reconnect and every `resync`
 * ms. It listens before it asks, so nothing falls in between.
 *
 * @param onChange called when the table is not what it was; first when it is known, be it empty
 */
export function followMembers(
  serf: Pick<AnySerf, 'members' | 'stream'>,
  table: MemberTable,
  onChange: () => void,
  { pattern, resync, scheduler, onGap: tellGap }: FollowOptions,
): Observable<never> {
  return defer(() => {
    const due = new Subject<void>();
    const ended = new Subject<void>();
    let known = false;
    let over = false;
    let wanted = false;

    /** The stream has completed; but whoever has not had a first snapshot yet is owed it, or its error. */
    const endWhenKnown = () => {
      if (over && known) ended.next();
    };
    const onGap = () => {
      // What was said before it is not true any more for a snapshot that is under way.
      table.expect();
      tellGap?.();
      due.next();
    };
    const events$ = serf.stream(MEMBER_EVENTS, { onGap }).pipe(
      tap({
        next: (event) => {
          if (pattern) due.next();
          else if (table.apply(event) && known) onChange();
        },
        complete: () => {
          over = true;
          endWhenKnown();
        },
      }),
      ignoreElements(),
    );
    const snapshot$ = defer(() => {
      wanted = false;
      table.expect();
      return serf.members(pattern).pipe(
        catchError((error) => {
          if (!known || isBeyondLimits(error)) throw error;
          table.giveUp();
          return EMPTY;
        }),
        tap((members) => {
          const news = table.replace(members) || !known;
          known = true;
          if (news) onChange();
          endWhenKnown();
        }),
        ignoreElements(),
      );
    });
    const snapshots$ = merge(of(undefined), due, resync > 0 ? interval(resync, scheduler) : EMPTY).pipe(
      tap(() => {
        wanted = true;
      }),
      // One at a time, and one more for all who asked meanwhile.
      exhaustMap(() => snapshot$.pipe(repeat({ delay: () => (wanted ? of(undefined) : EMPTY) }))),
      takeUntil(ended),
    );
    return merge(events$, snapshots$);
  });
}

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
 * It listens before it asks, so nothing falls in between. An emission follows only where something is not as it was in
 * the one before, and is a map of its own. Only the agent can say which members match a pattern, so with patterns each
 * event leads to another question (one at a time). Completes with `stream`, errors as `stream` and `members` do; a later
 * snapshot that fails waits for its next occasion, but one beyond the client's `limits` ends it: it costs the connection
 * each time.
 */
export function membership(
  serf: Pick<AnySerf, 'members' | 'stream'>,
  { filter: which, resync, scheduler }: MembershipOptions,
): Observable<ReadonlyMap<string, Member>> {
  return defer(() => {
    const [accepts, pattern] = typeof which === 'function' ? [which, undefined] : [undefined, which];
    const table = new MemberTable(accepts);
    const changed = new Subject<void>();
    /** Whether an emission is due already, which will have what changes now, too. */
    let telling = false;
    const tell = () => {
      if (telling) return;
      telling = true;
      changed.next();
    };
    const members$ = changed.pipe(
      audit(() => timer(table.size > LARGE ? LARGE_PERIOD : 0, scheduler)),
      map(() => {
        telling = false;
        return table.news();
      }),
      filter((news) => news !== undefined),
    );
    const following$ = followMembers(serf, table, tell, { pattern, resync, scheduler }).pipe(
      tap({ complete: () => changed.complete() }),
    );
    return merge(members$, following$);
  });
}
