import { filter, map, merge, type Observable, scan, startWith } from 'rxjs';
import type { ConnectionStatus, Member } from '../../model.ts';
import type { MembersFilter } from '../../serf.ts';
import type { Client } from '../connection.ts';
import { describeDrop, describeEvent, describeStatus } from '../output/describe.ts';
import type { Line } from '../output/line.ts';

/** What the live view shows. */
export interface View {
  readonly status: ConnectionStatus;
  /** Undefined until the agent has named them. */
  readonly members: ReadonlyMap<string, Member> | undefined;
  /** The last things that happened, the newest at the end. */
  readonly feed: readonly Entry[];
  /** How many events there were in all. */
  readonly events: number;
}

export interface Entry {
  readonly time: number;
  readonly line: Line;
}

/** What `watch` was asked to show. */
export interface Wanted {
  readonly members: MembersFilter;
  /** Which events. */
  readonly filter: string;
}

/** No terminal is higher. */
const FEED_LENGTH = 200;

const NOTHING: View = { status: { state: 'idle' }, members: undefined, feed: [], events: 0 };

export function viewOf(client: Client, wanted: Wanted): Observable<View> {
  const news$ = merge(client.status$.pipe(map(describeStatus)), client.dropped$.pipe(map(describeDrop))).pipe(
    filter((line) => line !== undefined),
  );
  const changes$: Observable<(view: View) => View> = merge(
    client.status$.pipe(map((status) => (view: View) => ({ ...view, status }))),
    news$.pipe(map((line) => (view: View) => entered(view, line))),
    client.membership(wanted.members).pipe(map((members) => (view: View) => ({ ...view, members }))),
    client.stream(wanted.filter, { gaps: true }).pipe(
      map((event) => (view: View) => ({
        ...entered(view, describeEvent(event)),
        events: view.events + (event.event === 'gap' ? 0 : 1),
      })),
    ),
  );
  return changes$.pipe(
    scan((view, change) => change(view), NOTHING),
    startWith(NOTHING),
  );
}

function entered(view: View, line: Line): View {
  return { ...view, feed: [...view.feed.slice(1 - FEED_LENGTH), { time: Date.now(), line }] };
}
