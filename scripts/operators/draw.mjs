// Draws a diagram: the rows that go in, the operator in its box, the rows that come out, the legend.
import { layout, MARGIN } from './layout.mjs';
import { drawLegend } from './legend.mjs';
import { halfHeight, RADIUS } from './marks.mjs';
import { colours } from './palette.mjs';
import { band, beside, box, picture, rule } from './parts.mjs';
import { drawRow } from './row.mjs';

const BOX = { height: 42, around: 9 };
/** Above and below each row. */
const AIR = 8;

/**
 * A row whose label has the operator's name is a result: its label is in the box above it.
 * @param {string} name the operator's
 * @param {import('./diagram.mjs').Diagram} diagram
 * @param {string} text the diagram as it is written
 */
export function draw(name, diagram, text) {
  const called = new RegExp(`\\b${name}\\b`);
  const rows = diagram.rows.map((row) => ({ ...row, result: called.test(row.label) }));
  if (!rows.some(({ result }) => result)) throw new Error(`no row is labelled with ${name}`);

  const marks = rows.flatMap(({ row }) => row.marks.map(({ mark }) => mark));
  const colourOf = colours(marks.filter((mark) => /[A-Za-z0-9]/.test(mark)));
  const { left, right, width, x, gaps } = layout(rows);

  const top = gaps.length > 0 ? MARGIN + 12 : MARGIN - AIR;
  let y = top;
  /** @type {string[]} */
  const drawn = [];
  let title = '';
  for (const { label, row, result } of rows) {
    if (result && label !== title) {
      drawn.push(
        ...box(label, { left: MARGIN, top: y + BOX.around, width: width - 2 * MARGIN, height: BOX.height }),
      );
      y += BOX.height + 2 * BOX.around;
      title = label;
    }
    const half = reach(row) + AIR;
    y += half;
    if (!result) drawn.push(beside(label, left - RADIUS - 12, y));
    drawn.push(...drawRow(row, { x, y, right, gaps }, colourOf));
    y += half;
  }
  const bands = gaps.flatMap((gap) => band(gap, top, y));

  const legend = drawLegend(
    attributed(diagram.legend, rows),
    { left: MARGIN, top: y + 14, width: width - 2 * MARGIN },
    colourOf,
  );
  if (legend.height > 0) {
    drawn.push(rule(MARGIN, width - MARGIN, y + 6), ...legend.drawn);
    y += 14 + legend.height;
  }
  return picture({ name, text, width, height: y + MARGIN - AIR }, [...bands, ...drawn]);
}

/**
 * How far the marks of a row reach above and below its axis.
 * @param {import('./marbles.mjs').Row} row
 */
function reach({ marks }) {
  const at = (/** @type {number} */ frame) =>
    marks.filter((each) => each.frame === frame).map(({ mark }) => mark);
  return Math.max(halfHeight([]), ...marks.map(({ frame }) => halfHeight(at(frame))));
}

/**
 * A note is beside its row in the text. Below a picture of several rows it says whose it is.
 * @param {import('./diagram.mjs').Diagram['legend']} legend
 * @param {readonly { label: string, result: boolean }[]} rows
 */
function attributed(legend, rows) {
  if (rows.filter(({ result }) => !result).length < 2) return legend;
  return rows.map(({ label, result }, index) =>
    (legend[index] ?? []).map(({ marks, meaning }) => ({
      marks,
      meaning: result || marks.length > 0 ? meaning : `${label}: ${meaning}`,
    })),
  );
}
