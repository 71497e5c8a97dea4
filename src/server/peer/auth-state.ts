import { ProtocolError, type SerfError } from '../../errors.ts';
import { writeText } from '../../protocol/text.ts';
import { refusal } from '../refusal.ts';

/** The states of a peer, in their order; where no key is needed, `HANDSHAKEN` is skipped. */
const CONNECTED = 0;
const HANDSHAKEN = 1;
const ACCEPTED = 2;
/** Accepted without a key, and one that it has given is being checked. */
const CHECKING = 3;
const AUTHENTICATED = 4;

/** The state that a command needs; all others need `ACCEPTED`. */
const NEEDED: ReadonlyMap<string, number> = new Map([
  ['handshake', CONNECTED],
  ['auth', HANDSHAKEN],
]);

/** Why a command is refused unread. */
export interface Refusal {
  readonly error: SerfError;
  /** Set if it is the peer's last. */
  readonly violation?: ProtocolError;
}

/** The state of a peer's authentication, and the refusal of what it may not ask in that state, in the agent's words. */
export class AuthState {
  readonly #needsKey: boolean;
  #state = CONNECTED;

  constructor(needsKey: boolean) {
    this.#needsKey = needsKey;
  }

  get handshaken(): boolean {
    return this.#state >= HANDSHAKEN;
  }

  get accepted(): boolean {
    return this.#state >= ACCEPTED;
  }

  /** Records the handshake. Returns whether the peer is accepted by it. */
  handshake(): boolean {
    this.#state = this.#needsKey ? HANDSHAKEN : ACCEPTED;
    return this.accepted;
  }

  get authenticated(): boolean {
    return this.#state === AUTHENTICATED;
  }

  /** Whether its next command has to wait until it is known who it is. */
  get checking(): boolean {
    return this.#state < ACCEPTED || this.#state === CHECKING;
  }

  /** Records that a key is being checked. */
  check(): void {
    if (this.#state === ACCEPTED) this.#state = CHECKING;
  }

  /** Records that the key was wrong: the peer is what it was before. */
  refuseKey(): void {
    if (this.#state === CHECKING) this.#state = ACCEPTED;
  }

  /** Records the right key. Returns whether the peer was not accepted before. */
  authenticate(): boolean {
    const before = this.#state;
    this.#state = AUTHENTICATED;
    return before < ACCEPTED;
  }

  /** Whether a command's body is not waited for: the peer is refused, and hung up on, for the header alone. */
  refusesUnread(command: string): boolean {
    return !this.handshaken && NEEDED.get(command) !== CONNECTED;
  }

  refusal(command: string, known: boolean): Refusal | undefined {
    if (this.refusesUnread(command))
      return last(command, refusal(command, 'Handshake required'), 'handshake-refused');
    if (this.#state < (NEEDED.get(command) ?? ACCEPTED))
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

/**
 * Compares keys in a time that tells nothing of how much of the given one is right. (Not Node's `timingSafeEqual`: this
 * runs in browsers as well, and that one tells the length by throwing.)
 */
export function sameKey(given: string, key: string): boolean {
  const a = writeText(given);
  const b = writeText(key);
  let difference = a.length ^ b.length;
  for (let i = 0; i < a.length; i++) difference |= (a[i] as number) ^ (b[i % b.length] ?? 0);
  return difference === 0;
}
