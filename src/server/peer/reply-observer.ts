import type { Observer } from 'rxjs';
import { SerfError } from '../../errors.ts';
import type { Command } from '../../protocol/commands.ts';
import type { Uint64 } from '../../protocol/wire.ts';
import { asError } from '../refusal.ts';
import type { ServedPeer } from './served-peer.ts';

/** Turns what a handler emits into the one answer that its request gets. */
export class ReplyObserver implements Observer<unknown> {
  readonly #peer: ServedPeer;
  readonly #seq: Uint64;
  readonly #command: Command;
  #answered = false;

  constructor(peer: ServedPeer, seq: Uint64, command: Command) {
    this.#peer = peer;
    this.#seq = seq;
    this.#command = command;
  }

  next(value: unknown): void {
    if (this.#answered) return;
    this.#answered = true;
    try {
      this.#peer.reply(this.#seq, this.#command, value);
    } catch (error) {
      this.#refuse(error);
    }
  }

  error(error: unknown): void {
    if (!this.#answered) this.#refuse(error);
    this.#peer.done();
  }

  complete(): void {
    if (!this.#answered) this.#refuse(new SerfError('agent-error', `no answer to ${this.#command}`));
    this.#peer.done();
  }

  #refuse(error: unknown): void {
    this.#peer.refuse(this.#seq, this.#command, asError(error));
  }
}
