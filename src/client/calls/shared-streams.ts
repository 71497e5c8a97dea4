import { merge, Observable } from 'rxjs';
import type { Caller } from './call.ts';
import { SharedCall, type SharedKind } from './shared-stream.ts';
import type { Reading } from './stream-subscriber.ts';

/** While closing, a stream is stopped at the first look, so many ms apart, at which it has been silent… */
const CLOSING_WINDOW = 100;
/** …or at the latest after so many looks. */
const CLOSING_LOOKS = 10;

/** The streams of one kind that are under way, by subject. */
export class SharedCalls<R, V> {
  readonly #kind: SharedKind<R, V>;
  readonly #calls = new Map<string, SharedCall<R, V>>();

  constructor(kind: SharedKind<R, V>) {
    this.#kind = kind;
  }

  get size(): number {
    return this.#calls.size;
  }

  /**
   * A subscriber of a subject's stream, which is opened where there is none.
   *
   * @param caller who opens it
   * @param timeout how long the agent may take to accept it, in ms
   */
  subscribe(subject: string, reading: Reading<R, V>, caller: () => Caller, timeout: number): Observable<V> {
    return new Observable((subscriber) => {
      const call = this.#calls.get(subject) ?? this.#open(subject, caller());
      call.add(subscriber, reading, timeout);
    });
  }

  #open(subject: string, caller: Caller): SharedCall<R, V> {
    const call = new SharedCall(this.#kind, subject, caller, this.#over);
    this.#calls.set(subject, call);
    return call;
  }

  readonly #over = (call: SharedCall<R, V>): void => {
    if (this.#calls.get(call.subject) === call) this.#calls.delete(call.subject);
  };

  /** Completes all subscribers, and completes when every stream has been stopped, in a quiet moment. */
  close(): Observable<never> {
    return merge(...[...this.#calls.values()].map((call) => call.close(CLOSING_WINDOW, CLOSING_LOOKS)));
  }
}
