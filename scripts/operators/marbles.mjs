// Reads the text of one row of marbles: RxJS's syntax, as `TestScheduler.run` has it. A frame is a millisecond.

/**
 * What happens at a frame: a value by its letter, or `|`, `#`, `^`, `!`. Those of one frame are in their order.
 * @typedef {{ readonly frame: number, readonly mark: string }} Mark
 */

/**
 * A time progression: from a frame to a frame, as it is written (`9ms`).
 * @typedef {{ readonly from: number, readonly to: number, readonly text: string }} Progression
 */

/**
 * @typedef {object} Row
 * @property {'values' | 'subscription'} kind
 * @property {number} start the first frame: 0, or below it where the row has a `^` after its start
 * @property {number} end the frame after the last
 * @property {readonly Mark[]} marks
 * @property {readonly Progression[]} progressions
 */

/** @type {Record<string, number>} */
const UNITS = { ms: 1, s: 1000, m: 60_000 };
/** Where one may begin: at the start, or behind a blank. RxJS wants a blank behind it as well. */
const PROGRESSION = /(?<=^| )(\d+(?:\.\d+)?)(ms|s|m)(?= )/y;
/** Digits with a unit that are not one, for want of a blank: RxJS takes them as values. */
const LOOKALIKE = /\d+(?:ms|s)(?![A-Za-z0-9])/y;

/**
 * @param {string} text
 * @returns {Row}
 */
export function parseMarbles(text) {
  /** @type {Mark[]} */
  const marks = [];
  /** @type {Progression[]} */
  const progressions = [];
  let frame = 0;
  /** Where the group began that is open. @type {{ frame: number, index: number } | undefined} */
  let group;
  /** @type {(index: number, problem: string) => never} */
  const fail = (index, problem) => {
    throw new Error(`${problem} at column ${index + 1} of "${text}"`);
  };

  for (let index = 0; index < text.length; index++) {
    const char = text.charAt(index);
    PROGRESSION.lastIndex = LOOKALIKE.lastIndex = index;
    const [, amount, unit = ''] = PROGRESSION.exec(text) ?? [];
    if (amount !== undefined) {
      if (group) fail(index, 'a time progression inside a group');
      const from = frame;
      frame += Number(amount) * (UNITS[unit] ?? 0);
      progressions.push({ from, to: frame, text: amount + unit });
      index += amount.length + unit.length - 1;
      continue;
    }
    if (LOOKALIKE.test(text)) fail(index, 'a time progression needs a blank on either side;');
    if (char === ' ') continue;
    if (char === '(') {
      if (group) fail(index, 'a group inside a group');
      group = { frame, index };
    } else if (char === ')') {
      if (!group) fail(index, 'a ")" without its "("');
      group = undefined;
    } else if (char !== '-') {
      if (!/[A-Za-z0-9|#^!]/.test(char)) fail(index, `"${char}" is no marble`);
      const at = group?.frame ?? frame;
      const problem = misplaced(char, at, marks);
      if (problem) fail(index, problem);
      marks.push({ frame: at, mark: char });
    }
    // RxJS gives `!` no frame of its own; that is not to be seen, since nothing follows it.
    frame++;
  }
  if (group) fail(group.index, 'a "(" without its ")"');
  if (frame === 0) throw new Error('no marbles');
  return row(text, frame, marks, progressions);
}

/**
 * Why a mark may not be where it is, in view of those before it.
 * @param {string} mark
 * @param {number} frame
 * @param {readonly Mark[]} before
 */
function misplaced(mark, frame, before) {
  const has = (/** @type {string} */ marks) => before.find((other) => marks.includes(other.mark));
  const over = has('|#!');
  if (over) return `"${mark}" after the end, "${over.mark}",`;
  if (mark === '^' && has('^')) return 'a second "^"';
  const late = mark === '!' && has('^') === undefined && frame === 0;
  return late ? 'a "!" at once, of nothing,' : undefined;
}

/**
 * A row whose only marks are `^` and `!` is a subscription, in the frames of the others. In a row with values `^` is where
 * it is subscribed to, and that is frame 0.
 * @param {string} text
 * @param {number} end
 * @param {readonly Mark[]} marks
 * @param {readonly Progression[]} progressions
 * @returns {Row}
 */
function row(text, end, marks, progressions) {
  const of = (/** @type {string} */ mark) => marks.find((other) => other.mark === mark);
  const subscribed = of('^');
  const kind = marks.length > 0 && marks.every(({ mark }) => mark === '^' || mark === '!');
  if (kind) return { kind: 'subscription', start: 0, end, marks, progressions };

  if (of('!'))
    throw new Error(`"!" belongs into a row of its own, with "^" and "-" only, not into "${text}"`);
  const zero = subscribed?.frame ?? 0;
  if (progressions.some(({ from }) => from < zero)) {
    // RxJS counts characters up to `^`, not time.
    throw new Error(`a time progression before "^" in "${text}"`);
  }
  return {
    kind: 'values',
    start: -zero,
    end: end - zero,
    marks: marks.map(({ frame, mark }) => ({ frame: frame - zero, mark })),
    progressions: progressions.map(({ from, to, text }) => ({ from: from - zero, to: to - zero, text })),
  };
}
