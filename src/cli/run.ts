import { lastValueFrom, type Observable, takeUntil, tap } from 'rxjs';
import type { Line } from './line.ts';
import { print, stop$ } from './output.ts';

/**
 * Prints what a command says until it is done, or is told to stop. The process then ends by itself, when the command's
 * connections have closed.
 */
export async function run(lines$: Observable<string | Line>): Promise<void> {
  await lastValueFrom(lines$.pipe(takeUntil(stop$), tap(print)), { defaultValue: undefined });
}
