import { map, type OperatorFunction } from 'rxjs';
import type { LogLevel } from '../serf.ts';

/** A line of an agent's log, in parts; those it does not have are missing. */
export interface LogLine {
  /** The line as it came. */
  readonly raw: string;
  /** What is left without time, level and component. */
  readonly message: string;
  /** `2026-11-21T10:14:08`, with fractions of a second where the line has them: by the agent's clock, in its zone. */
  readonly time?: string;
  readonly level?: LogLevel;
  /** The part of the agent that speaks, such as `agent`, `agent.ipc`, `serf` or `memberlist`. */
  readonly component?: string;
}

// All of these are anchored and of bounded length: members of the cluster have a say in what lines contain, and how long
// they are.
const TIME = /^(\d{4})\/(\d\d)\/(\d\d) (\d\d:\d\d:\d\d(?:\.\d{1,9})?) /;
const LEVEL = /^\[(TRACE|DEBUG|INFO|WARN|ERR|ERROR)\] /;
const COMPONENT = /^([a-z][a-z0-9._-]{0,63}): /;

/**
 * The lines of an agent's log, in parts.
 *
 * ```
 * source       --a---b--|     a = 2026/11/21 10:14:08 [INFO] agent: Serf agent starting, b = goodbye
 * parseLog()   --x---y--|     x = time 2026-11-21T10:14:08, level info, component agent, message, y = a message only
 * ```
 *
 * A line that is not in the agent's form is all `message`. `time` has no zone, for the line has none: it is the agent's
 * local time, as text. Level and component are the agent's own words; what follows them may be any other member's.
 * Completes and errors with the source, and unsubscribes from it; keeps nothing.
 *
 * @example
 * ```ts
 * import { filter } from 'rxjs';
 * import { connect, parseLog } from 'rxserf';
 *
 * connect()
 *   .monitor('debug')
 *   .pipe(
 *     parseLog(),
 *     filter(({ component, level }) => component === 'memberlist' || level === 'err'),
 *   )
 *   .subscribe(({ time, message }) => console.log(time, message));
 * ```
 */
export function parseLog(): OperatorFunction<string, LogLine> {
  return map(parse);
}

function parse(raw: string): LogLine {
  const time = TIME.exec(raw);
  const timed = raw.slice(time?.[0].length ?? 0);
  const level = LEVEL.exec(timed);
  // Without a level, what comes before a colon may be anything.
  if (!level) return { raw, message: timed, ...(time && timeOf(time)) };
  const levelled = timed.slice(level[0].length);
  const component = COMPONENT.exec(levelled);
  return {
    raw,
    message: levelled.slice(component?.[0].length ?? 0),
    ...(time && timeOf(time)),
    level: level[1] === 'ERROR' ? 'err' : ((level[1] as string).toLowerCase() as LogLevel),
    ...(component && { component: component[1] as string }),
  };
}

function timeOf([, year, month, day, clock]: RegExpExecArray): { readonly time: string } {
  return { time: `${year}-${month}-${day}T${clock}` };
}
