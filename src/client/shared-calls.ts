import { merge, Observable } from 'rxjs';
import type { RequestBody } from '../protocol/wire.ts';
import { type Listener, SharedCall, type SharedCallOptions, type SharedCommand } from './shared-call.ts';

/** While closing, a stream is stopped at the first look, so many ms apart, at which it has been silent… */
const CLOSING_WINDOW = 100;
/** …or at the latest after so many looks. */
const CLOSING_LOOKS = 10;

/** What a new shared call is made of, apart from what all of them have. */
export interface NewCall<R, V> extends Omit<SharedCallOptions<R, V>, 'onOver'> {
  readonly body: RequestBody<SharedCommand>;
}

/** The streams of one command that are under way, by what makes two of them the same. */
export class SharedCalls<R, V> {
  readonly #command: SharedCommand;
  readonly #calls = new Map<string, SharedCall<R, V>>();

  constructor(command: SharedCommand) {
    this.#command = command;
  }

  get size(): number {
    return this.#calls.size;
  }

  /** A subscriber of the stream `key`, which is opened by `make` where there is none. */
  subscribe(
    key: string,
    listener: Omit<Listener<R, V>, 'subscriber'>,
    make: () => NewCall<R, V>,
  ): Observable<V> {
    return new Observable((subscriber) => {
      let call = this.#calls.get(key);
      if (!call) {
        const { body, ...options } = make();
        const opened = new SharedCall<R, V>(this.#command, body, {
          ...options,
          onOver: () => {
            if (this.#calls.get(key) === opened) this.#calls.delete(key);
          },
        });
        this.#calls.set(key, opened);
        call = opened;
      }
      call.add({ ...listener, subscriber });
    });
  }

  /** Completes all subscribers, and completes when every stream has been stopped, in a quiet moment. */
  close(): Observable<never> {
    return merge(...[...this.#calls.values()].map((call) => call.close(CLOSING_WINDOW, CLOSING_LOOKS)));
  }
}
