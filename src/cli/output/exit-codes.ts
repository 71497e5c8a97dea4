import { constants } from 'node:os';

/** It could not be done. */
export const FAILURE = 1;
/** The command was written wrongly: one of ours, and one that `serf` has, which exits with 1 there. */
export const MISUSE = 2;
export const MISUSE_OF_SERF = 1;
/** There is no such command: as a shell has it, and `serf`. */
export const UNKNOWN_COMMAND = 127;

/** Of a command that a signal has ended before it was done, as a shell has it. */
export function interruptedBy(signal: NodeJS.Signals): number {
  return 128 + constants.signals[signal];
}
