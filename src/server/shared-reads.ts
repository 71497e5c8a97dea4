import {
  defer,
  finalize,
  map,
  type Observable,
  of,
  type SchedulerLike,
  Subscription,
  share,
  take,
  tap,
} from 'rxjs';
import { monotonicScheduler } from '../clock.ts';
import { MEMBER_EVENTS } from '../membership.ts';
import type { Member } from '../model.ts';
import { duration } from '../options.ts';
import { ownMember } from '../own-member.ts';
import type { AnySerf, MembersFilter, RequestOptions, Serf } from '../serf.ts';

/** Options of {@link sharedReads}. */
export interface SharedReadsOptions {
  /**
   * For how long, in ms, an answer to `members` is given again to who asks for the same, as long as no member event and no
   * command through this Serf says that members have changed. It takes a stream of member events meanwhile, which a client
   * shares with all others. @defaultValue 0: only reads that are under way are shared
   */
  readonly keep?: number;
  /** Where time comes from; a `TestScheduler` makes it virtual. @defaultValue the system's monotonic clock */
  readonly scheduler?: SchedulerLike;
}

/** The most answers that are kept; the filters are the peers' to choose. */
const KEPT = 32;

/**
 * A Serf whose identical reads share one request while it is under way: `members` with the same filter and timeout, and
 * `stats`. A thousand peers that come at once then cost the agent one `members`, and `serve` encodes its answer once.
 *
 * ```
 * members()       --a|        subscribes to serf.members()
 * members()        -a|        gets the same answer
 * members()           --b|    asks anew: the other is answered
 * ```
 *
 * A read that joins another does not show what was changed in between, so this is for those who look on: a gateway's peers.
 * Lists of members are frozen, as many have them. With `keep`, who comes a moment later gets the answer as well. When nobody waits for it any more, the request is unsubscribed from.
 *
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { listen, policy, sharedReads, VIEWER } from 'rxserf/server';
 *
 * listen(policy(sharedReads(connect('10.0.0.1:7373')), VIEWER), { port: 7374 }).subscribe();
 * ```
 */
export function sharedReads<P = Uint8Array, S = P>(
  serf: Serf<P, S>,
  { keep = 0, scheduler = monotonicScheduler }: SharedReadsOptions = {},
): Serf<P, S> {
  /** By what is asked; as many as there are requests that somebody waits for. */
  const underWay = new Map<string, Observable<unknown>>();
  const kept = new KeptMembers(serf, duration('keep', keep), scheduler);

  const shared = <T>(key: string, read$: Observable<T>): Observable<T> =>
    defer(() => {
      const known = underWay.get(key) as Observable<T> | undefined;
      if (known) return known;
      const answered = () => {
        if (underWay.get(key) === answer$) underWay.delete(key);
      };
      // Before anybody gets the answer: who then asks again, asks anew.
      const answer$: Observable<T> = read$.pipe(take(1), tap(answered), finalize(answered), share());
      underWay.set(key, answer$);
      return answer$;
    });

  const reads: Serf<P, S> = {
    codec: serf.codec,
    members: (filter, options) => {
      const key = membersKey(filter, options);
      // Not in the `defer`: misuse throws at the call.
      const asked$ = serf.members(filter, options);
      const read$ = defer(() => {
        const keep = kept.begin();
        return asked$.pipe(
          map((members) => Object.freeze(members) as Member[]),
          tap((members) => keep(key, members)),
        );
      });
      return defer(() => {
        const known = kept.get(key);
        return known ? of(known) : shared(key, read$);
      });
    },
    stats: (options) => shared(JSON.stringify(['stats', options?.timeout]), serf.stats(options)),
    self: (options = {}) => ownMember(reads, options),
    stream: bound(serf, serf.stream),
    monitor: bound(serf, serf.monitor),
    query: bound(serf, serf.query),
    respond: bound(serf, serf.respond),
    event: bound(serf, serf.event),
    tags: (...args) => serf.tags(...args).pipe(finalize(kept.drop)),
    join: (...args) => serf.join(...args).pipe(finalize(kept.drop)),
    leave: (...args) => serf.leave(...args).pipe(finalize(kept.drop)),
    forceLeave: (...args) => serf.forceLeave(...args).pipe(finalize(kept.drop)),
    coordinate: bound(serf, serf.coordinate),
    installKey: bound(serf, serf.installKey),
    useKey: bound(serf, serf.useKey),
    removeKey: bound(serf, serf.removeKey),
    listKeys: bound(serf, serf.listKeys),
  };
  return reads;
}

/** Answers to `members` that are still true: no event and no command has changed a member since they were asked for. */
class KeptMembers {
  readonly #serf: AnySerf;
  readonly #time: number;
  readonly #scheduler: SchedulerLike;
  /** At most {@link KEPT}. */
  readonly #answers = new Map<string, Member[]>();
  /** The stream that tells of changes, and the end of what is kept; a new one for each time that all is dropped. */
  #watch: Subscription | undefined;

  constructor(serf: AnySerf, time: number, scheduler: SchedulerLike) {
    this.#serf = serf;
    this.#time = time;
    this.#scheduler = scheduler;
  }

  get(key: string): Member[] | undefined {
    return this.#answers.get(key);
  }

  /** Called before the request is sent; the function that it returns, with the answer. */
  begin(): (key: string, members: Member[]) => void {
    if (this.#time === 0) return () => {};
    if (!this.#watch) this.#listen();
    const watch = this.#watch ?? Subscription.EMPTY;
    return (key, members) => {
      if (!watch.closed && this.#answers.size < KEPT) this.#answers.set(key, members);
    };
  }

  readonly drop = (): void => {
    this.#answers.clear();
    this.#watch?.unsubscribe();
    this.#watch = undefined;
  };

  #listen(): void {
    const watch = new Subscription();
    this.#watch = watch;
    watch.add(this.#scheduler.schedule(this.drop, this.#time));
    // Before the request: a change behind it is heard of. A gap may have been one.
    watch.add(
      this.#serf
        .stream(MEMBER_EVENTS, { gaps: true })
        .subscribe({ next: this.drop, error: this.drop, complete: this.drop }),
    );
  }
}

/** A method of an object, to be called without it; `bind` knows no generics. */
function bound<F extends (...args: never[]) => unknown>(object: object, method: F): F {
  return method.bind(object) as F;
}

function membersKey(filter: MembersFilter | undefined, options: RequestOptions | undefined): string {
  const { status, name, tags = {} } = filter ?? {};
  const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
  // A filter of nothing is a command of its own.
  return JSON.stringify(['members', filter === undefined, status, name, sorted, options?.timeout]);
}
