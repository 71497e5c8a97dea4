import {
  defer,
  ignoreElements,
  merge,
  mergeMap,
  type ObservableInput,
  type ObservedValueOf,
  type OperatorFunction,
  Subject,
  tap,
} from 'rxjs';
import { SerfError } from '../errors.ts';
import { misuse, requireCount, requireFunction, requireHandler } from './internal/checks.ts';

/** What {@link bufferBounded} does with a value for which there is no room. */
export type Overflow = 'drop-oldest' | 'drop-newest' | 'error';

/** Options of {@link bufferBounded}. */
export interface BufferBoundedOptions<T> {
  /** How many values may wait. */
  readonly capacity: number;
  /** What gives way when there is no room: the value that waits longest, the new one, or the stream. @defaultValue 'drop-oldest' */
  readonly overflow?: Overflow;
  /** How many values are worked on at a time. @defaultValue 1: one after the other, in order */
  readonly concurrency?: number;
  /** Told of each value that is dropped; what it throws ends the stream. */
  readonly onDrop?: (value: T) => void;
}

/**
 * `concatMap` for work that may be slower than the source, with a bound on what waits.
 *
 * ```
 * source                                 --a-b-c----d---|
 * bufferBounded(work, { capacity: 1 })   -------A----C----(D|)     work takes 5 ms; b gave way to c
 * ```
 *
 * Completes when the source has completed and all that waited is done; errors when the source or the work does, or, with
 * `overflow: 'error'`, with a `SerfError` (`overflow`). Unsubscribing ends the work under way. Holds `capacity`
 * values at most, and those that are worked on. Work is torn down before the next one begins.
 *
 * @param work what is done with a value, as for `concatMap`: a Promise, an Observable…
 * @throws `InvalidArgumentError` at the call when `work` is no function, capacity or concurrency is not a positive integer, or
 * another option is not what it should be
 * @example
 * ```ts
 * import { bufferBounded, connect } from 'rxserf';
 *
 * const save = async (name: string) => name.length;
 *
 * connect()
 *   .stream('user')
 *   .pipe(bufferBounded((event) => save(event.name), { capacity: 1_000, onDrop: ({ name }) => console.warn('dropped', name) }))
 *   .subscribe();
 * ```
 */
export function bufferBounded<T, O extends ObservableInput<unknown>>(
  work: (value: T) => O,
  { capacity, overflow = 'drop-oldest', concurrency = 1, onDrop }: BufferBoundedOptions<T>,
): OperatorFunction<T, ObservedValueOf<O>> {
  requireFunction('bufferBounded', 'work', work);
  requireCount('bufferBounded', 'capacity', capacity);
  requireCount('bufferBounded', 'concurrency', concurrency);
  requireOverflow(overflow);
  requireHandler('bufferBounded', 'onDrop', onDrop);
  return (source) =>
    defer(() => {
      const waiting: T[] = [];
      const started = new Subject<T>();
      let free = concurrency;
      let complete = false;

      let starting = false;
      const start = () => {
        // Work that ends at once comes back here: it is taken up by the loop, not by another one inside.
        if (starting) return;
        starting = true;
        try {
          while (free > 0 && waiting.length > 0) {
            free--;
            started.next(waiting.shift() as T);
          }
        } finally {
          starting = false;
        }
        if (complete && free === concurrency) started.complete();
      };
      const offer = (value: T) => {
        // Where work feeds its own source, some are here only until the loop comes to them: these do not wait.
        if (waiting.length < capacity + free) waiting.push(value);
        else if (overflow === 'error') throw overflowed(capacity);
        else if (overflow === 'drop-newest') onDrop?.(value);
        else {
          const dropped = waiting.shift() as T;
          waiting.push(value);
          onDrop?.(dropped);
        }
        start();
      };
      const worked = (value: T) => {
        let done = false;
        return defer(() => work(value)).pipe(
          tap({
            complete: () => {
              done = true;
            },
            // Not when it completes, which is before its teardown: the next work may need what that sets free.
            finalize: () => {
              if (!done) return;
              free++;
              start();
            },
          }),
        );
      };
      const last = () => {
        complete = true;
        start();
      };
      return merge(
        started.pipe(mergeMap(worked)),
        source.pipe(tap({ next: offer, complete: last }), ignoreElements()),
      );
    });
}

function requireOverflow(overflow: Overflow): void {
  const known: readonly Overflow[] = ['drop-oldest', 'drop-newest', 'error'];
  if (!known.includes(overflow))
    throw misuse('bufferBounded', 'overflow', `one of ${known.join(', ')}`, overflow);
}

function overflowed(capacity: number): SerfError {
  return new SerfError('overflow', `bufferBounded: ${capacity} values are waiting already`);
}
