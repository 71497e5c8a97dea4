import { jsonEqual } from './json.ts';

/** How an array became another one. */
export interface Alignment {
  /** How many elements are equal at the beginning. */
  readonly start: number;
  /** How many are equal at the end. */
  readonly end: number;
  /** Elements between these that are identical in both, as pairs of indices that grow on both sides. */
  readonly kept: readonly (readonly [from: number, to: number])[];
}

/**
 * Finds what two arrays have in common, in n × log n.
 *
 * @param unequal what is known to differ: who aligns arrays within arrays does not compare the inner ones anew at each level
 */
export function align(
  from: readonly unknown[],
  to: readonly unknown[],
  unequal: Map<unknown, unknown>,
): Alignment {
  const equal = (one: unknown, other: unknown) => jsonEqual(one, other, undefined, unequal);
  const shorter = Math.min(from.length, to.length);
  let start = 0;
  while (start < shorter && equal(from[start], to[start])) start++;
  let end = 0;
  while (end < shorter - start && equal(from[from.length - 1 - end], to[to.length - 1 - end])) end++;
  return { start, end, kept: identical(from, to, start, end) };
}

function identical(
  from: readonly unknown[],
  to: readonly unknown[],
  start: number,
  end: number,
): [number, number][] {
  const fromEnd = from.length - end;
  const toEnd = to.length - end;
  if (start === fromEnd || start === toEnd) return [];
  const places = new Map<unknown, number[]>();
  for (let i = fromEnd - 1; i >= start; i--) {
    const found = places.get(from[i]);
    if (found) found.push(i);
    else places.set(from[i], [i]);
  }
  const pairs: [number, number][] = [];
  for (let i = start; i < toEnd; i++) {
    const place = places.get(to[i])?.pop();
    if (place !== undefined) pairs.push([place, i]);
  }
  return longestGrowing(pairs);
}

/** The longest subsequence of pairs whose first numbers grow, in n × log n. */
function longestGrowing(pairs: readonly [number, number][]): [number, number][] {
  /** Where the subsequence of each length ends that can be continued best, and what came before each pair. */
  const tails: number[] = [];
  const before: number[] = [];
  const first = (at: number | undefined) => pairs[at as number]?.[0] as number;
  for (let i = 0; i < pairs.length; i++) {
    let [low, high] = [0, tails.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (first(tails[middle]) < first(i)) low = middle + 1;
      else high = middle;
    }
    before[i] = low > 0 ? (tails[low - 1] as number) : -1;
    tails[low] = i;
  }
  const longest: [number, number][] = [];
  for (let i = tails.at(-1) ?? -1; i >= 0; i = before[i] as number)
    longest.push(pairs[i] as [number, number]);
  return longest.reverse();
}
