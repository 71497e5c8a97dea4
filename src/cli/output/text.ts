import { eastAsianWidth } from 'get-east-asian-width';

export { printable } from '../../printable.ts';

const COMBINING = /^[\p{Mn}\p{Me}]$/u;

/** How many cells of a terminal a printable text takes. */
export function widthOf(text: string): number {
  let width = 0;
  for (const character of text) width += widthOfOne(character);
  return width;
}

/** As much of a text as fits, with an ellipsis where something was cut off. */
export function cut(text: string, width: number): string {
  if (text.length * 2 <= width || widthOf(text) <= width) return text;
  return width > 0 ? `${text.slice(0, fitting(text, width - 1))}…` : '';
}

/** A text in rows, broken at blanks where there are any; the last of so many has all the rest. */
export function wrap(text: string, width: number, most: number): string[] {
  const rows: string[] = [];
  let rest = text;
  while (rows.length + 1 < most && widthOf(rest) > width) {
    const fits = fitting(rest, width);
    const blank = rest.lastIndexOf(' ', fits);
    rows.push(rest.slice(0, blank > 0 ? blank : fits));
    rest = rest.slice(blank > 0 ? blank + 1 : fits);
  }
  return [...rows, rest];
}

/** How much of a text has room in so many cells. */
function fitting(text: string, width: number): number {
  let used = 0;
  let end = 0;
  for (const character of text) {
    used += widthOfOne(character);
    if (used > width) break;
    end += character.length;
  }
  return end;
}

/** A text made as wide as that, with spaces. */
export function pad(text: string, width: number): string {
  return text + ' '.repeat(Math.max(0, width - widthOf(text)));
}

function widthOfOne(character: string): number {
  const codePoint = character.codePointAt(0) as number;
  if (codePoint < 0x7f) return 1;
  return COMBINING.test(character) ? 0 : eastAsianWidth(codePoint);
}
