import {
  catchError,
  defer,
  EMPTY,
  from,
  isObservable,
  type MonoTypeOperatorFunction,
  map,
  type Observable,
  of,
  type SchedulerLike,
  switchMap,
  take,
  throwError,
  timeout as timeoutOf,
} from 'rxjs';
import { monotonicScheduler } from '../clock.ts';
import { SerfError } from '../errors.ts';
import type { QueryEvent } from '../model.ts';
import { bufferBounded } from './buffer-bounded.ts';
import { requireCount, requireFunction, requireHandler, requireTime } from './internal/checks.ts';

/** What the query `Q` may be answered with, at once or later; nothing is an answer, too, without payload. */
export type AnswerTo<Q> = Q extends { respond(payload?: infer P): unknown }
  ? P | Nothing | undefined | PromiseLike<P | Nothing> | Observable<P | Nothing>
  : never;

/** What the query `Q` is answered with. */
type PayloadOf<Q> = Q extends { respond(payload?: infer P): unknown } ? P : never;

/** `undefined`, or what a function without a `return` gives. */
// biome-ignore lint/suspicious/noConfusingVoidType: TypeScript has no other name for that
type Nothing = void;

/** Options of {@link respondWith}. */
export interface RespondWithOptions<Q> {
  /** How many queries are worked on at a time. @defaultValue 16 */
  readonly concurrency?: number;
  /** How many queries may wait; the one that waits longest gives way. @defaultValue 512, as many as an agent keeps */
  readonly capacity?: number;
  /**
   * How long a query may take from its arrival until its answer is sent, in ms. An agent does not tell a query's
   * deadline, which is whatever the asker wants: by default 3 s on a small cluster, more on a larger one.
   * @defaultValue 10,000
   */
  readonly timeout?: number;
  /**
   * Takes each query that could not be answered, with the reason: what the handler threw, or a `SerfError` (see
   * {@link respondWith}). Not one for which there is no answer, as the handler's Observable completed without a value. What
   * it returns, if not `undefined`, is sent as the answer (but for `overflow`), and not told when it is refused; what it
   * throws ends the stream. @defaultValue such a query is forgotten
   */
  readonly onError?: (error: unknown, query: Q) => PayloadOf<Q> | Nothing;
  /** Whose time it is. @defaultValue `asyncScheduler`, on a clock that no change of the date moves */
  readonly scheduler?: SchedulerLike;
}

/** A query, and when it came. */
interface Arrived<Q> {
  readonly query: Q;
  readonly at: number;
}

/**
 * Answers each query with what `project` gives, and emits it once the agent has taken its answer.
 *
 * ```
 * source              --a--b--c--d-----|     c = one at which load fails
 * respondWith(load)   -----a--b-----d--|     load takes 3 ms, the agent no time
 * ```
 *
 * A Promise or an Observable is waited for, and its first value is the answer. One that completes without a value is no
 * answer: its query is neither emitted nor told to `onError`. Anything else is the answer itself.
 *
 * A query that cannot be answered never ends the stream: with its reason it goes to `onError`, which may return what to answer
 * instead, and without one it is just not emitted. The reason is what `project` throws, rejects or errors with; `overflow` when it had to give way;
 * `deadline-passed` when it takes longer than `timeout`: then the work on it is unsubscribed from, or never begun; or why
 * the answer was not taken, such as `already-answered`, `deadline-passed` and `payload-too-large` by the agent,
 * `connection-lost`, `invalid-payload`.
 *
 * Completes when the source has completed and all is answered; errors with the source. Unsubscribing ends the work under
 * way. Holds `capacity` queries that wait, and `concurrency` that are worked on.
 *
 * @param project what a query is answered with
 * @throws `InvalidArgumentError` at the call when an option is not what it should be
 * @example
 * ```ts
 * import { connect, json, respondWith } from 'rxserf';
 *
 * connect(undefined, { codec: json<number>() })
 *   .stream('query:double')
 *   .pipe(respondWith(({ payload }) => (payload ?? 0) * 2, { onError: (error) => console.warn(error) }))
 *   .subscribe(({ name, ltime }) => console.log('answered', name, ltime));
 * ```
 */
export function respondWith<Q extends QueryEvent<unknown>>(
  project: (query: Q) => AnswerTo<Q>,
  options: RespondWithOptions<Q> = {},
): MonoTypeOperatorFunction<Q> {
  const {
    concurrency = 16,
    capacity = 512,
    timeout = 10_000,
    onError,
    scheduler = monotonicScheduler,
  } = options;
  requireFunction('respondWith', 'project', project);
  requireCount('respondWith', 'concurrency', concurrency);
  requireCount('respondWith', 'capacity', capacity);
  requireTime('respondWith', 'timeout', timeout);
  requireHandler('respondWith', 'onError', onError);
  const late = () => new SerfError('deadline-passed', `respondWith: no answer within ${timeout} ms`);
  const overflow = () => new SerfError('overflow', `respondWith: ${capacity} queries are waiting already`);

  const answer = ({ query, at }: Arrived<Q>): Observable<Q> =>
    defer(() => {
      // No more than `timeout`, should the clock have been set back since.
      const left = Math.min(timeout, at + timeout - scheduler.now());
      if (left <= 0) return throwError(late);
      return answerOf(project(query)).pipe(
        take(1),
        timeoutOf({ first: left, scheduler, with: () => throwError(late) }),
        switchMap((payload) => query.respond(payload)),
        map(() => query),
      );
    }).pipe(
      catchError((error: unknown) => {
        const payload = onError?.(error, query);
        if (payload === undefined) return EMPTY;
        return query.respond(payload).pipe(
          map(() => query),
          catchError(() => EMPTY),
        );
      }),
    );
  const onDrop = ({ query }: Arrived<Q>) => onError?.(overflow(), query);

  return (queries$) =>
    queries$.pipe(
      map((query) => ({ query, at: scheduler.now() })),
      bufferBounded(answer, { capacity, concurrency, onDrop }),
    );
}

/** By what it is: a text, an array and bytes are values, although `from` would take them apart. */
function answerOf(answer: unknown): Observable<unknown> {
  if (isObservable(answer)) return answer;
  return isThenable(answer) ? from(answer) : of(answer);
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return typeof (value as PromiseLike<unknown> | null | undefined)?.then === 'function';
}
