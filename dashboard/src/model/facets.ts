import type { MemberRow } from './member-row.ts';

/** A key of tags with its most frequent values. */
export interface Facet {
  readonly key: string;
  readonly values: readonly { readonly value: string; readonly count: number }[];
  /** How many further values there are. */
  readonly more: number;
}

/** Values that are listed of a key. */
const VALUES = 8;
/** Values that are counted of a key: with more it is no facet, but a name. */
const MOST_VALUES = 64;
/** Keys that are listed. */
const KEYS = 6;

/** The keys that most members have, each with its values; what has a value of its own for everybody is none. */
export function facetsOf(rows: readonly MemberRow[]): Facet[] {
  const keys = new Map<string, Map<string, number>>();
  for (const { member } of rows) {
    // No list of pairs for each of ten thousand members.
    for (const key in member.tags) {
      const value = member.tags[key] as string;
      const values = keys.get(key) ?? new Map<string, number>();
      if (values.size === 0) keys.set(key, values);
      if (values.size < MOST_VALUES || values.has(value)) values.set(value, (values.get(value) ?? 0) + 1);
    }
  }
  const sum = (values: ReadonlyMap<string, number>) => [...values.values()].reduce((a, b) => a + b, 0);
  return [...keys]
    .filter(([, values]) => values.size < MOST_VALUES)
    .sort(([a, some], [b, others]) => sum(others) - sum(some) || (a < b ? -1 : 1))
    .slice(0, KEYS)
    .map(([key, values]) => {
      const sorted = [...values].map(([value, count]) => ({ value, count }));
      sorted.sort((a, b) => b.count - a.count || (a.value < b.value ? -1 : 1));
      return { key, values: sorted.slice(0, VALUES), more: Math.max(0, sorted.length - VALUES) };
    });
}
