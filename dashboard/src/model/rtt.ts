import type { Coordinate } from 'rxserf';

/** The estimated round trip between two members, in ms, as Serf computes it. */
export function estimatedRtt(a: Coordinate, b: Coordinate): number {
  const distance = Math.sqrt(squaredDistance(a, b)) + a.height + b.height;
  const adjusted = distance + a.adjustment + b.adjustment;
  return (adjusted > 0 ? adjusted : distance) * 1_000;
}

/** How wrong the estimate may be, in ms: the errors of both coordinates, which are shares of their distances. */
export function errorOf(a: Coordinate, b: Coordinate): number {
  return (estimatedRtt(a, b) * (a.error + b.error)) / 2;
}

export function isSameCoordinate(a: Coordinate, b: Coordinate): boolean {
  return (
    a.height === b.height &&
    a.adjustment === b.adjustment &&
    a.error === b.error &&
    squaredDistance(a, b) === 0
  );
}

/** How near two are without their own last mile, squared: for who is nearest to whom. */
export function squaredDistance({ vector }: Coordinate, other: Coordinate): number {
  let sum = 0;
  for (let i = 0; i < vector.length; i++) sum += ((vector[i] ?? 0) - (other.vector[i] ?? 0)) ** 2;
  return sum;
}

/** Where a round trip in ms lies on the scale that all pictures share, from 0 to 1: the decades from 0.316 to 316 ms, or so many decades further. */
export function scalePosition(ms: number, further = 0): number {
  return Math.min(1, Math.max(0, (Math.log10(ms) + 0.5 - further) / 3));
}

/** The round trip in ms at a place on the scale. */
export function msOfPosition(position: number, further = 0): number {
  return 10 ** (3 * position - 0.5 + further);
}

/** Ticks of the scale, in ms. */
export const TICKS = [1, 3, 10, 30, 100];

/** `0.32`, `6.2`, `171`: without its unit, ms. */
export function rttText(ms: number): string {
  if (ms < 1) return ms.toFixed(2);
  return ms < 10 ? ms.toFixed(1) : ms.toFixed(0);
}

/** How many decades further, or nearer, the rings would fit better than they do; 0 where they fit. Nobody is moved by itself. */
export function betterRings(trips: readonly number[]): -1 | 0 | 1 {
  if (trips.length === 0) return 0;
  const beyond = trips.filter((ms) => scalePosition(ms) === 1).length;
  if (beyond > trips.length / 20) return 1;
  return trips.every((ms) => ms < 3) ? -1 : 0;
}
