import { AgentError, AuthenticationError, type SerfError, type SerfErrorCode } from '../errors.ts';

/** A command that is refused by the server itself, in the agent's words. */
export function refusal(command: string, text: string, code: SerfErrorCode = 'agent-error'): SerfError {
  const kind = code === 'auth-required' || code === 'auth-invalid' ? AuthenticationError : AgentError;
  return new kind(code, text, { command });
}

/** Anything thrown, as an error. */
export function asError(thrown: unknown): Error {
  return thrown instanceof Error ? thrown : new Error(String(thrown));
}

/** What a peer is told: never nothing, as an empty text means success. */
export function textOf({ message, name }: Error): string {
  return message || name || 'Error';
}
