import { filter, type Observable } from 'rxjs';
import type { QueryReply, QueryResponse } from '../model.ts';

/** Those of `T` that are responses. */
export type ResponseOf<T> = Extract<T, QueryResponse<unknown>>;

/**
 * Only the responses to a query.
 *
 * ```
 * source        --a-b-r-c-s--|     a, b, c = acks, r, s = responses
 * responses()   ------r---s--|
 * ```
 *
 * Completes and errors with the source, and unsubscribes from it; keeps nothing.
 *
 * @example
 * ```ts
 * import { connect, responses, utf8 } from 'rxserf';
 *
 * connect(undefined, { codec: utf8() })
 *   .query('load')
 *   .pipe(responses())
 *   .subscribe(({ from, payload }) => console.log(from, payload));
 * ```
 */
export function responses(): <T extends QueryReply<unknown>>(
  source: Observable<T>,
) => Observable<ResponseOf<T>> {
  return <T extends QueryReply<unknown>>(source: Observable<T>) =>
    source.pipe(filter((reply): reply is ResponseOf<T> => reply.type === 'response'));
}
