import {
  catchError,
  distinctUntilChanged,
  EMPTY,
  filter,
  from,
  map,
  merge,
  mergeMap,
  type Observable,
  switchMap,
} from 'rxjs';
import { memberChanges } from '../../operators/member-changes.ts';
import { tableOf } from '../commands/members.ts';
import type { Client } from '../connection.ts';
import { clock, describeConnection, describeDrop, describeEvent } from '../output/describe.ts';
import { eventFields, record, statusFields } from '../output/json.ts';
import { type Line, span } from '../output/line.ts';
import type { Wanted } from './facts.ts';

/** What happens, line by line, and the members each time there is a connection. */
export function watchLines(client: Client, { members, filter: events }: Wanted): Observable<Line> {
  const happenings$ = merge(
    describeConnection(client.status$),
    client.dropped$.pipe(map(describeDrop)),
    client.stream(events, { gaps: true }).pipe(map(describeEvent)),
  ).pipe(
    filter((line) => line !== undefined),
    map((line): Line => [span(`${clock(Date.now())}  `, 'dim'), ...line]),
  );
  let known = false;
  const tables$ = client.status$.pipe(
    map(({ state }) => state === 'connected'),
    distinctUntilChanged(),
    filter((connected) => connected),
    switchMap(() =>
      client.members(members).pipe(
        catchError((error) => {
          if (known) return EMPTY;
          throw error;
        }),
      ),
    ),
    mergeMap((list) => {
      known = true;
      return from([[], ...tableOf(list), []]);
    }),
  );
  return merge(happenings$, tables$);
}

/** The same as lines of JSON; of the members, every change. */
export function watchJson(client: Client, { members, filter: events }: Wanted): Observable<string> {
  return merge(
    client.status$.pipe(map((status) => record('status', statusFields(status)))),
    client.dropped$.pipe(map((loss) => record('lost', loss))),
    client.membership(members).pipe(
      memberChanges(),
      map(({ type: change, ...fields }) => record('member', { change, ...fields })),
    ),
    client.stream(events, { gaps: true }).pipe(map((event) => record('event', eventFields(event)))),
  );
}
