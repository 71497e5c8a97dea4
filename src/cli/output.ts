import { fromEvent, merge, type Observable, Subject, take, tap } from 'rxjs';
import { type Line, paint } from './line.ts';

const gone = new Subject<void>();

/** `| head` has seen enough, or the terminal is gone: an end like any other. */
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE' && error.code !== 'EIO') throw error;
  gone.next();
});
process.stderr.on('error', () => {});

/** Emits when nobody wants more: Ctrl-C, a signal to end, a reader that is gone. A second signal ends it at once. */
export const stop$: Observable<unknown> = merge(
  gone,
  ...['SIGINT', 'SIGTERM', 'SIGHUP'].map((signal) => fromEvent(process, signal)),
).pipe(
  take(1),
  tap(() => {
    for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'])
      process.once(signal, () => process.exit(process.exitCode ?? 0));
  }),
);

/** Whether standard output is a terminal that can be drawn on. */
export function onTerminal(): boolean {
  return process.stdout.isTTY === true && process.env['TERM'] !== 'dumb';
}

/** Whether standard output takes colours; NO_COLOR and FORCE_COLOR have a say. */
export function hasColours(): boolean {
  const { NO_COLOR, FORCE_COLOR } = process.env;
  if (NO_COLOR) return false;
  if (FORCE_COLOR !== undefined) return FORCE_COLOR !== '0' && FORCE_COLOR !== 'false';
  return onTerminal() && process.stdout.hasColors();
}

export function print(line: string | Line): void {
  process.stdout.write(`${typeof line === 'string' ? line : paint(line, hasColours())}\n`);
}

/** For what is no result: progress, warnings. */
export function note(text: string): void {
  process.stderr.write(`rxserf: ${text}\n`);
}
