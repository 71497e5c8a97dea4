import { defer, finalize, map, type Observable, share, take, tap } from 'rxjs';
import type { MembersFilter, RequestOptions, Serf } from '../serf.ts';

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
 * Lists of members are frozen, as many have them. When nobody waits for it any more, the request is unsubscribed from.
 *
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { listen, policy, sharedReads, VIEWER } from 'rxserf/server';
 *
 * listen(policy(sharedReads(connect('10.0.0.1:7373')), VIEWER), { port: 7374 }).subscribe();
 * ```
 */
export function sharedReads<P = Uint8Array>(serf: Serf<P>): Serf<P> {
  /** By what is asked; as many as there are requests that somebody waits for. */
  const underWay = new Map<string, Observable<unknown>>();

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

  return {
    codec: serf.codec,
    members: (filter, options) =>
      shared(
        membersKey(filter, options),
        serf.members(filter, options).pipe(map(Object.freeze)),
      ) as ReturnType<Serf<P>['members']>,
    stats: (options) => shared(JSON.stringify(['stats', options?.timeout]), serf.stats(options)),
    stream: bound(serf, serf.stream),
    monitor: bound(serf, serf.monitor),
    query: bound(serf, serf.query),
    respond: bound(serf, serf.respond),
    event: bound(serf, serf.event),
    tags: bound(serf, serf.tags),
    join: bound(serf, serf.join),
    leave: bound(serf, serf.leave),
    forceLeave: bound(serf, serf.forceLeave),
    coordinate: bound(serf, serf.coordinate),
    installKey: bound(serf, serf.installKey),
    useKey: bound(serf, serf.useKey),
    removeKey: bound(serf, serf.removeKey),
    listKeys: bound(serf, serf.listKeys),
  };
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
