import type { Observer } from 'rxjs';
import { SerfError } from '../../errors.ts';
import type { Command } from '../../protocol/commands.ts';
import type { Uint64 } from '../../protocol/wire.ts';
import { asError } from '../refusal.ts';
import type { PeerSession } from './peer-session.ts';

/** Turns what a handler gives into the one answer that its request gets. */
export class Answering implements Observer<unknown> {
  readonly #session: PeerSession;
  readonly #seq: Uint64;
  readonly #command: Command;
  #answered = false;

  constructor(session: PeerSession, seq: Uint64, command: Command) {
    this.#session = session;
    this.#seq = seq;
    this.#command = command;
  }

  next(value: unknown): void {
    if (this.#answered) return;
    this.#answered = true;
    try {
      this.#session.reply(this.#seq, this.#command, value);
    } catch (error) {
      this.#refuse(error);
    }
  }

  error(error: unknown): void {
    if (!this.#answered) this.#refuse(error);
    this.#session.done();
  }

  complete(): void {
    if (!this.#answered) this.#refuse(new SerfError('agent-error', `no answer to ${this.#command}`));
    this.#session.done();
  }

  #refuse(error: unknown): void {
    this.#session.refuse(this.#seq, this.#command, asError(error));
  }
}
