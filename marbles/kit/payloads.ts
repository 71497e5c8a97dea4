import { map, type Observable } from 'rxjs';
import type { SerfEvent } from 'rxserf';

/** Just what events carry, so that diagrams have the same letters on both sides; else of which kind they are. */
export function payloads(events$: Observable<SerfEvent<unknown>>) {
  return events$.pipe(map((event) => ('payload' in event ? event.payload : event.event)));
}
