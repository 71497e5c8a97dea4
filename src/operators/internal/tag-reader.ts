import type { Member } from '../../model.ts';
import { misuse } from './checks.ts';

/**
 * A function that looks a tag up.
 *
 * @throws `InvalidArgumentError` when the key is not a string
 */
export function tagReader(operator: string, key: string): (member: Member) => string | undefined {
  if (typeof key !== 'string') throw misuse(operator, 'the tag', 'a string', key);
  // Members that were made by hand may have tags that inherit: those are none.
  return ({ tags }) => (Object.hasOwn(tags, key) ? tags[key] : undefined);
}
