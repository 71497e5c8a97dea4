// Where things are from left to right: margin, labels, the frames, an arrow, margin.
import { RADIUS } from './marks.mjs';
import { LABEL_SIZE, TITLE_SIZE } from './parts.mjs';
import { textWidth } from './svg.mjs';
import { FRAME, timeline } from './timeline.mjs';

export const MARGIN = 22;
/** Behind the last frame. */
const ARROW = 18;
/** Most pictures are as wide as this: frames are further apart in a short one. */
const WIDTH = 640;
const WIDEST_FRAME = 40;

/** @param {readonly { label: string, row: import('./marbles.mjs').Row, result: boolean }[]} rows */
export function layout(rows) {
  const labels = rows.map(({ label, result }) => (result ? 0 : textWidth(label, LABEL_SIZE, 'mono') + 12));
  const titles = rows.map(({ label, result }) => (result ? textWidth(label, TITLE_SIZE, 'mono') + 40 : 0));
  const left = MARGIN + Math.max(...labels) + RADIUS;
  const time = timeline(rows.map(({ row }) => row));
  const room = WIDTH - left - MARGIN - ARROW;
  const scale = Math.max(1, Math.min(WIDEST_FRAME / FRAME, room / time.width));
  const needed = left + time.width * scale + ARROW + MARGIN;
  const width = Math.max(WIDTH, needed, Math.max(...titles) + 2 * MARGIN);
  // A gap is between frames, and a frame is around its mark.
  const edge = (/** @type {number} */ x) => left + (x - FRAME / 2) * scale;
  return {
    left,
    right: width - MARGIN,
    width,
    x: (/** @type {number} */ frame) => left + time.x(frame) * scale,
    gaps: time.gaps.map(({ from, to, text }) => ({ left: edge(from), right: edge(to), text })),
  };
}
