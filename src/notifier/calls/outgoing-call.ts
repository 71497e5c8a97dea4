import type { Observer, Subscriber } from 'rxjs';
import { type Codec, decodeWith } from '../../codec.ts';
import { ConnectionLostError, NoRecipientError, RemoteError, type SerfError } from '../../errors.ts';
import type { Answer } from '../../model.ts';
import type { Deadlines } from '../../rpc/deadlines.ts';
import type { CallOutcome } from '../mesh/frames.ts';
import type { Directory } from '../registrations/directory.ts';
import type { Id } from '../registrations/match.ts';
import { pickSlice } from '../registrations/pick-slice.ts';
import type { Route, RoutedCall, RoutedRegistration } from '../registrations/route.ts';

/** To how many slices a call goes at most, one after the other: a peer that is asked and has none any more is rare, or lies. */
const MOST_TRIES = 10;

/** What a call needs of its notifier. */
export interface CallContext {
  readonly directory: Directory<RoutedRegistration>;
  readonly codec: Codec<unknown>;
  readonly deadlines: Deadlines;
  readonly random: () => number;
}

/** A call as it was made. */
export interface CallRequest {
  readonly object: string;
  readonly id: Id;
  readonly command: string;
  readonly payload: Uint8Array;
  /** In ms; 0: for ever. */
  readonly timeout: number;
}

/** One call to all who are to answer it. Each has one answer; the call is over with the last of them. */
export class OutgoingCall {
  readonly #context: CallContext;
  readonly #request: CallRequest;
  readonly #subscriber: Subscriber<Answer>;
  readonly #name: string;
  #attempts: Attempt[] = [];
  /** How many have no answer yet. */
  #open = 0;
  /** Slices, and ways to notifiers with all of theirs, that could not be reached: mostly, there are none. */
  #excluded: Set<RoutedRegistration | Route> | undefined;
  /** When the time of all is over, by the clock of the deadlines. */
  #deadline = 0;

  constructor(context: CallContext, request: CallRequest, subscriber: Subscriber<Answer>) {
    this.#context = context;
    this.#request = request;
    this.#subscriber = subscriber;
    this.#name = `${request.object} ${request.command}`;
  }

  /** Sends it to all full registrations and one slice, each handler once. */
  start(): void {
    const { object, id, command, timeout } = this.#request;
    if (timeout > 0) this.#deadline = this.#context.deadlines.now() + timeout;
    const buckets = this.#context.directory.of('call').find(object, id, command);
    const recipients: RoutedRegistration[] = [];
    for (const { full } of buckets)
      for (const registration of full) if (!isAmong(registration, recipients)) recipients.push(registration);
    const slice = pickSlice(buckets, this.#context.random);
    if (slice && !isAmong(slice, recipients)) recipients.push(slice);
    if (recipients.length === 0) {
      this.#subscriber.error(this.#noRecipient(`nobody has registered for ${this.#name} with this id`));
      return;
    }
    // All of them first: one may answer at once, and is not the last.
    const attempts: Attempt[] = [];
    for (const registration of recipients) attempts.push(this.#attempt(registration, timeout));
    this.#attempts = attempts;
    this.#open = attempts.length;
    for (const attempt of attempts) if (!attempt.over) this.#send(attempt);
  }

  /** Nobody waits for answers any more. */
  cancel(): void {
    if (this.#open === 0) return;
    this.#open = 0;
    for (const attempt of this.#attempts) {
      if (attempt.over) continue;
      attempt.over = true;
      attempt.cancel?.();
    }
  }

  settled(attempt: Attempt, outcome: CallOutcome): void {
    const { registration } = attempt;
    const from = registration.route.id;
    if (outcome.type === 'gone') {
      this.#instead(
        attempt,
        registration,
        this.#noRecipient(`${from} has no registration for ${this.#name} any more`),
      );
      return;
    }
    if (outcome.type === 'error') {
      const { payload: data } = decodeWith(this.#context.codec, outcome.data);
      const error = new RemoteError(outcome.message, { command: this.#name, rpcCode: outcome.code, data });
      this.#answer(attempt, { from, error });
      return;
    }
    const { payload, payloadError } = decodeWith(this.#context.codec, outcome.payload);
    this.#answer(attempt, payloadError ? { from, error: payloadError } : { from, value: payload });
  }

  failed(attempt: Attempt, error: SerfError): void {
    // Of these it is known that nothing has been done.
    const notSent = error instanceof ConnectionLostError && error.outcome === 'not-sent';
    if (notSent || error.code === 'overflow') this.#instead(attempt, attempt.registration.route, error);
    else if (error.code === 'closed') {
      this.cancel();
      this.#subscriber.error(error);
    } else this.#answer(attempt, { from: attempt.registration.route.id, error });
  }

  /** A slice gives way to another one; where there is none, and for what is full, the error is the answer. */
  #instead(attempt: Attempt, unreachable: RoutedRegistration | Route, error: SerfError): void {
    if (attempt.over) return;
    const { registration } = attempt;
    const { timeout } = this.#request;
    const left = timeout === 0 ? 0 : this.#deadline - this.#context.deadlines.now();
    const late = timeout > 0 && left <= 0;
    const other = registration.weight === undefined || late ? undefined : this.#otherThan(unreachable);
    if (!other) this.#answer(attempt, { from: registration.route.id, error });
    else {
      const next = this.#attempt(other, left);
      attempt.over = true;
      this.#attempts[this.#attempts.indexOf(attempt)] = next;
      this.#send(next);
    }
  }

  #otherThan(unreachable: RoutedRegistration | Route): RoutedRegistration | undefined {
    const { object, id, command } = this.#request;
    this.#excluded ??= new Set();
    const excluded = this.#excluded.add(unreachable);
    if (excluded.size >= MOST_TRIES) return undefined;
    const buckets = this.#context.directory.of('call').find(object, id, command);
    return pickSlice(
      buckets,
      this.#context.random,
      (slice) => !(slice.route.full || excluded.has(slice) || excluded.has(slice.route)),
    );
  }

  #attempt(registration: RoutedRegistration, timeout: number): Attempt {
    const { id, payload } = this.#request;
    return new Attempt(this, registration, id, payload, this.#name, timeout);
  }

  #send(attempt: Attempt): void {
    attempt.cancel = attempt.registration.route.call(attempt, attempt);
  }

  #answer(attempt: Attempt, answer: Answer): void {
    if (attempt.over) return;
    attempt.over = true;
    this.#open--;
    this.#subscriber.next(answer);
    if (this.#open === 0) this.#subscriber.complete();
  }

  #noRecipient(message: string): NoRecipientError {
    return new NoRecipientError(message, { command: this.#name });
  }
}

/** A call to one registration. */
class Attempt implements RoutedCall, Observer<CallOutcome> {
  readonly #call: OutgoingCall;
  readonly registration: RoutedRegistration;
  readonly id: Id;
  readonly payload: Uint8Array;
  readonly name: string;
  readonly timeout: number;
  cancel: (() => void) | undefined;
  /** Whether it has had its answer, has been replaced, or was cancelled. */
  over = false;

  constructor(
    call: OutgoingCall,
    registration: RoutedRegistration,
    id: Id,
    payload: Uint8Array,
    name: string,
    timeout: number,
  ) {
    this.#call = call;
    this.registration = registration;
    this.id = id;
    this.payload = payload;
    this.name = name;
    this.timeout = timeout;
  }

  next(outcome: CallOutcome): void {
    this.#call.settled(this, outcome);
  }

  error(error: SerfError): void {
    this.#call.failed(this, error);
  }

  complete(): void {}
}

/** Whether the handler of a registration is that of another one as well. */
function isAmong({ route, target }: RoutedRegistration, others: readonly RoutedRegistration[]): boolean {
  return others.some((other) => other.route === route && other.target === target);
}
