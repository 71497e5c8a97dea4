import { CommanderError } from 'commander';
import { InvalidArgumentError, SerfError } from '../../errors.ts';
import { FAILURE } from './exit-codes.ts';
import { note } from './output.ts';
import { errorLine } from './reason.ts';

/** Tells what went wrong, in a line; only a fault of our own has a stack trace. Returns the exit code, `misuse` where it was asked wrongly. */
export function report(error: unknown, misuse: number): number {
  // Commander has said it already; help and version come this way, too.
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : misuse;
  if (error instanceof SerfError) {
    note(errorLine(error));
    return error instanceof InvalidArgumentError ? misuse : FAILURE;
  }
  const { syscall, message, stack } = error as NodeJS.ErrnoException;
  note(syscall ? message : `a fault in rxserf itself, please report it: ${stack ?? String(error)}`);
  return FAILURE;
}
