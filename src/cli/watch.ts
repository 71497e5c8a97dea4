import { catchError, EMPTY, filter, map, merge, type Observable } from 'rxjs';
import type { SerfClient } from '../client/serf-client.ts';
import { clock, describeEvent, describeMembers, describeStatus } from './describe.ts';

/** The live view of a cluster, as text: the members, then everything that happens. */
export function watch(client: SerfClient<string | undefined>): Observable<string> {
  const status$ = client.status$.pipe(
    map(describeStatus),
    filter((line) => line !== undefined),
  );
  const members$ = client.members().pipe(
    map((members) => `\n${describeMembers(members)}\n\nwaiting for events (Ctrl-C ends)…`),
    // The stream reports the same trouble, once.
    catchError(() => EMPTY),
  );
  const events$ = client.stream('*').pipe(map((event) => `${clock(Date.now())}  ${describeEvent(event)}`));
  return merge(status$.pipe(map((line) => `${clock(Date.now())}  ${line}`)), members$, events$);
}
