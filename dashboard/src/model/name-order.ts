import type { MemberRow } from './member-row.ts';

const collator = new Intl.Collator('en', { numeric: true });

/** As people count: `web-9` before `web-10`. */
export function byName(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Puts rows in the order of their names. To compare ten thousand names takes long, so only those that are new are. */
export class NameOrder {
  #places: ReadonlyMap<string, number> = new Map();

  sort(rows: readonly MemberRow[]): readonly MemberRow[] {
    return this.#sorted(rows) ?? this.#sorted(rows, this.#learn(rows)) ?? rows;
  }

  /** By the places as they are; `undefined` if they are those of others. */
  #sorted(rows: readonly MemberRow[], places = this.#places): readonly MemberRow[] | undefined {
    if (rows.length !== places.size) return undefined;
    const sorted = new Array<MemberRow>(rows.length);
    for (const row of rows) {
      const place = places.get(row.member.name);
      if (place === undefined) return undefined;
      sorted[place] = row;
    }
    return sorted;
  }

  #learn(rows: readonly MemberRow[]): ReadonlyMap<string, number> {
    const names = new Set(rows.map(({ member }) => member.name));
    const stay = [...this.#places.keys()].filter((name) => names.has(name));
    for (const name of stay) names.delete(name);
    const order = merged(stay, [...names].sort(byName));
    this.#places = new Map(order.map((name, place) => [name, place]));
    return this.#places;
  }
}

function merged(names: readonly string[], fresh: readonly string[]): string[] {
  const order: string[] = [];
  let from = 0;
  for (const name of fresh) {
    const to = placeOf(name, names, from);
    for (; from < to; from++) order.push(names[from] as string);
    order.push(name);
  }
  for (; from < names.length; from++) order.push(names[from] as string);
  return order;
}

function placeOf(name: string, names: readonly string[], from: number): number {
  let low = from;
  let high = names.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (byName(names[middle] as string, name) < 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
