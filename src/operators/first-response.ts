import { type Observable, take } from 'rxjs';
import type { QueryReply } from '../model.ts';
import { type ResponseOf, responses } from './responses.ts';

/**
 * The first response to a query, and then no more: unsubscribes, and completes.
 *
 * ```
 * source            --a-b-r-c-s--|     a, b, c = acks, r, s = responses
 * firstResponse()   ------(r|)
 * ```
 *
 * A client swallows what comes later; the agent itself cannot be told. A query without a response completes empty, as
 * with `take(1)`. A response whose payload failed to decode is one, too. Errors with the source; keeps nothing.
 *
 * @example
 * ```ts
 * import { connect, firstResponse, utf8 } from 'rxserf';
 *
 * connect(undefined, { codec: utf8() })
 *   .query('who-leads')
 *   .pipe(firstResponse())
 *   .subscribe(({ from, payload }) => console.log(from, 'says', payload));
 * ```
 */
export function firstResponse(): <T extends QueryReply<unknown>>(
  source: Observable<T>,
) => Observable<ResponseOf<T>> {
  return (source) => source.pipe(responses(), take(1));
}
