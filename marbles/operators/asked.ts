import { map, type Observable, of, Subject, timer } from 'rxjs';
import type { QueryEvent } from 'rxserf';
import { queryEvent } from 'rxserf/testing';

/** Queries by letter, their payload; and what they were answered with. */
export function asked(respond: (payload: unknown) => Observable<void> = () => of(undefined)) {
  const answers = new Subject<string>();
  const query = (letter: string): QueryEvent<string | undefined> => ({
    ...queryEvent('load', letter as string | undefined),
    respond: (payload) => {
      answers.next(`${letter}: ${payload}`);
      return respond(payload);
    },
  });
  const queries = Object.fromEntries([...'abcdefgh'].map((letter) => [letter, query(letter)]));
  return { answers, queries };
}

/** What failed, as an Observable beside the option that tells of it: `[error, letter]`. */
export function watched() {
  const failures = new Subject<unknown>();
  const onError = (error: unknown, { payload }: QueryEvent<string | undefined>) =>
    failures.next([error, payload]);
  return { failures, onError };
}

/** An answer that takes 3 ms. */
export const slow = ({ payload }: QueryEvent<string | undefined>) => timer(3).pipe(map(() => payload));
