import './broken-output.ts';
import { fromEvent, map, merge, type Observable, take, tap } from 'rxjs';
import { type Line, paint } from './line.ts';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
type Signal = (typeof SIGNALS)[number];

const gone$ = fromEvent(process.stdout, 'error').pipe(map(() => undefined));

/**
 * Emits when nobody wants more: Ctrl-C or another signal to end, which it names, or output that takes no more. A second
 * signal ends the process at once.
 */
export const stop$ = stopOn(SIGNALS);

/** The same with these signals alone: others have another meaning. */
export function stopOn(signals: readonly Signal[]): Observable<Signal | undefined> {
  return merge(gone$, ...signals.map((signal) => fromEvent(process, signal).pipe(map(() => signal)))).pipe(
    take(1),
    tap(() => {
      for (const signal of signals) process.once(signal, () => process.exit(process.exitCode ?? 0));
    }),
  );
}

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
