import {
  catchError,
  defer,
  distinctUntilChanged,
  EMPTY,
  map,
  type Observable,
  of,
  ReplaySubject,
  repeat,
  type SchedulerLike,
  share,
  switchMap,
  timer,
} from 'rxjs';
import { membership } from '../../membership.ts';
import type { Member } from '../../model.ts';
import { ownMember } from '../../own-member.ts';
import type { AnySerf } from '../../serf.ts';
import type { Discovered, Discovery } from './instance.ts';
import { instancesOf, TAG } from './tags.ts';

/** What is needed of a Serf: a client, an embedded node. */
export type DiscoverySerf = Pick<AnySerf, 'members' | 'stats' | 'stream' | 'tags'>;

/** How often all members are asked for, in ms, in case an event was lost. */
const RESYNC = 60_000;
/** How long the cluster may take to show a tag that was set, in ms, until it is set again. */
const SET_AGAIN = 2_000;

/** What {@link MembershipDiscovery} needs besides a `Serf`. */
export interface MembershipDiscoveryOptions {
  readonly id: string;
  readonly allow: ReadonlySet<string>;
  readonly scheduler: SchedulerLike;
}

/**
 * Finds notifiers by their members' tags, and has our own agent show ours: as often as it is seen to be missing, as an agent
 * forgets it when it is started again, and two that set tags at a time may lose one.
 */
export class MembershipDiscovery implements Discovery {
  readonly #serf: DiscoverySerf;
  readonly #options: MembershipDiscoveryOptions;
  readonly #members$: Observable<ReadonlyMap<string, Member>>;
  readonly discovered$: Observable<Discovered>;
  #own: Member | undefined;

  constructor(serf: DiscoverySerf, options: MembershipDiscoveryOptions) {
    const { id, allow, scheduler } = options;
    this.#serf = serf;
    this.#options = options;
    // Not all who may see members may see stats: then nobody is at our own agent.
    const own$ = defer(() => ownMember(serf)).pipe(catchError(() => of(undefined)));
    this.#members$ = own$.pipe(
      switchMap((own) => {
        this.#own = own;
        return membership(serf, { resync: RESYNC, scheduler });
      }),
      share({ connector: () => new ReplaySubject(1) }),
    );
    this.discovered$ = this.#members$.pipe(
      map((members) => instancesOf(members, { id, allow, own: this.#ownIn(members) })),
    );
  }

  get node(): string {
    return this.#own?.name ?? '';
  }

  advertise(value: string): Observable<Error | undefined> {
    const { id, scheduler } = this.#options;
    const tag = `${TAG}${id}`;
    const set$ = defer(() => this.#serf.tags({ set: { [tag]: value } })).pipe(
      map(() => undefined),
      catchError((error: Error) => of(error)),
    );
    return this.#members$.pipe(
      map((members) => this.#ownIn(members)?.tags[tag] !== value),
      distinctUntilChanged(),
      switchMap((missing) =>
        missing
          ? set$.pipe(repeat({ delay: () => (this.#own ? timer(SET_AGAIN, scheduler) : EMPTY) }))
          : EMPTY,
      ),
    );
  }

  withdraw(): Observable<unknown> {
    return this.forget(this.#options.id);
  }

  forget(id: string): Observable<unknown> {
    return defer(() => this.#serf.tags({ delete: [`${TAG}${id}`] })).pipe(catchError(() => EMPTY));
  }

  /** Our member as it is now. */
  #ownIn(members: ReadonlyMap<string, Member>): Member | undefined {
    return this.#own && (members.get(this.#own.name) ?? this.#own);
  }
}
