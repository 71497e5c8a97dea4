/** Values of a tag that have a colour and a shape of their own; all others are one. */
export const COLOURS = 6;

/** Corners of the shapes, in shares of half their size; a disc has none. A colour never tells alone. */
const CORNERS: readonly (readonly number[])[] = [
  [],
  [-0.8, -0.8, 0.8, -0.8, 0.8, 0.8, -0.8, 0.8],
  [0, -1, 0.98, 0.78, -0.98, 0.78],
  [0, -1, 0.96, -0.3, 0.58, 0.82, -0.58, 0.82, -0.96, -0.3],
  [
    -0.32, -0.92, 0.32, -0.92, 0.32, -0.32, 0.92, -0.32, 0.92, 0.32, 0.32, 0.32, 0.32, 0.92, -0.32, 0.92,
    -0.32, 0.32, -0.92, 0.32, -0.92, -0.32, -0.32, -0.32,
  ],
  [-0.94, 0, -0.48, -0.82, 0.48, -0.82, 0.94, 0, 0.48, 0.82, -0.48, 0.82],
  [],
];

/**
 * The shape of a colour at a point, as the path of an SVG: many of them in one path cost a page as much as one. What is the same wherever
 * it stands is written once.
 */
export function shapePath(colour: number, size: number): (x: number, y: number) => string {
  const corners = CORNERS[colour] ?? [];
  if (corners.length === 0) {
    const radius = (colour === COLOURS ? 0.3 : 0.45) * size;
    return (x, y) => discPath(x, y, radius);
  }
  const [left = 0, top = 0] = corners.map((corner) => (corner * size) / 2);
  let sides = '';
  for (let i = 2; i < corners.length; i += 2)
    sides += `l${side(corners, i, size)} ${side(corners, i + 1, size)}`;
  return (x, y) => `M${px(x + left)} ${px(y + top)}${sides}z`;
}

/** From the corner before, in px. */
function side(corners: readonly number[], i: number, size: number): number {
  return Number(((((corners[i] ?? 0) - (corners[i - 2] ?? 0)) * size) / 2).toFixed(2));
}

export function discPath(x: number, y: number, radius: number): string {
  const r = px(radius);
  const wide = px(2 * radius);
  return `M${px(x - radius)} ${px(y)}a${r} ${r} 0 1 0 ${wide} 0a${r} ${r} 0 1 0-${wide} 0z`;
}

function px(value: number): string {
  return value.toFixed(1);
}

/** Which values of a tag have a colour of their own: the most frequent, in their order as texts, so that a colour stays when counts change. */
export class TagGroups {
  readonly values: readonly string[];
  readonly #index: ReadonlyMap<string, number>;

  constructor(values: Iterable<string | undefined>) {
    const counts = new Map<string, number>();
    for (const value of values) if (value !== undefined) counts.set(value, (counts.get(value) ?? 0) + 1);
    const frequent = [...counts].sort(([a, some], [b, others]) => others - some || (a < b ? -1 : 1));
    this.values = frequent
      .slice(0, COLOURS)
      .map(([value]) => value)
      .sort();
    this.#index = new Map(this.values.map((value, index) => [value, index]));
  }

  /** From 0; {@link COLOURS} is that of all others. */
  indexOf(value: string | undefined): number {
    return (value === undefined ? undefined : this.#index.get(value)) ?? COLOURS;
  }
}

/** Keys that say where a member is. */
const PLACES = ['dc', 'region', 'datacenter', 'zone', 'az'];

/** The key that a picture of distances is divided by, of those that members have: one that says where they are. */
export function placeKey(keys: readonly string[]): string {
  return PLACES.find((key) => keys.includes(key)) ?? '';
}
