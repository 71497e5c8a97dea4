/** What a character of a chip takes on average, in px: of 12 px, in the widest of the usual sans-serifs. */
const CHARACTER = 7.3;
/** Padding, border and the space to the next one, in px. */
const AROUND = 16;
/** A chip that is wider is cut, in px. */
const WIDEST = 140 + 4;
/** For the number of those that are not shown, in px. */
const MORE = 24;

/** The first of these tags that have room as a whole beside each other; at least one, be it cut. */
export function tagsThatFit<T extends readonly [key: string, value: string]>(
  tags: readonly T[],
  width: number,
  most: number,
): readonly T[] {
  const all = fitting(tags, width, most);
  return all.length === tags.length ? all : fitting(tags, width - MORE, most);
}

function fitting<T extends readonly [key: string, value: string]>(
  tags: readonly T[],
  width: number,
  most: number,
): T[] {
  const found: T[] = [];
  let room = width;
  for (const tag of tags) {
    if (found.length === most) break;
    const wide = Math.min(WIDEST, AROUND + CHARACTER * (tag[0].length + 1 + tag[1].length));
    if (wide > room && found.length > 0) continue;
    found.push(tag);
    room -= wide;
  }
  return found;
}
