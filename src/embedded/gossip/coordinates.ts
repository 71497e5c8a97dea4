import type { Coordinate } from '../../model.ts';

const DIMENSIONS = 8;
/** Half of the widest distance in one dimension, in seconds: round trips of some milliseconds, as in one region. */
const SPREAD = 0.002;

/** Where a node is, in Vivaldi's space: made up, but then it stays. */
export function randomCoordinate(random: () => number): Coordinate {
  return {
    vector: Array.from({ length: DIMENSIONS }, () => (random() * 2 - 1) * SPREAD),
    error: 0.05 + random() * 0.2,
    adjustment: (random() * 2 - 1) * 1e-5,
    height: 1e-5 + random() * 2e-4,
  };
}

/** The round-trip time between two nodes, in ms. */
export function roundTrip(a: Coordinate, b: Coordinate): number {
  const squares = a.vector.reduce((sum, x, i) => sum + (x - (b.vector[i] ?? 0)) ** 2, 0);
  const distance = Math.sqrt(squares) + a.height + b.height;
  const adjusted = distance + a.adjustment + b.adjustment;
  return 1000 * (adjusted > 0 ? adjusted : distance);
}
