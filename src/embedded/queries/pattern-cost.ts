/**
 * The most that all patterns of one request may cost. A pattern is a program of about so many instructions, and one
 * character of text takes at most as many steps: about 0.2 µs each.
 */
export const MOST_COST = 1_000;
/** The most steps that are taken at once: about 100 ms. */
export const MOST_STEPS_AT_ONCE = 500_000;
/** The most steps that one request may take in all. */
export const MOST_STEPS = 20_000_000;

/** A class of Unicode characters is a table of hundreds of ranges. */
const UNICODE_CLASS = 50;

/**
 * An upper bound of what a pattern costs, without compiling it: its characters, with repetitions (`{1000}`) multiplied.
 * Computed for any text, valid or not, in linear time; stops at {@link MOST_COST}.
 */
export function costOf(pattern: string): number {
  if (pattern.length > MOST_COST) return Number.POSITIVE_INFINITY;
  /** The costs outside of each open group. */
  const outside: number[] = [];
  let cost = 0;
  /** Of the atom that a repetition would repeat. */
  let last = 0;
  for (let at = 0; at < pattern.length && cost <= MOST_COST; ) {
    const [text = '', times, atom] = tokenAt(pattern, at);
    at += text.length;
    if (text === '(') {
      outside.push(cost);
      cost = 0;
      last = 0;
    } else if (text === ')') {
      last = cost + 2;
      cost = last + (outside.pop() ?? 0);
    } else if (times) {
      cost += last * (times - 1) + text.length;
      last *= times;
    } else {
      cost += atom;
      last = atom;
    }
  }
  const total = outside.reduce((sum, each) => sum + each, cost);
  return total <= MOST_COST ? total : Number.POSITIVE_INFINITY;
}

const REPETITION = /^\{(\d{1,4})(?:,(\d{0,4}))?\}/;
const UNICODE = /^\\[pP](?:\{[^}]{0,40}\}|[^{])?/u;
/** What is no atom: a repetition behind it repeats the one before it, as often as that is repeated. */
const NO_ATOM = /\\Q\\E|\(\?[a-z-]*\)/iy;
/** In a class: a group such as `[:alpha:]`, `\pL` or `\d`, or else a character or a range, read as RE2 reads them. */
const CLASS_CHARACTER = String.raw`(?:\\(?:x\{[^}]*\}|x[\da-f]{2}|[0-7]{1,3}|.)|.)`;
const CLASS_ITEM = new RegExp(
  String.raw`\[:.*?:\]|\\p(?:\{[^}]*\}|.)|\\[dsw]|${CLASS_CHARACTER}(?:-(?!\])${CLASS_CHARACTER})?`,
  'isuy',
);

/** What stands at a place: its text, and how often it repeats what is before it, or else what it costs as an atom. */
function tokenAt(
  pattern: string,
  at: number,
): readonly [text: string, times: number | undefined, cost: number] {
  const char = pattern[at] as string;
  const rest = pattern.slice(at, at + 50);
  NO_ATOM.lastIndex = at;
  const [nothing] = NO_ATOM.exec(pattern) ?? [];
  if (nothing) return [nothing, 1, 0];
  if (char === '\\') {
    if (pattern[at + 1] === 'Q') {
      const text = pattern.slice(at, quotationEnd(pattern, at));
      return [text, undefined, text.length];
    }
    const [unicode] = UNICODE.exec(rest) ?? [];
    return unicode ? [unicode, undefined, UNICODE_CLASS] : [rest.slice(0, 2), undefined, 2];
  }
  if (char === '[') {
    const text = pattern.slice(at, classEnd(pattern, at));
    return [text, undefined, text.length + UNICODE_CLASS * (text.match(/\\[pP]/g)?.length ?? 0)];
  }
  const [repetition, least, most] = REPETITION.exec(rest) ?? [];
  if (repetition) return [repetition, Math.max(1, Number(least), Number(most || 0)), 0];
  return '*+?'.includes(char) ? [char, 1, 0] : [char, undefined, 1];
}

/** Where `\Q…\E` ends, in which nothing means anything but itself. */
function quotationEnd(pattern: string, start: number): number {
  const end = pattern.indexOf('\\E', start + 2);
  return end < 0 ? pattern.length : end + 2;
}

/** Where a class ends: behind its `]`, which may be its first character. Exact: what follows it may be repeated. */
function classEnd(pattern: string, start: number): number {
  let at = start + 1;
  if (pattern[at] === '^') at++;
  for (const first = at; at < pattern.length && (at === first || pattern[at] !== ']'); ) {
    CLASS_ITEM.lastIndex = at;
    at += CLASS_ITEM.exec(pattern)?.[0].length ?? 1;
  }
  return Math.min(at + 1, pattern.length);
}
