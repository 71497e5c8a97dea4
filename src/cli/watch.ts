import { catchError, EMPTY, filter, map, merge, type Observable, switchMap } from 'rxjs';
import type { SerfClient } from '../client/serf-client.ts';
import { clock, describeEvent, describeMembers, describeStatus } from './describe.ts';

/** The live view of a cluster, as text: the members each time there is a connection, and everything that happens. */
export function watch(client: SerfClient<string | undefined>): Observable<string> {
  const status$ = client.status$.pipe(
    map(describeStatus),
    filter((line) => line !== undefined),
  );
  const members$ = client.status$.pipe(
    filter(({ state }) => state === 'connected'),
    switchMap(() => client.members().pipe(catchError(() => EMPTY))),
    map((members) => `\n${describeMembers(members)}\n\nwaiting for events (Ctrl-C ends)…`),
  );
  const events$ = client.stream('*').pipe(map(describeEvent));
  return merge(merge(status$, events$).pipe(map((line) => `${clock(Date.now())}  ${line}`)), members$);
}
