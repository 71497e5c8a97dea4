/** Values of a tag that have a colour and a shape of their own; all others are one. */
export const COLOURS = 6;

/** The shape of each colour around the origin, 10 px wide; the last is that of all others. A colour never tells alone. */
export const SHAPES: readonly string[] = [
  'M4.5 0A4.5 4.5 0 1 1-4.5 0 4.5 4.5 0 1 1 4.5 0Z',
  'M-4-4H4V4H-4Z',
  'M0-5 4.9 3.9H-4.9Z',
  'M0-5 4.8-1.5 2.9 4.1H-2.9L-4.8-1.5Z',
  'M-1.6-4.6H1.6V-1.6H4.6V1.6H1.6V4.6H-1.6V1.6H-4.6V-1.6H-1.6Z',
  'M-4.7 0-2.4-4.1H2.4L4.7 0 2.4 4.1H-2.4Z',
  'M3 0A3 3 0 1 1-3 0 3 3 0 1 1 3 0Z',
];

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
