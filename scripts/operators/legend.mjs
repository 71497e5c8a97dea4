// The legend below a picture: each letter in a small circle, with what it stands for. On one line where it fits; a
// line for each row otherwise, or more.
import { circle, cross, line } from './marks.mjs';
import { INK } from './palette.mjs';
import { element, round, textWidth } from './svg.mjs';

const SIZE = 13;
const LINE = 25;
const CHIP = 8.5;
const NEXT_CHIP = 2 * CHIP + 3;

const BETWEEN = 22;

/**
 * @param {import('./diagram.mjs').Diagram['legend']} legend
 * @param {{ left: number, top: number, width: number }} place
 * @param {(letter: string) => import('./palette.mjs').Colour} colourOf
 * @returns {{ drawn: string[], height: number }}
 */
export function drawLegend(legend, { left, top, width }, colourOf) {
  const all = legend.flat();
  const total = all.reduce(
    (sum, { marks, meaning }) => sum + lead(marks) + wide(meaning) + BETWEEN,
    -BETWEEN,
  );
  const groups = total <= width ? [all] : legend.filter((entries) => entries.length > 0);
  /** @type {string[]} */
  const drawn = [];
  let y = top - LINE / 2;
  for (const entries of groups) {
    let x = left;
    y += LINE;
    for (const { marks, meaning } of entries) {
      const lines = wrap(meaning, width - lead(marks));
      const needed = lead(marks) + Math.max(...lines.map(wide));
      if (x > left && x + needed > left + width) [x, y] = [left, y + LINE];
      for (const [index, mark] of marks.entries()) {
        drawn.push(...chip(x + CHIP + index * NEXT_CHIP, y, mark, colourOf));
      }
      for (const [index, each] of lines.entries()) {
        if (index > 0) y += LINE - 6;
        drawn.push(words(x + lead(marks), y + SIZE * 0.36, each, marks.length === 0));
      }
      x += needed + BETWEEN;
    }
  }
  return { drawn, height: all.length === 0 ? 0 : y - top + LINE / 2 };
}

/** How much room its marks take in front of a text. @param {readonly string[]} marks */
function lead(marks) {
  return marks.length === 0 ? 0 : marks.length * NEXT_CHIP + 4;
}

/** @param {string} text */
function wide(text) {
  return textWidth(text, SIZE, 'sans');
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} mark
 * @param {(letter: string) => import('./palette.mjs').Colour} colourOf
 */
function chip(x, y, mark, colourOf) {
  if (mark === '#') return cross(x, y, 6);
  if (mark === '|') return [line(`M${round(x)} ${round(y - CHIP)}V${round(y + CHIP)}`, INK.axis, 2.5)];
  return circle(x, y, mark, colourOf(mark), CHIP);
}

/**
 * @param {number} x
 * @param {number} y
 * @param {string} text
 * @param {boolean} note
 */
function words(x, y, text, note) {
  const style = note ? { fill: INK.faint, 'font-style': 'italic' } : { fill: INK.text };
  return element('text', { x, y, ...style, 'font-size': SIZE }, text);
}

/**
 * The lines of a text, broken at blanks.
 * @param {string} text
 * @param {number} width
 */
function wrap(text, width) {
  /** @type {string[]} */
  const lines = [];
  for (const word of text.split(' ')) {
    const longer = lines.length === 0 ? word : `${lines.at(-1)} ${word}`;
    if (lines.length > 0 && wide(longer) > width) lines.push(word);
    else lines.splice(-1, 1, longer);
  }
  return lines;
}
