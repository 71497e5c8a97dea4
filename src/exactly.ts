/**
 * A pattern that matches this text and no other, for `members`, which anchors patterns, and for `query`, which does not.
 *
 * @param text any text, such as a tag's value
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
  return `^${text.replace(/[\\.+*?()|[\]{}^$]/g, '\\$&')}$`;
}
