import { Observable, type Subscriber } from 'rxjs';
import { RequestTimeoutError, type SerfError } from '../../errors.ts';
import type { Command } from '../../protocol/commands.ts';
import type { RequestBody, WireValue } from '../../protocol/wire.ts';
import type { Deadlines, Expiring } from '../../rpc/deadlines.ts';
import { Call, type Caller, type CallSession } from './call.ts';
import { inReplyTo } from './unreadable.ts';

/** A request with a single answer, as it is asked. */
export interface Question<C extends Command, T> {
  readonly command: C;
  readonly body: RequestBody<C>;
  /** In ms from the subscription on. */
  readonly timeout: number;
  /** What the answer's body means. */
  readonly toValue: (body: WireValue | undefined) => T;
}

/**
 * A request with a single answer: each subscription sends it anew, through `caller`.
 *
 * ```
 * subscribe   ----(v|)     answered
 *             ----#        refused, the connection lost, or no answer in time
 *             --!          unsubscribed: the answer is swallowed
 * ```
 */
export function ask<C extends Command, T>(
  caller: Caller,
  deadlines: Deadlines,
  question: Question<C, T>,
): Observable<T> {
  return new Observable((subscriber) => {
    const asking = new Asking(question, subscriber, deadlines.now());
    deadlines.add(asking);
    caller.call(asking);
    return () => {
      deadlines.delete(asking);
      caller.cancel(asking);
    };
  });
}

/** One object for all of a request's life: requests come by the thousand. */
class Asking<C extends Command, T> extends Call<C> implements Expiring {
  readonly #question: Question<C, T>;
  readonly #subscriber: Subscriber<T>;
  readonly deadline: number;

  constructor(question: Question<C, T>, subscriber: Subscriber<T>, now: number) {
    super(question.command, question.body);
    this.#question = question;
    this.#subscriber = subscriber;
    this.deadline = now + question.timeout;
  }

  reply(body: WireValue | undefined, { address }: CallSession): void {
    let value: T;
    try {
      value = this.#question.toValue(body);
    } catch (error) {
      this.#subscriber.error(inReplyTo(this.command, address, error as SerfError));
      return;
    }
    this.#subscriber.next(value);
    this.#subscriber.complete();
  }

  fail(error: SerfError): void {
    this.#subscriber.error(error);
  }

  expire(): void {
    this.#subscriber.error(timedOut(this.command, this.#question.timeout));
  }
}

export function timedOut(command: Command, timeout: number): RequestTimeoutError {
  return new RequestTimeoutError(`no answer to ${command} in ${timeout} ms`, { command, timeout });
}
