import { catchError, defer, EMPTY, endWith, filter, map, merge, type Observable, takeWhile } from 'rxjs';
import { invalid } from './arguments.ts';
import type { QueryReply } from './model.ts';
import type { CompleteWhen, QueryOptions } from './serf.ts';

/**
 * Ends a query before the agent's deadline, where `when` says so.
 *
 * ```
 * query               --A-R-R---A-------|
 * completeWhen(2)     --A-R-(R|)
 * ```
 *
 * @param expected$ the names of those who should answer, for `'all'`; where it errors, the deadline ends the query
 */
export function completeWhen<T>(
  query$: Observable<QueryReply<T>>,
  when: CompleteWhen<T>,
  expected$: Observable<readonly string[]>,
): Observable<QueryReply<T>> {
  if (when === 'deadline') return query$;
  if (when === 'all') return untilAll(query$, expected$);
  const enough =
    typeof when === 'function' ? when : (_: QueryReply<T>, responses: number) => responses >= when;
  return defer(() => {
    let responses = 0;
    return query$.pipe(
      takeWhile((reply) => {
        if (reply.type === 'response') responses++;
        return !enough(reply, responses);
      }, true),
    );
  });
}

/** @throws `InvalidArgumentError` for something that would never end a query, or end it before it began */
export function endOf<T>({ completeWhen: when = 'deadline' }: QueryOptions<T>): CompleteWhen<T> {
  if (when === 'deadline' || when === 'all' || typeof when === 'function') return when;
  if (Number.isInteger(when) && when > 0) return when;
  throw invalid(
    'query',
    `completeWhen should be 'deadline', 'all', a number from 1 up or a function, not ${String(when)}`,
  );
}

type Step<T> =
  | QueryReply<T>
  | { readonly type: 'expected'; readonly names: readonly string[] }
  | { readonly type: 'done' };

function untilAll<T>(
  query$: Observable<QueryReply<T>>,
  expected$: Observable<readonly string[]>,
): Observable<QueryReply<T>> {
  return defer(() => {
    const answered = new Set<string>();
    let missing: Set<string> | undefined;
    const expectations$ = expected$.pipe(
      map((names): Step<T> => ({ type: 'expected', names })),
      catchError(() => EMPTY),
    );
    const replies$ = query$.pipe(endWith<QueryReply<T>, [Step<T>]>({ type: 'done' }));
    // The query first: where it is known at once that nobody need answer, it is to be asked all the same.
    return merge(replies$, expectations$).pipe(
      takeWhile((step) => {
        if (step.type === 'done') return false;
        if (step.type === 'expected') missing = new Set(step.names.filter((name) => !answered.has(name)));
        if (step.type === 'response') {
          answered.add(step.from);
          missing?.delete(step.from);
        }
        return missing?.size !== 0;
      }, true),
      filter((step): step is QueryReply<T> => step.type === 'ack' || step.type === 'response'),
    );
  });
}
