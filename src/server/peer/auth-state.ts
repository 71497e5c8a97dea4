import { ProtocolError, type SerfError } from '../../errors.ts';
import { refusal } from '../refusal.ts';

/** How far a peer has come: it has said nothing, shaken hands, or also given the key where one is asked for. */
const STRANGER = 0;
const GREETED = 1;
const ACCEPTED = 2;

/** How far it must have come for a command; all others need `ACCEPTED`. */
const NEEDED: ReadonlyMap<string, number> = new Map([
  ['handshake', STRANGER],
  ['auth', GREETED],
]);

/** Why a command is not even looked at. */
export interface Refusal {
  readonly error: SerfError;
  /** Where it is the peer's last. */
  readonly violation?: ProtocolError;
}

/** What a peer has to do before it may do anything, and what it is told until it has, in the agent's words. */
export class Manners {
  readonly #needsKey: boolean;
  #stage = STRANGER;

  constructor(needsKey: boolean) {
    this.#needsKey = needsKey;
  }

  get greeted(): boolean {
    return this.#stage >= GREETED;
  }

  get accepted(): boolean {
    return this.#stage === ACCEPTED;
  }

  /** It has shaken hands. Returns whether that was all it had to do. */
  greet(): boolean {
    this.#stage = this.#needsKey ? GREETED : ACCEPTED;
    return this.accepted;
  }

  /** It has given the key. Returns whether it had not before. */
  authenticate(): boolean {
    const before = this.#stage;
    this.#stage = ACCEPTED;
    return before !== ACCEPTED;
  }

  /** Whether the body of a command is not waited for: the peer is refused, and hung up on, for the header alone. */
  unread(command: string): boolean {
    return !this.greeted && NEEDED.get(command) !== STRANGER;
  }

  refusal(command: string, known: boolean): Refusal | undefined {
    if (this.unread(command))
      return last(command, refusal(command, 'Handshake required'), 'handshake-refused');
    if (this.#stage < (NEEDED.get(command) ?? ACCEPTED))
      return { error: refusal(command, 'Authentication required', 'auth-required') };
    if (known) return undefined;
    return last(
      command,
      refusal(command, 'Unsupported command', 'unsupported-command'),
      'unsupported-command',
    );
  }
}

function last(command: string, error: SerfError, code: 'handshake-refused' | 'unsupported-command'): Refusal {
  const message = `${error.message}: the peer asked for ${JSON.stringify(command.slice(0, 100))}`;
  return { error, violation: new ProtocolError(code, message, { command, cause: error }) };
}
