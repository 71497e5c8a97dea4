import { lastValueFrom, NEVER, type Observable, takeUntil, tap } from 'rxjs';
import { interruptedBy } from './output/exit-codes.ts';
import type { Line } from './output/line.ts';
import { print, stop$ } from './output/output.ts';

type Lines = Observable<string | Line>;

/**
 * Prints what a command says until it is done. One that a signal stops before has not done what it was asked, and the exit
 * code says so: in `rxserf event deploy && next`, nothing comes next.
 */
export function run(lines$: Lines): Promise<void> {
  const interrupted$ = stop$.pipe(
    tap((signal) => {
      if (signal) process.exitCode = interruptedBy(signal);
    }),
  );
  return printUntil(interrupted$, lines$);
}

/** Prints what a command says that goes on until it is told to stop: that is its regular end. */
export function runUntilStopped(lines$: Lines): Promise<void> {
  return printUntil(stop$, lines$);
}

/** Prints what a command says that ends by itself, when it is told to stop or not. */
export function runToTheEnd(lines$: Lines): Promise<void> {
  return printUntil(NEVER, lines$);
}

/** The process then ends by itself, when the command's connections have closed. */
async function printUntil(end$: Observable<unknown>, lines$: Lines): Promise<void> {
  await lastValueFrom(lines$.pipe(takeUntil(end$), tap(print)), { defaultValue: undefined });
}
