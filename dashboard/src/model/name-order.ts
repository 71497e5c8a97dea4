import type { MemberRow } from './member-row.ts';

const collator = new Intl.Collator('en', { numeric: true });

/** As people count: `web-9` before `web-10`. */
export function byName(a: string, b: string): number {
  return collator.compare(a, b) || (a < b ? -1 : a > b ? 1 : 0);
}

/** Puts rows in the order of their names. To compare ten thousand names takes long, so only those that are new are. */
export class NameOrder {
  #names: readonly string[] = [];

  sort(rows: readonly MemberRow[]): readonly MemberRow[] {
    const byNames = new Map(rows.map((row) => [row.member.name, row]));
    const stay = this.#names.filter((name) => byNames.has(name));
    if (stay.length < byNames.size) {
      const known = new Set(stay);
      const fresh = [...byNames.keys()].filter((name) => !known.has(name));
      this.#names = merged(stay, fresh.sort(byName));
    } else this.#names = stay;
    return this.#names.map((name) => byNames.get(name) as MemberRow);
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
