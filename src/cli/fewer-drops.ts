import {
  asyncScheduler,
  groupBy,
  type MonoTypeOperatorFunction,
  mergeMap,
  NEVER,
  type SchedulerLike,
  takeLast,
  timer,
} from 'rxjs';
import type { AgentEvent } from './embedded-agent.ts';

/** In ms. */
const PERIOD = 1_000;

/**
 * Of the records dropped for a peer in a second, the last report, which has the count: a peer that reads nothing makes
 * thousands a second.
 */
export function fewerDrops(scheduler: SchedulerLike = asyncScheduler): MonoTypeOperatorFunction<AgentEvent> {
  return (events$) =>
    events$.pipe(
      groupBy((event) => (event.type === 'dropped' ? event.peer : undefined), {
        duration: ({ key }) => (key ? timer(PERIOD, scheduler) : NEVER),
      }),
      mergeMap((events) => (events.key ? events.pipe(takeLast(1)) : events)),
    );
}
