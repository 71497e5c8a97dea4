import type { SerfError } from '../../errors.ts';
import type { Command } from '../../protocol/commands.ts';
import type { RequestBody, WireValue } from '../../protocol/wire.ts';
import type { Session } from '../connection/session.ts';

/**
 * One request: what goes out, and who is told what comes back. Told `reply` (and then, for a command with records,
 * `record` any number of times) or `fail`, or both in that order when the connection ends; after `fail`, nothing.
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
  abstract reply(body: WireValue | undefined, session: Session): void;
  /** The agent has refused, or the connection has ended. */
  abstract fail(error: SerfError): void;
  /** The connection has ended: whether it is worth being sent again on the next one. */
  interrupted(): boolean {
    return true;
  }
  /** A record has come. */
  record(_body: WireValue | undefined, _session: Session): void {}
}

/** Takes calls: a connection, or something that has one or gets one. */
export interface Caller {
  call(call: Call): void;
  /** Nobody wants to hear of `call` any more: tells the agent to stop where there is something to stop. */
  cancel(call: Call): void;
}
