import { misuse } from './checks.ts';

/**
 * Whether a text is the one that was asked for: a string is the whole text, a RegExp is searched for in it.
 *
 * @throws `InvalidArgumentError` when the pattern is neither
 */
export function textMatcher(
  operator: string,
  what: string,
  pattern: string | RegExp,
): (text: string) => boolean {
  if (typeof pattern === 'string') return (text) => text === pattern;
  if (pattern instanceof RegExp) {
    // A copy nobody else moves on, and `search` because `test` goes on where the last match ended, with `g` and `y`.
    const own = new RegExp(pattern);
    return (text) => text.search(own) >= 0;
  }
  throw misuse(operator, what, 'a string or a RegExp', pattern);
}
