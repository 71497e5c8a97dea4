import { ProtocolError, type SerfError } from '../../errors.ts';
import type { Command } from '../../protocol/commands.ts';

/** What was wrong with a reply, with what it is a reply to. */
export function inReplyTo(command: Command, address: string, error: SerfError): SerfError {
  if (!(error instanceof ProtocolError)) return error;
  return new ProtocolError(error.code, error.message, { command, address, cause: error });
}
