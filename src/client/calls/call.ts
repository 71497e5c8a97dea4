import { noop } from 'rxjs';
import { ProtocolError, type SerfError } from '../../errors.ts';
import type { Command } from '../../protocol/commands.ts';
import type { RequestBody, WireValue } from '../../protocol/wire.ts';

/**
 * One request and what becomes of it. A session calls `reply` (and then, for a command with records, `record` any number of
 * times) or `fail`, or both in that order when the connection ends; after `fail`, nothing.
 */
export abstract class Call<C extends Command = Command> {
  readonly command: C;
  readonly body: RequestBody<C>;
  /** The session's: the number it was sent under. */
  seq = -1;
  /**
   * The session's: how far it is. `cancelled`: nobody listens any more, but the first response has not come, and the
   * session has to know whether a body follows it.
   */
  state: 'unsent' | 'asked' | 'answered' | 'cancelled' | 'over' = 'unsent';

  constructor(command: C, body: RequestBody<C>) {
    this.command = command;
    this.body = body;
  }

  /** The agent has answered, without an error. */
  abstract reply(body: WireValue | undefined, session: CallSession): void;
  /** The agent has refused, or the connection has ended. */
  abstract fail(error: SerfError): void;
  /** The connection has ended: whether it is worth being sent again on the next one. */
  interrupted(): boolean {
    return true;
  }
  /** A record has come. */
  record(_body: WireValue | undefined, _session: CallSession): void {}
}

/** A request that a session makes itself, on its own connection and no other. */
export class InternalCall<C extends Command> extends Call<C> {
  readonly reply: (body: WireValue | undefined) => void;
  readonly fail: (error: SerfError) => void;

  constructor(
    command: C,
    body: RequestBody<C>,
    reply: (body: WireValue | undefined) => void = noop,
    fail: (error: SerfError) => void = noop,
  ) {
    super(command, body);
    this.reply = reply;
    this.fail = fail;
  }

  override interrupted(): boolean {
    return false;
  }
}

/** Takes calls: a connection, or something that has one or opens one. */
export interface Channel {
  call(call: Call): void;
  /** Ends `call` without another word to it; stops its stream at the agent, if it has one. */
  cancel(call: Call): void;
}

/** The connection that a call was sent on, as far as the call needs it. */
export interface CallSession extends Channel {
  /** The agent's `host:port`. */
  readonly address: string;
  /** The agent has sent the last of `call`: its number may be forgotten. */
  release(call: Call): void;
}

/** What was wrong with a reply, with what it is a reply to. */
export function inReplyTo(command: Command, address: string, error: SerfError): SerfError {
  if (!(error instanceof ProtocolError)) return error;
  return new ProtocolError(error.code, error.message, { command, address, cause: error });
}
