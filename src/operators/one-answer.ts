import { Observable } from 'rxjs';
import type { SerfError } from '../errors.ts';
import type { Answer } from '../model.ts';

/**
 * The first value that a call is answered with, and then no more: of a call to a slice, the answer.
 *
 * ```
 * source        --e-a---b--|    e = an error of one recipient, a, b = values of two others
 * oneAnswer()   ----(v|)        v = the value of a
 * ```
 *
 * Unsubscribes from the source with it, which tells the others to stop. When all answers are errors it errors with the last of them;
 * when the source completes without any, it completes. Errors with the source, as for nobody who could answer. Keeps one error.
 *
 * @example
 * ```ts
 * import { connect, oneAnswer } from 'rxserf';
 * import { notify } from 'rxserf/notifier';
 *
 * notify(connect())
 *   .call('order', 42, 'price')
 *   .pipe(oneAnswer())
 *   .subscribe((price) => console.log(price));
 * ```
 */
export function oneAnswer(): <R>(source: Observable<Answer<R>>) => Observable<R> {
  return <R>(source: Observable<Answer<R>>) =>
    new Observable<R>((subscriber) => {
      let last: SerfError | undefined;
      return source.subscribe({
        next(answer) {
          if (answer.error) last = answer.error;
          else {
            subscriber.next(answer.value);
            subscriber.complete();
          }
        },
        error: (error) => subscriber.error(error),
        complete() {
          if (last) subscriber.error(last);
          else subscriber.complete();
        },
      });
    });
}
