import { filter, map, type OperatorFunction } from 'rxjs';
import { requireHandler } from './internal/checks.ts';
import {
  type CarrierOf,
  carriesPayload,
  type PayloadErrorOptions,
  type PayloadOf,
  type Received,
} from './payload-carrier.ts';

/**
 * Just the payloads of user events, queries and responses.
 *
 * ```
 * source       --a--m--b--c--|     a, b = user events, m = member-join, c = one whose payload failed
 * payloads()   --x-----y--u--|     x, y = their payloads, u = undefined
 * ```
 *
 * What carries no payload does not pass. A payload that failed to decode or to validate is `undefined`, or its event
 * goes to `onError`. Completes and errors with the source, and unsubscribes from it; keeps nothing.
 *
 * @example
 * ```ts
 * import { connect, json, payloads } from 'rxserf';
 *
 * connect(undefined, { codec: json<{ version: string }>() })
 *   .stream('user:deploy')
 *   .pipe(payloads({ onError: (error, { ltime }) => console.warn(ltime, error.message) }))
 *   .subscribe((deploy) => console.log(deploy?.version));
 * ```
 */
export function payloads<T extends Received>({
  onError,
}: PayloadErrorOptions<T> = {}): OperatorFunction<T, PayloadOf<T>> {
  requireHandler('payloads', 'onError', onError);
  return (source) =>
    source.pipe(
      filter((value): value is CarrierOf<T> => {
        if (!carriesPayload(value)) return false;
        if (!value.payloadError || !onError) return true;
        onError(value.payloadError, value);
        return false;
      }),
      map(({ payload }) => payload),
    );
}
