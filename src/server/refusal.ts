import { AgentError, AuthenticationError, type SerfError, type SerfErrorCode } from '../errors.ts';
import type { KeyReport } from '../key-report.ts';
import type { COMMANDS, Command } from '../protocol/commands.ts';
import { wireCoordinate, wireJoined, wireKeyReport, wireMembers } from '../protocol/to-wire.ts';
import type { Writable } from '../protocol/writer.ts';

/** A command that is refused by the server itself, in the agent's words. */
export function refusal(
  command: string,
  text: string,
  code: SerfErrorCode = 'agent-error',
  cause?: unknown,
): SerfError {
  const kind = code === 'auth-required' || code === 'auth-invalid' ? AuthenticationError : AgentError;
  return new kind(code, text, { command, cause });
}

/** Anything thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** The text that a peer gets for an error: never empty, as an empty text means success. */
export function textOf({ message, name }: Error): string {
  return message || name || 'Error';
}

/** The commands whose response has a body, with an error too. */
type WithBody = {
  [C in Command]: (typeof COMMANDS)[C]['response'] extends true ? C : never;
}[Command];

/** That body; a command that is missing here is an error of the types. */
const BODIES_OF_REFUSALS: { readonly [C in WithBody]: (error: unknown) => Writable } = {
  members: () => wireMembers([]),
  'members-filtered': () => wireMembers([]),
  stats: () => ({}),
  'get-coordinate': () => wireCoordinate(null),
  join: () => wireJoined(0),
  'install-key': reportOf,
  'use-key': reportOf,
  'remove-key': reportOf,
  'list-keys': reportOf,
};

/** The body that goes with an error, for commands that the table has one for. */
export function bodyOfRefusal(command: Command, error: unknown): Writable {
  const bodies: Partial<Record<Command, (error: unknown) => Writable>> = BODIES_OF_REFUSALS;
  return bodies[command]?.(error);
}

const NO_REPORT: KeyReport = { keys: {}, messages: {}, errors: 0, nodes: 0, responses: 0 };

function reportOf(error: unknown): Writable {
  return wireKeyReport((error instanceof AgentError ? error.report : undefined) ?? NO_REPORT);
}
