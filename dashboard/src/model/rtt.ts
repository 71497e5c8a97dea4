import type { Coordinate } from 'rxserf';

/** The estimated round trip between two members, in ms, as Serf computes it. */
export function estimatedRtt(a: Coordinate, b: Coordinate): number {
  const distance =
    Math.hypot(...a.vector.map((value, i) => value - (b.vector[i] ?? 0))) + a.height + b.height;
  const adjusted = distance + a.adjustment + b.adjustment;
  return (adjusted > 0 ? adjusted : distance) * 1_000;
}

/** Where a round trip in ms lies on the scale that all pictures share, from 0 to 1: the decades from 0.316 to 316 ms. */
export function scalePosition(ms: number): number {
  return Math.min(1, Math.max(0, (Math.log10(ms) + 0.5) / 3));
}

/** Ticks of the scale, in ms. */
export const TICKS = [1, 3, 10, 30, 100];

/** `0.32`, `6.2`, `171`: without its unit, ms. */
export function rttText(ms: number): string {
  if (ms < 1) return ms.toFixed(2);
  return ms < 10 ? ms.toFixed(1) : ms.toFixed(0);
}
