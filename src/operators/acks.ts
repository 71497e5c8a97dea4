import { filter, type OperatorFunction } from 'rxjs';
import type { QueryAck, QueryReply } from '../model.ts';

/**
 * Only the acks of a query: which nodes have received it.
 *
 * ```
 * source   --a-b-r-c-s--|     a, b, c = acks, r, s = responses
 * acks()   --a-b---c----|
 * ```
 *
 * There are none without the query's option `requestAck`. Completes and errors with the source, and unsubscribes from
 * it; keeps nothing.
 *
 * @example
 * ```ts
 * import { acks, connect } from 'rxserf';
 *
 * connect()
 *   .query('restart', undefined, { requestAck: true })
 *   .pipe(acks())
 *   .subscribe(({ from }) => console.log(from, 'has heard of it'));
 * ```
 */
export function acks(): OperatorFunction<QueryReply<unknown>, QueryAck> {
  return (replies$) => replies$.pipe(filter((reply) => reply.type === 'ack'));
}
