import { catchError, EMPTY, ignoreElements, merge, mergeMap, type Observable, retry } from 'rxjs';
import { utf8 } from '../../codec.ts';
import type { EmbeddedCluster } from '../../embedded/embedded-cluster.ts';

/** A node that is down may be up again after so long, in ms. */
const RETRY = 500;

/** Has every node answer the queries `ping` and `load`. */
export function answers(cluster: EmbeddedCluster): Observable<never> {
  return merge(
    ...cluster.names.map((name) =>
      cluster
        .node(name)
        .stream('query:ping,query:load', { codec: utf8() })
        .pipe(
          mergeMap((query) =>
            query.respond(query.name === 'ping' ? 'pong' : load()).pipe(catchError(() => EMPTY)),
          ),
          retry({ delay: RETRY }),
          ignoreElements(),
        ),
    ),
  );
}

function load(): string {
  return (Math.random() * 2).toFixed(2);
}
