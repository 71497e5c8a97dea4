import {
  combineLatest,
  concat,
  defer,
  distinctUntilChanged,
  endWith,
  filter,
  forkJoin,
  ignoreElements,
  map,
  merge,
  type Observable,
  of,
  retry,
  Subject,
  startWith,
  switchMap,
  takeUntil,
  tap,
  throwError,
  timer,
} from 'rxjs';
import { flagOf, optionsOf } from './arguments.ts';
import { monotonicScheduler } from './clock.ts';
import { ProtocolError } from './errors.ts';
import { MemberTable, sameMember } from './member-table.ts';
import { type FollowOptions, followMembers } from './membership.ts';
import type { Member } from './model.ts';
import { isBeyondLimits } from './protocol/limits.ts';
import type { AnySerf, SelfOptions } from './serf.ts';

/** What of a `Serf` says which member its agent is. */
type Asked = Pick<AnySerf, 'members' | 'stats' | 'stream'>;

/** How often all members are asked for while a member is followed; as a client has it by default. */
const TIMING: FollowOptions = { resync: 60_000, scheduler: monotonicScheduler };

/**
 * {@link Serf.self} for any `Serf`: the one of the members it knows that has the name in its stats.
 *
 * @param timing of the snapshots of `live`
 */
export function ownMember(serf: Asked, options: SelfOptions = {}, timing = TIMING): Observable<Member> {
  const live = flagOf('members', 'live', optionsOf('members', options).live);
  const name$ = serf.stats(options).pipe(map((stats) => stats.agent?.name));
  if (live) return liveMember(serf, name$, timing);
  return forkJoin([name$, serf.members({}, options)]).pipe(
    map(([name, members]) => members.find((member) => member.name === name) ?? unknownSelf(name)),
  );
}

function liveMember(
  serf: Asked,
  asked$: Observable<string | undefined>,
  { resync, scheduler }: FollowOptions,
): Observable<Member> {
  return defer(() => {
    const table = new MemberTable();
    const changed = new Subject<void>();
    const gaps = new Subject<void>();
    /** Whether a name was known once: who has none yet is told why. */
    let known = false;
    let told = false;
    const again$ = timer(resync || TIMING.resync, scheduler).pipe(
      takeUntil(gaps.pipe(ignoreElements(), endWith(undefined))),
    );
    // Behind a gap it may be another agent; until that is known, nothing is said of either.
    const name$ = gaps.pipe(
      startWith(undefined),
      switchMap(() =>
        concat(
          of(undefined),
          asked$.pipe(
            retry({ delay: (error) => (known && !isBeyondLimits(error) ? again$ : throwError(() => error)) }),
            map((name) => ({ name })),
            tap(() => {
              known = true;
            }),
          ),
        ),
      ),
    );
    const self$ = combineLatest([name$, changed]).pipe(
      filter(([asked]) => asked !== undefined),
      map(([asked]) => table.get(asked?.name ?? '') ?? (told ? undefined : unknownSelf(asked?.name))),
      filter((member) => member !== undefined),
      distinctUntilChanged(sameMember),
      tap(() => {
        told = true;
      }),
    );
    const following$ = followMembers(serf, table, () => changed.next(), {
      resync,
      scheduler,
      onGap: () => gaps.next(),
    }).pipe(
      tap({
        complete: () => {
          gaps.complete();
          changed.complete();
        },
      }),
    );
    return merge(self$, following$);
  });
}

/** @throws `ProtocolError` */
function unknownSelf(name: string | undefined): never {
  const message = `the agent does not know itself: its stats have the name ${JSON.stringify(name)}`;
  throw new ProtocolError('unexpected-shape', message, { command: 'stats' });
}
