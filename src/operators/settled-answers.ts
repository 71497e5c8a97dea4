import { type Observable, reduce } from 'rxjs';
import type { SerfError } from '../errors.ts';
import type { Answer } from '../model.ts';

/** What became of a call: who has answered, and who has not. */
export interface SettledAnswers<R> {
  /** In the order in which they came. */
  readonly values: readonly { readonly from: string; readonly value: R }[];
  /** In the order in which they came. */
  readonly errors: readonly { readonly from: string; readonly error: SerfError }[];
}

/**
 * All answers to a call, once the last of them is in: the values apart from the errors.
 *
 * ```
 * source             --a-e---b--|       a, b = values, e = an error of one recipient
 * settledAnswers()   -----------(s|)    s = { values: [a, b], errors: [e] }
 * ```
 *
 * Emits once, when the source completes: empty lists if it is empty. Errors with the source, as for nobody who could answer. Keeps
 * all answers.
 *
 * @example
 * ```ts
 * import { connect, settledAnswers } from 'rxserf';
 * import { notify } from 'rxserf/notifier';
 *
 * notify(connect())
 *   .call('cache', 0, 'flush', undefined, { timeout: 2_000 })
 *   .pipe(settledAnswers())
 *   .subscribe(({ values, errors }) => {
 *     console.log(values.length, 'have flushed');
 *     for (const { from, error } of errors) console.error(from, error.code);
 *   });
 * ```
 */
export function settledAnswers(): <R>(source: Observable<Answer<R>>) => Observable<SettledAnswers<R>> {
  return <R>(source: Observable<Answer<R>>) =>
    source.pipe(
      reduce<Answer<R>, SettledAnswers<R>>(
        ({ values, errors }, { from, value, error }) =>
          error
            ? { values, errors: [...errors, { from, error }] }
            : { values: [...values, { from, value: value as R }], errors },
        { values: [], errors: [] },
      ),
    );
}
