// Where each frame is drawn: one place for all rows. A stretch in which a row says `9ms`, and in which nothing happens in
// any other row, is drawn short.

/**
 * A stretch of time that is drawn short, from x to x.
 * @typedef {{ readonly from: number, readonly to: number, readonly text: string }} Gap
 */

/**
 * @typedef {object} Timeline
 * @property {(frame: number) => number} x where a frame is, in pixels from the first
 * @property {number} width where the last frame is
 * @property {readonly Gap[]} gaps
 */

/** Between two frames, in pixels. */
export const FRAME = 26;
/** How wide a gap is. */
const GAP = 84;
/** Shorter ones are drawn as they are. */
const SHORTEST_GAP = 4;

/**
 * @param {readonly import('./marbles.mjs').Row[]} rows
 * @returns {Timeline}
 */
export function timeline(rows) {
  const marked = new Set(rows.flatMap(({ marks }) => marks.map(({ frame }) => frame)));
  const short = skipped(rows, marked);
  const first = Math.min(...rows.map(({ start }) => start));
  const last = Math.max(...rows.map(over));
  const cuts = short.flatMap(({ from, to }) => [from, to]);
  const stops = [...new Set([first, last, ...marked, ...cuts])].sort((a, b) => a - b);

  /** @type {{ frame: number, x: number, perFrame: number }[]} */
  const pieces = [];
  /** @type {Gap[]} */
  const gaps = [];
  let x = 0;
  for (const [index, from] of stops.entries()) {
    const to = stops[index + 1] ?? from + 1;
    const gap = short.find((each) => each.from === from);
    const width = gap ? GAP : (to - from) * FRAME;
    pieces.push({ frame: from, x, perFrame: width / (to - from) });
    if (gap) gaps.push({ from: x, to: x + width, text: gap.text });
    if (index < stops.length - 1) x += width;
  }
  return {
    x: (frame) => {
      const piece = pieces.findLast((each) => each.frame <= frame) ?? pieces[0];
      return piece ? piece.x + (frame - piece.frame) * piece.perFrame : 0;
    },
    width: x,
    gaps,
  };
}

/**
 * The stretches that are drawn short: what any row skips, up to a frame in which something happens, and from the one after.
 * @param {readonly import('./marbles.mjs').Row[]} rows
 * @param {ReadonlySet<number>} marked
 * @returns {import('./marbles.mjs').Progression[]}
 */
function skipped(rows, marked) {
  const written = rows.flatMap(({ progressions }) => progressions).sort((a, b) => a.from - b.from);
  /** @type {{ from: number, to: number }[]} */
  const joined = [];
  for (const { from, to } of written) {
    const before = joined.at(-1);
    if (before && from <= before.to) before.to = Math.max(before.to, to);
    else joined.push({ from, to });
  }
  const cut = joined.flatMap(({ from, to }) => {
    const inside = [...marked].filter((frame) => frame >= from && frame < to).sort((a, b) => a - b);
    return [from - 1, ...inside].map((frame, index) => ({ from: frame + 1, to: inside[index] ?? to }));
  });
  return cut
    .filter(({ from, to }) => to - from >= SHORTEST_GAP)
    .map(({ from, to }) => {
      const whole = written.find((each) => each.from === from && each.to === to);
      return { from, to, text: whole?.text ?? duration(to - from) };
    });
}

/**
 * Where a row needs no more room: a group takes as many frames as it has characters, and no more time than one.
 * @param {import('./marbles.mjs').Row} row
 */
function over({ marks, end }) {
  const last = marks.at(-1);
  return last && '|#!'.includes(last.mark) ? last.frame + 1 : end;
}

/**
 * As one would write it in a diagram.
 * @param {number} ms
 */
export function duration(ms) {
  if (ms >= 60_000 && ms % 30_000 === 0) return `${ms / 60_000}m`;
  return ms >= 1_000 ? `${ms / 1_000}s` : `${ms}ms`;
}
