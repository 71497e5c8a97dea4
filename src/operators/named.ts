import { filter, type Observable } from 'rxjs';
import { textMatcher } from './internal/text-pattern.ts';

/** Those of `T` that have a name. */
export type Named<T> = Extract<T, { readonly name: string }>;

/**
 * Passes only what has this name: user events and queries, or anything else with a `name`, such as members and their
 * changes.
 *
 * ```
 * source            --a--b--m--a--|     a = user event deploy, b = query load, m = member-join
 * named('deploy')   --a--------a--|
 * ```
 *
 * What has no name (member events, gaps) does not pass, and is not in the type any more. Completes and errors with the
 * source, and unsubscribes from it; keeps nothing.
 *
 * @param nameOrPattern a string is the whole name; a RegExp is searched for, each time from the start. Any member of
 * the cluster may choose a name, so a pattern should not be one that some text keeps busy for ever.
 * @throws `InvalidArgumentError` at the call when it is neither
 * @example
 * ```ts
 * import { map } from 'rxjs';
 * import { connect, named, utf8 } from 'rxserf';
 *
 * connect(undefined, { codec: utf8() })
 *   .stream('*')
 *   .pipe(
 *     named(/^deploy-/),
 *     map(({ name, payload }) => `${name}: ${payload}`),
 *   )
 *   .subscribe(console.log);
 * ```
 */
export function named(nameOrPattern: string | RegExp): <T>(source: Observable<T>) => Observable<Named<T>> {
  const matches = textMatcher('named', 'the name', nameOrPattern);
  return <T>(source: Observable<T>) =>
    source.pipe(
      filter((value): value is Named<T> => {
        const name = (value as { readonly name?: unknown } | null | undefined)?.name;
        return typeof name === 'string' && matches(name);
      }),
    );
}
