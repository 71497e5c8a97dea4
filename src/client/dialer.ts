import { catchError, defer, type Observable, tap, throwError } from 'rxjs';
import type { Address } from '../address.ts';
import { AuthenticationError, ConnectError, type SerfError } from '../errors.ts';
import { openSession, type SessionOptions } from './open-session.ts';
import type { Session } from './session.ts';

/**
 * Opens sessions: tries the addresses in order, from the one that worked last, and gives up after one round. Shared by
 * all connections of a client, so that they lead to the same agent.
 */
export class Dialer {
  readonly #addresses: readonly Address[];
  readonly #authKey: string | undefined;
  readonly #options: SessionOptions;
  #current = 0;

  constructor(addresses: readonly Address[], authKey: string | undefined, options: SessionOptions) {
    this.#addresses = addresses;
    this.#authKey = authKey ?? addresses.find((address) => address.authKey)?.authKey;
    this.#options = options;
  }

  /**
   * A session at the first address that answers, until it ends.
   *
   * ```
   * dial   --s------#    reached, then lost
   *        --#           no address could be reached
   * ```
   *
   * @param trying told of each address before it is tried, with the number of the try
   */
  dial(trying: (address: string, attempt: number) => void = () => {}): Observable<Session> {
    return defer(() => this.#try(this.#current, [], trying));
  }

  #try(
    first: number,
    failures: readonly SerfError[],
    trying: (address: string, attempt: number) => void,
  ): Observable<Session> {
    return defer(() => {
      const index = (first + failures.length) % this.#addresses.length;
      const address = this.#addresses[index] as Address;
      let reached = false;
      trying(address.toString(), failures.length + 1);
      return openSession(address, address.authKey ?? this.#authKey, this.#options).pipe(
        tap(() => {
          reached = true;
          this.#current = index;
        }),
        catchError((error: SerfError) => {
          if (reached) return throwError(() => error);
          const failed = [...failures, error];
          return failed.length < this.#addresses.length
            ? this.#try(first, failed, trying)
            : throwError(() => summary(failed));
        }),
      );
    });
  }
}

function summary(failures: readonly SerfError[]): SerfError {
  const last = failures.at(-1) as SerfError;
  if (failures.length === 1) return last;
  const messages = failures.map(({ message }) => message);
  // A key that is refused is more than one agent's trouble: it is named first.
  const refused = failures.find((failure) => failure instanceof AuthenticationError);
  if (refused) return refused;
  const cause = new AggregateError(failures, 'no address could be reached');
  return new ConnectError('connect-failed', `no agent could be reached: ${messages.join('; ')}`, {
    address: last.address,
    cause,
  });
}
