// One row of a picture: its axis, from the first frame to an arrow, and what happens on it.
import { line, stack } from './marks.mjs';
import { INK } from './palette.mjs';
import { element, round } from './svg.mjs';

/**
 * @param {import('./marbles.mjs').Row} row
 * @param {object} place
 * @param {(frame: number) => number} place.x
 * @param {number} place.y of the axis
 * @param {number} place.right where the arrows are
 * @param {readonly { left: number, right: number }[]} place.gaps
 * @param {(letter: string) => import('./palette.mjs').Colour} colourOf
 */
export function drawRow(row, { x, y, right, gaps }, colourOf) {
  const frameOf = (/** @type {string} */ marks) => row.marks.find(({ mark }) => marks.includes(mark))?.frame;
  const begin = x(row.kind === 'subscription' ? (frameOf('^') ?? row.start) : row.start);
  const over = frameOf('|#!');
  const end = over === undefined ? right : x(over);

  const drawn = [
    // Before it begins and after it is over, time goes on.
    line(`M${round(x(row.start))} ${round(y)}H${round(right)}`, INK.rest, 1.5),
    line(`M${round(begin)} ${round(y)}H${round(end)}`, INK.axis, 2),
    arrow(right, y, over === undefined ? INK.axis : INK.rest),
    ...gaps.filter(({ left }) => left >= x(row.start) - 20).flatMap((gap) => tear(gap, y)),
  ];
  for (const frame of new Set(row.marks.map((mark) => mark.frame))) {
    const marks = row.marks.filter((mark) => mark.frame === frame).map(({ mark }) => mark);
    drawn.push(...stack(x(frame), y, marks, colourOf));
  }
  return drawn;
}

/** @param {number} x @param {number} y @param {string} stroke */
function arrow(x, y, stroke) {
  return line(
    `M${round(x - 6)} ${round(y - 4.5)}L${round(x)} ${round(y)}L${round(x - 6)} ${round(y + 4.5)}`,
    stroke,
    2,
  );
}

/**
 * Two strokes across the axis, with nothing between them.
 * @param {{ left: number, right: number }} gap
 * @param {number} y
 */
function tear({ left, right }, y) {
  const middle = (left + right) / 2;
  const stroke = (/** @type {number} */ x) =>
    `M${round(x - 3)} ${round(y + 6)}L${round(x + 3)} ${round(y - 6)}`;
  return [
    element('rect', { x: middle - 4, y: y - 4, width: 8, height: 8, fill: INK.gap }),
    line(`${stroke(middle - 4)}${stroke(middle + 4)}`, INK.faint, 1.5),
  ];
}
