import { KINDS } from '../filter.ts';

/**
 * The filters in the `Type` of a `stream`, as the agent reads it: nothing is everything, `user:` is `user`, and a part
 * that can never match makes all of it invalid (`undefined`).
 */
export function parseEventFilter(type: string): readonly string[] | undefined {
  const parts = (type === '' ? '*' : type).split(',').map((part) => part.replace(/^(user|query):$/, '$1'));
  return parts.every((part) => KINDS.has(part) || /^(user|query):/.test(part)) ? parts : undefined;
}
