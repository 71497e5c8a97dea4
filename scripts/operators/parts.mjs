// What is in a picture beside its rows.
import { line } from './marks.mjs';
import { INK } from './palette.mjs';
import { element, FONTS, round, textWidth } from './svg.mjs';

export const LABEL_SIZE = 13.5;
export const TITLE_SIZE = 16;
const GAP_SIZE = 11.5;

/**
 * The operator, as it is called.
 * @param {string} label
 * @param {{ left: number, top: number, width: number, height: number }} place
 */
export function box(label, { left, top, width, height }) {
  const { fill, stroke, text } = INK.operator;
  return [
    element('rect', { x: left, y: top, width, height, rx: 9, fill, stroke, 'stroke-width': 1.5 }),
    element(
      'text',
      {
        x: left + width / 2,
        y: top + height / 2 + TITLE_SIZE * 0.34,
        fill: text,
        'font-family': FONTS.mono,
        'font-size': TITLE_SIZE,
        'font-weight': 600,
        'text-anchor': 'middle',
      },
      label,
    ),
  ];
}

/**
 * The label of a row that goes in.
 * @param {string} label
 * @param {number} right
 * @param {number} y
 */
export function beside(label, right, y) {
  const style = { fill: INK.text, 'font-family': FONTS.mono, 'font-size': LABEL_SIZE, 'text-anchor': 'end' };
  return element('text', { x: right, y: y + LABEL_SIZE * 0.34, ...style }, label);
}

/**
 * A stretch of time that is drawn short, through all rows, with how long it is.
 * @param {{ left: number, right: number, text: string }} gap
 * @param {number} top
 * @param {number} bottom
 */
export function band({ left, right, text }, top, bottom) {
  const x = left + 3;
  const width = right - left - 6;
  const style = {
    fill: INK.faint,
    'font-size': GAP_SIZE,
    'text-anchor': 'middle',
  };
  const size = Math.min(1, width / textWidth(text, GAP_SIZE, 'sans')) * GAP_SIZE;
  return [
    element('rect', { x, y: top - 18, width, height: bottom - top + 18, rx: 5, fill: INK.gap }),
    element('text', { x: (left + right) / 2, y: top - 4, ...style, 'font-size': size }, text),
  ];
}

/**
 * A line above the legend.
 * @param {number} left
 * @param {number} right
 * @param {number} y
 */
export function rule(left, right, y) {
  return line(`M${round(left)} ${round(y)}H${round(right)}`, INK.gap, 1.5);
}

/**
 * The whole picture, on paper of its own: to be read on a dark page too.
 * @param {{ name: string, text: string, width: number, height: number }} about
 * @param {readonly string[]} drawn
 */
export function picture({ name, text, width, height }, drawn) {
  const [w, h] = [Math.ceil(width), Math.ceil(height)];
  const paper = { x: 0.5, y: 0.5, width: w - 1, height: h - 1, rx: 10, fill: INK.paper, stroke: INK.border };
  const attributes = {
    xmlns: 'http://www.w3.org/2000/svg',
    width: w,
    height: h,
    viewBox: `0 0 ${w} ${h}`,
    'font-family': FONTS.sans,
    role: 'img',
    'aria-labelledby': `${name}-title ${name}-desc`,
  };
  const svg = element('svg', attributes, [
    element('title', { id: `${name}-title` }, `Marble diagram of ${name}`),
    element('desc', { id: `${name}-desc` }, `\n${text}\n`),
    element('rect', paper),
    ...drawn,
  ]);
  return `${svg}\n`;
}
