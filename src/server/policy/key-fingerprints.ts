import {
  catchError,
  concatMap,
  filter,
  forkJoin,
  from,
  map,
  mergeMap,
  type Observable,
  of,
  take,
  throwError,
  throwIfEmpty,
} from 'rxjs';
import { AgentError, InvalidArgumentError } from '../../errors.ts';
import type { KeyReport } from '../../key-report.ts';
import type { Command } from '../../protocol/commands.ts';
import { SafeTable } from '../../safe-table.ts';
import type { Serf } from '../../serf.ts';

/** What a fingerprint begins with. */
const SHA256 = 'sha256:';

/** A key as somebody may know it who must not have it: `sha256:` and the digest of its bytes, in hexadecimal. */
export function fingerprint(key: string): Observable<string> {
  return from(crypto.subtle.digest('SHA-256', keyBytes(key))).pipe(
    map((digest) => {
      const hex = Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0'));
      return SHA256 + hex.join('');
    }),
  );
}

/** A report with the fingerprints of keys in the keys' place, in that of its error as well. */
export function fingerprinted(report$: Observable<KeyReport>): Observable<KeyReport> {
  return report$.pipe(
    catchError((error) =>
      error instanceof AgentError && error.report
        ? inReport(error.report).pipe(mergeMap((report) => throwError(() => withReport(error, report))))
        : throwError(() => error),
    ),
    mergeMap(inReport),
  );
}

/** Calls `use` with a key that may be told by its fingerprint; then it is one of those that the cluster has. */
export function withKey(
  serf: Pick<Serf<never>, 'listKeys'>,
  command: Command,
  key: string,
  use: (key: string) => Observable<KeyReport>,
): Observable<KeyReport> {
  if (typeof key !== 'string' || !key.startsWith(SHA256)) return use(key);
  const unknown = () =>
    new InvalidArgumentError('invalid-argument', `${command}: no key has this fingerprint`, { command });
  return serf.listKeys().pipe(
    // Of those that only some nodes have, too.
    catchError((error) =>
      error instanceof AgentError && error.report ? of(error.report) : throwError(() => error),
    ),
    mergeMap(({ keys }) => Object.keys(keys)),
    concatMap((known) => fingerprint(known).pipe(map((print) => ({ known, print })))),
    filter(({ print }) => print === key),
    take(1),
    throwIfEmpty(unknown),
    mergeMap(({ known }) => use(known)),
  );
}

function inReport(report: KeyReport): Observable<KeyReport> {
  const keys = Object.keys(report.keys);
  if (keys.length === 0) return of(report);
  return forkJoin(keys.map(fingerprint)).pipe(
    map((fingerprints) => {
      const shown: Record<string, number> = new SafeTable();
      fingerprints.forEach((each, at) => {
        shown[each] = report.keys[keys[at] as string] as number;
      });
      return { ...report, keys: shown };
    }),
  );
}

function withReport(error: AgentError, report: KeyReport): AgentError {
  const { code, message, command, address, cause } = error;
  return new AgentError(code, message, { command, address, cause, report });
}

/** The bytes of a key; of a text that is no base64, its own. */
function keyBytes(key: string): Uint8Array<ArrayBuffer> {
  try {
    return Uint8Array.from(atob(key), (character) => character.charCodeAt(0));
  } catch {
    return new TextEncoder().encode(key);
  }
}
