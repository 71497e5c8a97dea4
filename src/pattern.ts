import { InvalidArgumentError } from './errors.ts';

/**
 * A pattern that matches this text and no other, for `members`, which anchors patterns, and for `query`, which does not.
 *
 * @param text any text that is well-formed, such as a tag's value
 * @throws `InvalidArgumentError` (`invalid-pattern`) at the call for a text with lone surrogates: they stand for bytes that
 * are not UTF-8, and an agent hangs up on a pattern with such. Ask for all, and filter here:
 * `members().pipe(withTag('role', text))`
 * @example
 * ```ts
 * import { connect, exactly } from 'rxserf';
 *
 * const client = connect();
 * client.members({ tags: { version: exactly('1.2') } }); // not 1x2
 * client.query('load', undefined, { filterTags: { role: exactly('web') } }); // not webmaster
 * ```
 */
export function exactly(text: string): string {
  if (/\p{Surrogate}/u.test(text)) {
    throw new InvalidArgumentError(
      'invalid-pattern',
      `exactly: ${JSON.stringify(text)} has lone surrogates (bytes that are not UTF-8), which no pattern can have; ask for all and filter here, as in members().pipe(withTag('role', text))`,
    );
  }
  return `^${text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')}$`;
}
