import { Observable, type Subscriber } from 'rxjs';
import { RequestTimeoutError, type SerfError } from '../../errors.ts';
import type { Command } from '../../protocol/commands.ts';
import type { RequestBody, WireValue } from '../../protocol/wire.ts';
import type { Deadlines, Expiring } from '../../rpc/deadlines.ts';
import { Call, type CallSession, type Channel, inReplyTo } from './call.ts';
import { errorOf } from './call-error.ts';

/** A request with a single answer, as it is asked. */
export interface UnaryRequest<C extends Command, T> {
  readonly command: C;
  readonly body: RequestBody<C>;
  /** In ms from the subscription on. */
  readonly timeout: number;
  /** Where the time has begun before: when it is over, by the deadlines' clock. */
  readonly deadline?: number;
  /** What the answer's body means. */
  readonly toValue: (body: WireValue | undefined) => T;
}

/**
 * A request with a single answer: each subscription sends it anew, on `channel`.
 *
 * ```
 * subscribe   ----(v|)     answered
 *             ----#        refused, the connection lost, or no answer in time
 *             --!          unsubscribed: the answer is swallowed
 * ```
 */
export function unaryCall<C extends Command, T>(
  channel: Channel,
  deadlines: Deadlines,
  request: UnaryRequest<C, T>,
): Observable<T> {
  return new Observable((subscriber) => {
    const call = new UnaryCall(request, subscriber, deadlines.now());
    deadlines.add(call);
    channel.call(call);
    return () => {
      deadlines.delete(call);
      channel.cancel(call);
    };
  });
}

/** One object for all of a request's life: requests come by the thousand. */
class UnaryCall<C extends Command, T> extends Call<C> implements Expiring {
  readonly #request: UnaryRequest<C, T>;
  readonly #subscriber: Subscriber<T>;
  readonly deadline: number;
  sooner: Expiring | undefined;
  later: Expiring | undefined;

  constructor(request: UnaryRequest<C, T>, subscriber: Subscriber<T>, now: number) {
    super(request.command, request.body);
    this.#request = request;
    this.#subscriber = subscriber;
    this.deadline = request.deadline ?? now + request.timeout;
  }

  reply(body: WireValue | undefined, { address }: CallSession): void {
    let value: T;
    try {
      value = this.#request.toValue(body);
    } catch (error) {
      this.#subscriber.error(inReplyTo(this.command, address, error as SerfError));
      return;
    }
    this.#subscriber.next(value);
    this.#subscriber.complete();
  }

  fail(error: SerfError): void {
    this.#subscriber.error(errorOf(this.command, error));
  }

  expire(): void {
    this.#subscriber.error(timedOut(this.command, this.#request.timeout));
  }
}

export function timedOut(command: Command, timeout: number): RequestTimeoutError {
  return new RequestTimeoutError(`no answer to ${command} in ${timeout} ms`, { command, timeout });
}
