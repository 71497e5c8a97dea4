import { catchError, defer, type Observable, throwError } from 'rxjs';
import type { SerfError } from '../../errors.ts';
import type { Command } from '../../protocol/commands.ts';

/** How many frames are read to find those of the application, between which RxJS has its own. */
const FRAMES = 100;
/** …and how many of those an error gets. */
const MOST = 10;

/** An error as that of one call, with its command: a copy, as the same one may end many calls, and a status shows it. */
export function errorOf(command: Command, error: SerfError): SerfError {
  return error.command === undefined ? copyOf(error, { command }) : error;
}

/**
 * Adds to each error where the application subscribed. It costs a stack a subscription.
 *
 * ```
 * ConnectError: could not connect to …
 *   subscribed at deploy (app.ts:12:8)
 * ```
 */
export function traced<T>(source$: Observable<T>): Observable<T> {
  return defer(() => {
    const frames = subscribers();
    return source$.pipe(
      catchError((error) =>
        throwError(() =>
          error instanceof Error ? copyOf(error, { stack: [error.stack, ...frames].join('\n') }) : error,
        ),
      ),
    );
  });
}

/** The frames of the application above the present one; all of them where it and RxJS are bundled into one file. */
function subscribers(): readonly string[] {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = FRAMES;
  const { stack = '' } = new Error();
  Error.stackTraceLimit = limit;
  const frames = stack.split('\n').filter((line) => /^\s*at |@/.test(line));
  const theirs = frames.filter((line) => !/[\\/](rxjs|rxserf)[\\/](dist|src)[\\/]|node:internal/.test(line));
  return theirs.slice(0, MOST).map((line) => `    subscribed ${line.trim()}`);
}

/** A real error (with a stack, for `Error.isError`), of the same class and with the same fields. */
function copyOf<E extends Error>(
  error: E,
  changes: { readonly command?: string; readonly stack?: string },
): E {
  const copy = new Error();
  Object.setPrototypeOf(copy, Object.getPrototypeOf(error));
  const { stack } = error;
  Object.defineProperties(copy, Object.getOwnPropertyDescriptors(error));
  return Object.assign(copy, { stack }, changes) as E;
}
