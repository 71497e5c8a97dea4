import { constants } from 'node:os';

/** It could not be done. */
export const FAILURE = 1;
/** The command was written wrongly. */
export const MISUSE = 2;

/** Of a command that a signal has ended before it was done, as a shell has it. */
export function interruptedBy(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
