import type { Point } from './radar-view.ts';

/** A name that wants a place beside a point. The first ones have the choice. */
export interface LabelWish {
  readonly text: string;
  readonly at: Point;
  /** How far from the point it stands at least, in px. */
  readonly away: number;
  readonly kind: string;
}

export interface Label extends LabelWish {
  /** The left end of its base line. */
  readonly x: number;
  readonly y: number;
}

/** A rectangle, in px. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

export interface LabelSpace {
  readonly width: number;
  readonly height: number;
  /** Where dots are, which no label may cover: the cells of {@link cellOf}. */
  readonly dots: ReadonlySet<number>;
  /** What has been written there. */
  readonly taken: readonly Box[];
  /** The circle that labels stay in. @defaultValue none */
  readonly within?: { readonly centre: Point; readonly radius: number } | undefined;
  readonly most: number;
  readonly measure: (text: string) => number;
}

const LINE = 16;
/** Cells of the grid in which dots are looked up, in px. */
const CELL = 8;

/** Gives names a place where they cover nothing; who finds none is left out, not made smaller. */
export function placeLabels(wishes: readonly LabelWish[], space: LabelSpace): Label[] {
  const taken: Box[] = [...space.taken];
  const placed: Label[] = [];
  for (const wish of wishes) {
    if (placed.length >= space.most) break;
    const width = space.measure(wish.text);
    const box = boxesAround(wish, width).find((each) => isFree(each, space, taken));
    if (!box) continue;
    taken.push(box);
    placed.push({ ...wish, x: box.x, y: box.y + LINE - 4 });
  }
  return placed;
}

/** E W N S NE NW SE SW. */
function boxesAround({ at: { x, y }, away }: LabelWish, width: number): Box[] {
  const east = x + away;
  const west = x - away - width;
  const middle = x - width / 2;
  const level = y - LINE / 2;
  const above = y - away - LINE;
  const below = y + away;
  return [
    [east, level],
    [west, level],
    [middle, above],
    [middle, below],
    [east, above + away / 2],
    [west, above + away / 2],
    [east, below - away / 2],
    [west, below - away / 2],
  ].map(([left = 0, top = 0]) => ({ x: left, y: top, width, height: LINE }));
}

function isFree(box: Box, space: LabelSpace, taken: readonly Box[]): boolean {
  if (box.x < 2 || box.y < 2 || box.x + box.width > space.width - 2 || box.y + box.height > space.height - 2)
    return false;
  if (space.within && !isWithin(box, space.within)) return false;
  if (taken.some((other) => overlap(box, other))) return false;
  for (let x = box.x; x < box.x + box.width + CELL; x += CELL)
    for (let y = box.y; y < box.y + box.height + CELL; y += CELL)
      if (space.dots.has(cellOf(Math.min(x, box.x + box.width), Math.min(y, box.y + box.height))))
        return false;
  return true;
}

function isWithin({ x, y, width, height }: Box, circle: NonNullable<LabelSpace['within']>): boolean {
  const { centre, radius } = circle;
  const far = Math.hypot(
    Math.max(Math.abs(x - centre.x), Math.abs(x + width - centre.x)),
    Math.max(Math.abs(y - centre.y), Math.abs(y + height - centre.y)),
  );
  return far <= radius;
}

function overlap(a: Box, b: Box): boolean {
  return a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;
}

/** The cell of the grid that a point is in. */
export function cellOf(x: number, y: number): number {
  return Math.floor(x / CELL) * 65_536 + Math.floor(y / CELL);
}
