import { map, merge } from 'rxjs';
import { type LogLine, parseLog } from '../operators/parse-log.ts';
import type { LogLevel } from '../serf.ts';
import { follow } from './follow.ts';
import { type InjectSerfOptions, inInjectionContext } from './injection-context.ts';
import { type FeedOptions, feedOf, type LiveFeed, LiveWindow, viewOf } from './live-window.ts';
import { whenConnected } from './when-connected.ts';

/** Options of {@link injectLogLines}. */
export interface InjectLogLinesOptions<P> extends InjectSerfOptions<P>, FeedOptions {
  /** How many of the newest are kept, 1 to 100,000. @defaultValue 500 */
  readonly keep?: number;
}

const LEVELS: readonly LogLevel[] = ['trace', 'debug', 'info', 'warn', 'err'];

/**
 * The newest lines of the agent's log, in parts and in their order: `monitor()` as signals. Begins with up to 512 old lines.
 *
 * Another level begins anew with its old lines; until the first of them is there, those that it has, too, stay. What lines
 * say is other people's text: show them by interpolation.
 *
 * @param level or a function that gives one, or `undefined` (`idle`): signals that it reads are dependencies; `info` by default
 * @throws `InvalidArgumentError` at the call for a `keep` out of range; Angular's `NG0203` outside of an injection context,
 *   without an `injector`
 * @example
 * ```ts
 * import { signal } from '@angular/core';
 * import type { LogLevel } from 'rxserf';
 * import { injectLogLines } from 'rxserf/angular';
 *
 * export class Log {
 *   readonly level = signal<LogLevel>('info');
 *   readonly paused = signal(false);
 *   readonly lines = injectLogLines(this.level, { keep: 2_000, pause: this.paused });
 * }
 * ```
 */
export function injectLogLines<P = unknown>(
  level: LogLevel | (() => LogLevel | undefined) = 'info',
  options: InjectLogLinesOptions<P> = {},
): LiveFeed<LogLine> {
  const newWindow = () => new LiveWindow<LogLine>(options.keep ?? 500, { newestFirst: false });
  let window = newWindow();
  return inInjectionContext(injectLogLines, options.injector, () =>
    feedOf(
      follow({
        ...options,
        params: typeof level === 'function' ? level : () => level,
        stream: (serf, asked) => {
          window.retain((line) => isOf(asked, line));
          const listening$ = serf.status$.pipe(whenConnected());
          let fresh: LiveWindow<LogLine> | undefined;
          const pushed$ = serf.monitor(asked).pipe(
            parseLog(),
            map((line) => {
              fresh ??= newWindow();
              window = fresh;
              window.push(line);
            }),
          );
          return merge(listening$, pushed$).pipe(map(() => window));
        },
        initial: window,
        show: viewOf<LogLine>(options),
      }),
    ),
  );
}

function isOf(level: LogLevel, line: LogLine): boolean {
  return line.level === undefined || LEVELS.indexOf(line.level) >= LEVELS.indexOf(level);
}
