import type { Observable } from 'rxjs';
import type { RunHelpers } from 'rxjs/testing';
import { type FakeReplyKey, kindOf, requireKey } from '../fake/replies.ts';
import { SerfTestError } from '../serf-test-error.ts';
import { parseLetters, requireLetters } from './diagram-letters.ts';

/** Answers as diagrams, each from when its request is sent. */
export function scriptReplies(
  key: FakeReplyKey,
  diagrams: readonly string[],
  values: Readonly<Record<string, unknown>> | undefined,
  error: unknown,
  cold: RunHelpers['cold'],
): Observable<unknown>[] {
  requireKey('on', key);
  const kind = kindOf(key);
  return diagrams.map((marbles) => {
    if (kind !== 'ok') requireLetters(`on(${JSON.stringify(key)})`, marbles, values);
    if (kind !== 'many') requireOne(key, marbles);
    return cold<unknown>(marbles, kind === 'ok' ? undefined : { ...values }, error);
  });
}

/** One answer, or an error, or nothing at all. */
function requireOne(key: string, marbles: string): void {
  const kinds = parseLetters(marbles).map(({ notification }) => notification.kind);
  const answers = kinds.filter((kind) => kind !== 'C').length;
  if (answers > 1 || (answers === 0 && kinds.length > 0))
    throw new SerfTestError(`on(${JSON.stringify(key)}): it has one answer, not ${JSON.stringify(marbles)}`);
}
