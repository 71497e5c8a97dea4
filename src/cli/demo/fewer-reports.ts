import {
  asyncScheduler,
  filter,
  groupBy,
  merge,
  mergeMap,
  NEVER,
  type Observable,
  type OperatorFunction,
  reduce,
  type SchedulerLike,
  timer,
} from 'rxjs';
import type { AgentEvent } from './embedded-agent.ts';

/** In ms. */
const PERIOD = 1_000;
/** How much of a command is told, in characters: a peer may ask for anything. */
const TOLD = 100;

type Of<T extends AgentEvent['type']> = Extract<AgentEvent, { readonly type: T }>;
type Summed = Of<'refused' | 'dropped' | 'disconnected'>;
type Refusals = Of<'refused'> & { readonly count: number };

/** What is told of an agent: all that happens at it, with `count` refusals as one. */
export type AgentReport = Exclude<AgentEvent, Of<'refused'>> | Refusals;

/** What is told of a peer in the end, in this order. */
interface Sums {
  readonly refused?: Refusals;
  readonly dropped?: Of<'dropped'>;
  readonly disconnected?: Of<'disconnected'>;
}

/**
 * Of the commands refused to a peer in a second, and of the records dropped for it, the last one with the count: a peer
 * can have thousands of them. One that disconnects has no more: they are told before that.
 */
export function fewerReports(
  scheduler: SchedulerLike = asyncScheduler,
): OperatorFunction<AgentEvent, AgentReport> {
  return (events$) =>
    events$.pipe(
      groupBy((event) => (isSummed(event) ? event.peer : undefined), {
        duration: (group) =>
          group.key
            ? merge(timer(PERIOD, scheduler), group.pipe(filter(({ type }) => type === 'disconnected')))
            : NEVER,
      }),
      mergeMap((group) =>
        group.key
          ? (group as Observable<Summed>).pipe(reduce(add, {}), mergeMap(inOrder))
          : (group as Observable<Exclude<AgentEvent, Summed>>),
      ),
    );
}

function isSummed(event: AgentEvent): event is Summed {
  return event.type === 'refused' || event.type === 'dropped' || event.type === 'disconnected';
}

function add(sums: Sums, event: Summed): Sums {
  if (event.type !== 'refused') return { ...sums, [event.type]: event };
  const count = (sums.refused?.count ?? 0) + 1;
  return { ...sums, refused: { ...event, command: event.command.slice(0, TOLD), count } };
}

function inOrder({ refused, dropped, disconnected }: Sums): AgentReport[] {
  return [refused, dropped, disconnected].filter((event) => event !== undefined);
}
