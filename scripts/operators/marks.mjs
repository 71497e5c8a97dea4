// Each kind of mark as SVG, around a point on the row's axis.
import { INK } from './palette.mjs';
import { element, round } from './svg.mjs';

/** Of a value's circle. */
export const RADIUS = 11.5;
/** From one value of a group to the next, downwards. */
const STACKED = 2 * RADIUS + 2;

/**
 * A value: its letter in a circle.
 * @param {number} x
 * @param {number} y
 * @param {string} letter
 * @param {import('./palette.mjs').Colour} colour
 * @param {number} [radius]
 */
export function circle(x, y, letter, { fill, stroke, text }, radius = RADIUS) {
  const size = Math.round(radius * 1.22);
  return [
    element('circle', { cx: x, cy: y, r: radius, fill, stroke, 'stroke-width': 1.5 }),
    element(
      'text',
      {
        x,
        y: y + size * 0.35,
        fill: text,
        'font-size': size,
        'font-weight': 600,
        'text-anchor': 'middle',
      },
      letter,
    ),
  ];
}

/**
 * Where a row ends well.
 * @param {number} x
 * @param {number} y
 * @param {number} half of its height
 */
export function bar(x, y, half) {
  return [line(`M${round(x)} ${round(y - half)}V${round(y + half)}`, INK.axis, 3)];
}

/**
 * Where a row ends with an error.
 * @param {number} x
 * @param {number} y
 * @param {number} [half]
 */
export function cross(x, y, half = 8) {
  const [left, right, top, bottom] = [x - half, x + half, y - half, y + half].map(round);
  return [line(`M${left} ${top}L${right} ${bottom}M${left} ${bottom}L${right} ${top}`, INK.error, 3)];
}

/** Where a subscription begins: an arrow up to it. @param {number} x @param {number} y */
export function subscribed(x, y) {
  const top = round(y - 9);
  const head = `M${round(x - 5)} ${round(y - 3)}L${round(x)} ${top}L${round(x + 5)} ${round(y - 3)}`;
  return [line(`M${round(x)} ${round(y + 10)}V${top}${head}`, INK.axis, 2)];
}

/** Where it is ended: the mark itself. @param {number} x @param {number} y */
export function unsubscribed(x, y) {
  return [
    line(`M${round(x)} ${round(y - 9)}V${round(y + 3.5)}`, INK.axis, 2.5),
    element('circle', { cx: x, cy: y + 8.5, r: 1.8, fill: INK.axis }),
  ];
}

/**
 * All that happens at one frame, in its order from the top, with the axis in the middle.
 * @param {number} x
 * @param {number} y
 * @param {readonly string[]} marks
 * @param {(letter: string) => import('./palette.mjs').Colour} colourOf
 */
export function stack(x, y, marks, colourOf) {
  const piled = marks.filter((mark) => /[A-Za-z0-9#]/.test(mark));
  const half = halfHeight(marks);
  const drawn = marks.includes('|') ? bar(x, y, half) : [];
  for (const [index, mark] of piled.entries()) {
    const at = y + (index - (piled.length - 1) / 2) * STACKED;
    drawn.push(...(mark === '#' ? cross(x, at) : circle(x, at, mark, colourOf(mark))));
  }
  if (marks.includes('^')) drawn.push(...subscribed(x, y));
  if (marks.includes('!')) drawn.push(...unsubscribed(x, y));
  return drawn;
}

/** How far the marks of a frame reach above and below the axis. @param {readonly string[]} marks */
export function halfHeight(marks) {
  const piled = marks.filter((mark) => /[A-Za-z0-9#]/.test(mark)).length;
  if (piled === 0) return 13;
  // The bar is to be seen above and below the values it comes with.
  return RADIUS + ((piled - 1) * STACKED) / 2 + (marks.includes('|') ? 7 : 1);
}

/**
 * @param {string} path
 * @param {string} stroke
 * @param {number} width
 */
export function line(path, stroke, width) {
  return element('path', {
    d: path,
    fill: 'none',
    stroke,
    'stroke-width': width,
    'stroke-linecap': 'round',
    'stroke-linejoin': 'round',
  });
}
