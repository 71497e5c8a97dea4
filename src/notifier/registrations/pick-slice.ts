import type { Registration } from './registration.ts';
import { Slices } from './slices.ts';
import type { Bucket } from './table.ts';

/**
 * Chooses one slice by weight, of all those that match, whatever their masks are; none when there is none of a weight above 0.
 *
 * @param random from 0 up to, not including, 1
 * @param reachable which may be chosen @defaultValue all
 */
export function pickSlice<R extends Registration>(
  buckets: readonly Bucket<R>[],
  random: () => number,
  reachable?: (slice: R) => boolean,
): R | undefined {
  if (reachable) return pickAmong(buckets, random, reachable);
  let total = 0;
  for (let i = 0; i < buckets.length; i++) total += (buckets[i] as Bucket<R>).slices.total;
  if (total === 0) return undefined;
  let point = pointIn(total, random);
  for (let i = 0; i < buckets.length; i++) {
    const { slices } = buckets[i] as Bucket<R>;
    if (point < slices.total) return slices.at(point);
    point -= slices.total;
  }
  // What rounding has left over belongs to the last that has a weight.
  const last = buckets.findLast(({ slices }) => slices.total > 0)?.slices;
  return last?.at(pointIn(last.total, () => 1));
}

/** The rare case: a slice could not be reached, and another one is wanted. */
function pickAmong<R extends Registration>(
  buckets: readonly Bucket<R>[],
  random: () => number,
  reachable: (slice: R) => boolean,
): R | undefined {
  const rest = new Slices<R>();
  for (const { slices } of buckets) for (const slice of slices) if (reachable(slice)) rest.add(slice);
  return rest.total === 0 ? undefined : rest.at(pointIn(rest.total, random));
}

/** A source of somebody's own may give anything: the point is within the total all the same. */
function pointIn(total: number, random: () => number): number {
  const at = random() * total;
  if (at >= 0 && at < total) return at;
  return at >= total ? total * (1 - Number.EPSILON) : 0;
}
