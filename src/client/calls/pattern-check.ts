import {
  catchError,
  concat,
  defer,
  EMPTY,
  last,
  map,
  mergeMap,
  type Observable,
  of,
  shareReplay,
  throwError,
} from 'rxjs';
import { InvalidArgumentError } from '../../errors.ts';
import type { RequestBody } from '../../protocol/wire.ts';

/** So many verdicts are kept, the latest… */
const MOST = 256;
/** …of patterns up to so many characters: no longer one fits into a query. */
const LONGEST = 4_096;

/** What has no operator but `.`, `*`, `+`, `?` behind a character, and anchors around: RE2, without asking. */
const PLAIN = /^\^?(?:(?:[^\\.+*?()|[\]{}^$\p{Surrogate}]|\\[\\.+*?()|[\]{}^$]|\.)[*+?]?)*\$?$/u;

/**
 * Finds out whether patterns are RE2, before a query with them is sent. An agent does not say: it sends the query, and every
 * node writes a line into its log and keeps silent. But it hangs up on `members-filtered` with such a pattern, so it is asked
 * for members that there are none of; once for each pattern.
 */
export class PatternCheck {
  readonly #ask: (body: RequestBody<'members-filtered'>) => Observable<unknown>;
  /** The error, or `undefined` for a valid one. */
  readonly #verdicts = new Map<string, Observable<InvalidArgumentError | undefined>>();

  /** @param ask errors with `invalid-pattern` for a pattern that is not RE2 */
  constructor(ask: (body: RequestBody<'members-filtered'>) => Observable<unknown>) {
    this.#ask = ask;
  }

  /**
   * Completes when all are RE2, or when it cannot be found out: the query then says what is wrong with the connection. Errors
   * with `invalid-pattern`.
   */
  check(patterns: Readonly<Record<string, string>>): Observable<never> {
    const doubtful = Object.entries(patterns).filter(([, pattern]) => !PLAIN.test(pattern));
    if (doubtful.length === 0) return EMPTY;
    return concat(...doubtful.map(([tag, pattern]) => defer(() => this.#check(tag, pattern))));
  }

  #check(tag: string, pattern: string): Observable<never> {
    return this.#verdict(pattern).pipe(
      // Not before its end: it would be forgotten.
      last(),
      catchError(() => of(undefined)),
      mergeMap((cause) => (cause ? throwError(() => notRe2(tag, pattern, cause)) : EMPTY)),
    );
  }

  #verdict(pattern: string): Observable<InvalidArgumentError | undefined> {
    const known = this.#verdicts.get(pattern);
    // It goes behind the others again.
    this.#verdicts.delete(pattern);
    const verdict =
      known ??
      this.#ask(probe(pattern)).pipe(
        map(() => undefined),
        catchError((error) => (isInvalid(error) ? of(error) : throwError(() => error))),
        // Of an error, or when nobody waits for it any more, nothing is kept.
        shareReplay({ bufferSize: 1, refCount: true }),
      );
    if (pattern.length <= LONGEST) this.#verdicts.set(pattern, verdict);
    if (this.#verdicts.size > MOST) this.#verdicts.delete(this.#verdicts.keys().next().value as string);
    return verdict;
  }
}

/**
 * A request whose answer has no members. The agent puts `^` and `$` around the pattern, which would take a `*` at its
 * beginning, and a `\` at its end. (`\i` is nothing.)
 */
function probe(pattern: string): RequestBody<'members-filtered'> {
  return { Name: `|${pattern}i|`, Status: '[^\\x00-\\x{10FFFF}]', Tags: {} };
}

function isInvalid(error: unknown): error is InvalidArgumentError {
  return error instanceof InvalidArgumentError && error.code === 'invalid-pattern';
}

function notRe2(tag: string, pattern: string, cause: InvalidArgumentError): InvalidArgumentError {
  return new InvalidArgumentError(
    'invalid-pattern',
    `not valid RE2 (no look-around, no back-references): tag ${JSON.stringify(tag)} ${JSON.stringify(pattern)}`,
    { command: 'query', address: cause.address, cause },
  );
}
