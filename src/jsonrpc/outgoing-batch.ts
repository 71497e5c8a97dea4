import type { Observer, Subscriber } from 'rxjs';
import { ClosedError, ConnectionLostError, ProtocolError } from '../errors.ts';
import type { PendingCalls } from '../rpc/pending-calls.ts';
import type { BatchOutcome } from './json-rpc-session.ts';
import type { Protocol } from './messages.ts';
import type { OutgoingCall } from './outgoing-call.ts';

/** A batch of ours: over when each request has its answer, or will have none. */
export class OutgoingBatch {
  readonly #calls: PendingCalls<unknown>;
  readonly #subscriber: Subscriber<readonly BatchOutcome[]>;
  readonly #outcomes: BatchOutcome[];
  /** The ids of its requests. */
  readonly #ids: number[] = [];
  #open = 0;

  constructor(calls: PendingCalls<unknown>, subscriber: Subscriber<readonly BatchOutcome[]>) {
    this.#calls = calls;
    this.#subscriber = subscriber;
    this.#outcomes = [];
  }

  /**
   * Sends it.
   *
   * @param send what sends the whole, once all have their ids: an answer may come within it
   */
  send(
    members: readonly OutgoingCall[],
    protocol: Protocol,
    timeout: number,
    send: (message: string) => void,
  ): void {
    const parts: string[] = [];
    this.#open = 1;
    members.forEach(({ type, method, params }, index) => {
      const write = (id?: number) => void parts.push(protocol.call(method, id, params));
      this.#outcomes.push({ value: undefined });
      if (type === 'notification') write();
      else this.#ask(index, { method, timeout, send: write });
    });
    if (this.#subscriber.closed) return;
    try {
      send(`[${parts.join(', ')}]`);
    } catch (error) {
      this.forget();
      this.#subscriber.error(error);
      return;
    }
    this.#over();
  }

  /** The answer to the batch has come: what it has no answer to will have none. */
  answered(): void {
    for (const id of this.#ids) {
      const message = 'the answer to the batch has none to this request';
      this.#calls.fail(id, new ProtocolError('unexpected-shape', message));
    }
  }

  /** Nobody waits for it any longer. */
  forget(): void {
    for (const id of this.#ids) this.#calls.forget(id);
  }

  #ask(index: number, call: { method: string; timeout: number; send: (id: number) => void }): void {
    this.#open++;
    const member = new Member(this, index);
    this.#calls.open(
      {
        ...call,
        send: (id) => {
          this.#ids.push(id);
          call.send(id);
        },
      },
      member,
    );
  }

  settle(index: number, outcome: BatchOutcome): void {
    if (this.#subscriber.closed) return;
    const { error } = outcome;
    if (error instanceof ConnectionLostError || error instanceof ClosedError) {
      this.#subscriber.error(error);
      return;
    }
    this.#outcomes[index] = outcome;
    this.#over();
  }

  #over(): void {
    if (--this.#open > 0) return;
    this.#subscriber.next(this.#outcomes);
    this.#subscriber.complete();
  }
}

/** Waits for the answer to one request of a batch. */
export class Member implements Observer<unknown> {
  readonly batch: OutgoingBatch;
  readonly #index: number;

  constructor(batch: OutgoingBatch, index: number) {
    this.batch = batch;
    this.#index = index;
  }

  next(value: unknown): void {
    this.batch.settle(this.#index, { value });
  }

  error(error: Error): void {
    this.batch.settle(this.#index, { error });
  }

  complete(): void {}
}
