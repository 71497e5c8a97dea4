// The colours. Text on a fill has a contrast of 4.5 to 1 or more (WCAG AA).

export const INK = {
  text: '#1e293b',
  faint: '#475569',
  axis: '#334155',
  rest: '#cbd5e1',
  gap: '#f1f5f9',
  paper: '#ffffff',
  border: '#cbd5e1',
  operator: { fill: '#eef2ff', stroke: '#818cf8', text: '#3730a3' },
  error: '#dc2626',
};

/** Neighbours differ in hue. */
const HUES = [
  { light: '#bae6fd', strong: '#0369a1' },
  { light: '#fed7aa', strong: '#c2410c' },
  { light: '#bbf7d0', strong: '#15803d' },
  { light: '#f5d0fe', strong: '#a21caf' },
  { light: '#fde68a', strong: '#a16207' },
  { light: '#c7d2fe', strong: '#4338ca' },
  { light: '#fecdd3', strong: '#be123c' },
  { light: '#99f6e4', strong: '#0f766e' },
  { light: '#d9f99d', strong: '#4d7c0f' },
  { light: '#e2e8f0', strong: '#475569' },
];

/** @typedef {{ readonly fill: string, readonly stroke: string, readonly text: string }} Colour */

/**
 * A colour for each letter, in the order in which they come. `A` has the hue of `a`, the other way round: it is what
 * became of it.
 * @param {readonly string[]} letters
 * @returns {(letter: string) => Colour}
 */
export function colours(letters) {
  const known = [...new Set(letters.map((letter) => letter.toLowerCase()))];
  return (letter) => {
    const hue = HUES[Math.max(0, known.indexOf(letter.toLowerCase())) % HUES.length];
    const { light, strong } = /** @type {{ light: string, strong: string }} */ (hue);
    if (/[A-Z]/.test(letter)) return { fill: strong, stroke: strong, text: INK.paper };
    return { fill: light, stroke: strong, text: INK.text };
  };
}
