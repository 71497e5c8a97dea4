import { decodeMulti } from '@msgpack/msgpack';
import type { ObservableNotification } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { expect } from 'vitest';
import type { Asked } from './frames.ts';

/** A request as the client sent it. */
export interface Request {
  readonly command: string;
  readonly seq: number;
  readonly body?: unknown;
}

export function request(command: string, seq: number, body?: unknown): Request {
  return { command, seq, body };
}

/** Something that happens in a diagram, as `TestScheduler.parseMarbles` gives it. */
export interface Timed<T> {
  readonly frame: number;
  readonly notification: ObservableNotification<T>;
}

/** What the client sent on a connection, decoded, with its times. */
export class Sent implements Asked {
  readonly #scheduler: TestScheduler;
  readonly #requests: Request[] = [];
  readonly #answered = new Set<number>();
  readonly #log: Timed<Request>[] = [];
  #expected: readonly Timed<Request>[] | undefined;

  constructor(scheduler: TestScheduler) {
    this.#scheduler = scheduler;
  }

  /** The requests in some bytes: a header each, and a map behind it that is no header is its body. */
  static decode(bytes: Uint8Array): Request[] {
    const requests: Request[] = [];
    for (const value of decodeMulti(bytes) as Generator<Record<string, unknown>>) {
      const { Command: command, Seq: seq } = value;
      if (typeof command === 'string' && typeof seq === 'number') requests.push({ command, seq });
      else requests.push({ ...(requests.pop() as Request), body: value });
    }
    return requests;
  }

  /** Has it answered by the names of {@link Asked}; shows it in the diagram unless it is `hidden`. */
  add(sent: Request, hidden: boolean): void {
    this.#requests.push(sent);
    if (!hidden) this.#note({ kind: 'N', value: sent, error: undefined } as ObservableNotification<Request>);
  }

  /** The client has ended its half. */
  end(): void {
    this.#note({ kind: 'C' });
  }

  unanswered(command: string): number {
    const found = this.#requests.find((sent) => sent.command === command && !this.#answered.has(sent.seq));
    if (!found) throw new Error(`the agent answers a request that was not made: ${command}`);
    this.#answered.add(found.seq);
    return found.seq;
  }

  latest(command: string): number {
    const found = this.#requests.findLast((sent) => sent.command === command);
    if (!found) throw new Error(`the agent has a record of a request that was not made: ${command}`);
    return found.seq;
  }

  expect(marbles: string, requests: Record<string, Request>): void {
    const expected = TestScheduler.parseMarbles(marbles, requests, undefined, false, true);
    this.#expected = expected as Timed<Request>[];
  }

  verify(connection: number): void {
    if (this.#expected)
      expect(this.#log, `what the client sent on connection ${connection}`).toEqual(this.#expected);
  }

  #note(notification: ObservableNotification<Request>): void {
    this.#log.push({ frame: this.#scheduler.frame, notification });
  }
}
