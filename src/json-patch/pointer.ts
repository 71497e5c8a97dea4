import { InvalidArgumentError } from '../errors.ts';
import { shown } from './patch-error.ts';

/**
 * The reference tokens of a JSON Pointer (RFC 6901): `''` is the whole document and has none.
 *
 * @throws `InvalidArgumentError` (`invalid-argument`) for a text that is no pointer: it begins with something else than `/`,
 *   or has a `~` that is followed by neither `0` nor `1`
 * @example
 * ```ts
 * import { parsePointer } from 'rxserf/json-patch';
 *
 * parsePointer('/members/web~11/tags'); // ['members', 'web/1', 'tags']
 * ```
 */
export function parsePointer(pointer: string): string[] {
  if (pointer === '') return [];
  if (typeof pointer !== 'string' || pointer[0] !== '/')
    throw noPointer(pointer, 'should be empty or begin with /');
  const tokens = pointer.slice(1).split('/');
  if (!pointer.includes('~')) return tokens;
  if (/~(?![01])/.test(pointer)) throw noPointer(pointer, 'has a ~ that is neither ~0 nor ~1');
  return tokens.map((token) => token.replaceAll('~1', '/').replaceAll('~0', '~'));
}

/**
 * The JSON Pointer (RFC 6901) for reference tokens, the inverse of {@link parsePointer}.
 *
 * @example
 * ```ts
 * import { formatPointer } from 'rxserf/json-patch';
 *
 * formatPointer(['members', 'web/1', 'tags']); // '/members/web~11/tags'
 * ```
 */
export function formatPointer(tokens: readonly (string | number)[]): string {
  return tokens.map((token) => `/${escapeToken(String(token))}`).join('');
}

/** A reference token as it stands in a pointer. */
export function escapeToken(token: string): string {
  if (!token.includes('~') && !token.includes('/')) return token;
  return token.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** The index that a token of an array's is, or `undefined` for any other text: no sign, no leading zeros (RFC 6901, section 4). */
export function indexOf(token: string): number | undefined {
  return /^(?:0|[1-9][0-9]{0,15})$/.test(token) ? Number(token) : undefined;
}

function noPointer(pointer: unknown, why: string): InvalidArgumentError {
  const what = typeof pointer === 'string' ? shown(pointer) : typeof pointer;
  return new InvalidArgumentError('invalid-argument', `a JSON Pointer ${why}: ${what}`);
}
