import { catchError, from, map, type Observable, of } from 'rxjs';
import { SerfError } from '../../errors.ts';
import type { StandardIssue, StandardResult, StandardSchema } from '../standard-schema.ts';

/** What a schema makes of a payload: a value, or a SerfError (`payload-invalid`). */
export type Checked<P> = { readonly payload: P } | { readonly error: SerfError };

/** How many issues a message tells. */
const SHOWN = 3;
/** How long a path and a text in a message may be: senders choose what they are about. */
const LONGEST_PATH = 60;
const LONGEST_TEXT = 120;

/** Validates a payload, at once where the schema does. Never errors: a schema that throws or rejects refuses, too. */
export function checkPayload<P>(
  schema: StandardSchema<unknown, P>,
  payload: unknown,
): Observable<Checked<P>> {
  try {
    const result = schema['~standard'].validate(payload);
    if (!('then' in result)) return of(judged(result));
    return from(result).pipe(
      map(judged),
      catchError((cause) => of(crashed(cause))),
    );
  } catch (cause) {
    return of(crashed(cause));
  }
}

function judged<P>(result: StandardResult<P>): Checked<P> {
  return result.issues ? { error: refused(result.issues) } : { payload: result.value };
}

function refused(issues: readonly StandardIssue[]): SerfError {
  const shown = [...issues].slice(0, SHOWN).map(shownIssue);
  if (issues.length > SHOWN) shown.push(`and ${issues.length - SHOWN} more`);
  const what = 'the payload does not fit the schema';
  const message = shown.length === 0 ? what : `${what}: ${shown.join('; ')}`;
  return new SerfError('payload-invalid', message, { cause: { issues } });
}

function crashed(cause: unknown): { error: SerfError } {
  const why = cause instanceof Error ? cause.message : cause;
  const shown = typeof why === 'string' ? cut(why, LONGEST_TEXT) : typeof why;
  const message = `the schema could not validate the payload: ${shown}`;
  return { error: new SerfError('payload-invalid', message, { cause }) };
}

function shownIssue({ message, path = [] }: StandardIssue): string {
  // A copy: libraries have arrays of their own kind, whose `map` makes no plain one.
  const keys = [...path].map((segment) => String(typeof segment === 'object' ? segment.key : segment));
  const text = cut(message, LONGEST_TEXT);
  return keys.length === 0 ? text : `${cut(keys.join('.'), LONGEST_PATH)}: ${text}`;
}

function cut(text: string, most: number): string {
  return text.length <= most ? text : `${text.slice(0, most - 1)}…`;
}
