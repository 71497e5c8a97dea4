import type { Subscriber, Unsubscribable } from 'rxjs';
import { type Codec, decodeWith } from '../../codec.ts';
import {
  ConnectionLostError,
  NoRecipientError,
  RemoteError,
  type RequestOutcome,
  type SerfError,
} from '../../errors.ts';
import type { Answer } from '../../model.ts';
import type { Deadlines } from '../../rpc/deadlines.ts';
import type { CallOutcome } from '../mesh/frames.ts';
import type { Directory } from '../registrations/directory.ts';
import type { Id } from '../registrations/match.ts';
import { pickSlice } from '../registrations/pick-slice.ts';
import type { Publication, Route, RoutedCall, RoutedRegistration } from '../registrations/route.ts';
import type { Bucket } from '../registrations/table.ts';

/** To how many slices a call goes at most, one after the other: a peer that is asked and has none any more is rare, or lies. */
const MOST_TRIES = 10;

/** What a call needs of its notifier. */
export interface CallContext {
  readonly directory: Directory<RoutedRegistration>;
  readonly codec: Codec<unknown>;
  readonly deadlines: Deadlines;
  readonly random: () => number;
}

/** One call to all who are to answer it. Each has one answer; the call is over with the last of them. */
export class OutgoingCall implements Unsubscribable {
  readonly #context: CallContext;
  readonly #subscriber: Subscriber<Answer>;
  #attempts: Attempt[] = [];
  /** How many have no answer yet. */
  #open = 0;
  /** Slices, and ways to notifiers with all of theirs, that could not be reached: mostly, there are none. */
  #excluded: Set<RoutedRegistration | Route> | undefined;
  /** What is sent. */
  readonly request: Publication;
  /** In ms; 0: for ever. */
  readonly timeout: number;
  /** When the time of all is over, by the clock of the deadlines; `Infinity`: never. */
  readonly deadline: number;

  /** Its time begins now. @param timeout how long answers may take, in ms; 0: for ever */
  constructor(context: CallContext, request: Publication, timeout: number, subscriber: Subscriber<Answer>) {
    this.#context = context;
    this.#subscriber = subscriber;
    this.request = request;
    this.timeout = timeout;
    this.deadline = timeout > 0 ? context.deadlines.now() + timeout : Number.POSITIVE_INFINITY;
  }

  /** What it is called in errors. */
  get name(): string {
    return `${this.request.object} ${this.request.command}`;
  }

  /** Sends it to all full registrations and one slice, each handler once. */
  start(): void {
    const buckets = this.#find();
    const slice = pickSlice(buckets, this.#context.random);
    const recipients = recipientsOf(buckets, slice);
    if (recipients.length === 0) {
      this.#subscriber.error(this.#noRecipient(`nobody has registered for ${this.name} with this id`));
      return;
    }
    // All of them first: one may answer at once, and is not the last.
    const attempts = recipients.map((registration) => new Attempt(this, registration));
    this.#attempts = attempts;
    this.#open = attempts.length;
    for (const attempt of attempts) if (!attempt.over) attempt.registration.route.call(attempt);
  }

  /** Nobody waits for answers any more. */
  unsubscribe(): void {
    if (this.#open === 0) return;
    this.#open = 0;
    for (const attempt of this.#attempts) {
      if (attempt.over) continue;
      attempt.over = true;
      attempt.registration.route.cancelCall(attempt.seq);
    }
  }

  settled(attempt: Attempt, outcome: CallOutcome): void {
    const { registration } = attempt;
    const from = registration.route.id;
    if (outcome.type === 'gone') {
      const message = `${from} has no registration for ${this.name} any more`;
      this.#instead(attempt, registration, this.#noRecipient(message));
      return;
    }
    if (outcome.type === 'error') {
      const { payload: data } = decodeWith(this.#context.codec, outcome.data);
      const error = new RemoteError(outcome.message, { command: this.name, rpcCode: outcome.code, data });
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
      this.unsubscribe();
      this.#subscriber.error(error);
    } else this.#answer(attempt, { from: attempt.registration.route.id, error });
  }

  /** A slice gives way to another one; where there is none, and for what is full, the error is the answer. */
  #instead(attempt: Attempt, unreachable: RoutedRegistration | Route, error: SerfError): void {
    if (attempt.over) return;
    const { registration } = attempt;
    const late = this.timeout > 0 && this.deadline <= this.#context.deadlines.now();
    const other = registration.weight === undefined || late ? undefined : this.#otherThan(unreachable);
    if (!other) this.#answer(attempt, { from: registration.route.id, error });
    else {
      const next = new Attempt(this, other);
      attempt.over = true;
      this.#attempts[this.#attempts.indexOf(attempt)] = next;
      other.route.call(next);
    }
  }

  #otherThan(unreachable: RoutedRegistration | Route): RoutedRegistration | undefined {
    this.#excluded ??= new Set();
    const excluded = this.#excluded.add(unreachable);
    if (excluded.size >= MOST_TRIES) return undefined;
    return pickSlice(
      this.#find(),
      this.#context.random,
      (slice) => !(slice.route.full || excluded.has(slice) || excluded.has(slice.route)),
    );
  }

  #find(): readonly Bucket<RoutedRegistration>[] {
    const { object, id, command } = this.request;
    return this.#context.directory.of('call').find(object, id, command);
  }

  #answer(attempt: Attempt, answer: Answer): void {
    if (attempt.over) return;
    attempt.over = true;
    this.#open--;
    this.#subscriber.next(answer);
    if (this.#open === 0) this.#subscriber.complete();
  }

  #noRecipient(message: string): NoRecipientError {
    return new NoRecipientError(message, { command: this.name });
  }
}

/** A call to one registration. */
class Attempt implements RoutedCall {
  readonly #call: OutgoingCall;
  readonly registration: RoutedRegistration;
  seq = -1;
  outcome: RequestOutcome = 'not-sent';
  /** Whether it has had its answer, has been replaced, or was cancelled. */
  over = false;

  constructor(call: OutgoingCall, registration: RoutedRegistration) {
    this.#call = call;
    this.registration = registration;
  }

  get id(): Id {
    return this.#call.request.id;
  }

  get payload(): Uint8Array {
    return this.#call.request.payload;
  }

  get method(): string {
    return this.#call.name;
  }

  get timeout(): number {
    return this.#call.timeout;
  }

  get deadline(): number {
    return this.#call.deadline;
  }

  send(seq: number): void {
    this.registration.route.sendCall(seq, this);
  }

  next(outcome: CallOutcome): void {
    this.#call.settled(this, outcome);
  }

  error(error: SerfError): void {
    this.#call.failed(this, error);
  }

  complete(): void {}
}

/** All full registrations and the slice, each handler once. Most calls are for one slice, so that costs nothing but its list. */
function recipientsOf(
  buckets: readonly Bucket<RoutedRegistration>[],
  slice: RoutedRegistration | undefined,
): readonly RoutedRegistration[] {
  if (slice && buckets.every(({ full }) => full.size === 0)) return [slice];
  const recipients: RoutedRegistration[] = [];
  for (const { full } of buckets)
    for (const registration of full) if (!isAmong(registration, recipients)) recipients.push(registration);
  if (slice && !isAmong(slice, recipients)) recipients.push(slice);
  return recipients;
}

/** Whether the handler of a registration is that of another one as well. */
function isAmong({ route, target }: RoutedRegistration, others: readonly RoutedRegistration[]): boolean {
  return others.some((other) => other.route === route && other.target === target);
}
