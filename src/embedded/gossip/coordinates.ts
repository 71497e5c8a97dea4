import type { Coordinate } from '../../model.ts';
import { randomFrom } from '../random.ts';

/** As Serf's default. */
export const DIMENSIONS = 8;
/** Half of the widest distance in one dimension, in seconds: round trips of some milliseconds, as in one region. */
const REGION = 0.002;
/** The same in a data centre: round trips of about one millisecond. */
const DATA_CENTRE = 0.0003;
/** How far data centres are from the middle of all, in seconds: round trips of 20 to 70 ms between two of them. */
const NEAREST = 0.02;
const FARTHEST = 0.04;

/**
 * Places nodes in Vivaldi's space: those of one data centre near each other, those of none in one region. Made up, by the
 * seed: a data centre is at the same place whatever else there is.
 */
export class Places {
  readonly #seed: number;
  readonly #random: () => number;
  /** The centres by name: at most as many as there are nodes. */
  readonly #centres = new Map<string, readonly number[]>();

  constructor(seed: number, random: () => number) {
    this.#seed = seed;
    this.#random = random;
  }

  /** The place of the next node. */
  next(dataCentre: string | undefined): Coordinate {
    const random = this.#random;
    const centre = dataCentre === undefined ? undefined : this.#centre(dataCentre);
    const spread = centre ? DATA_CENTRE : REGION;
    return {
      vector: Array.from({ length: DIMENSIONS }, (_, i) => (centre?.[i] ?? 0) + (random() * 2 - 1) * spread),
      error: 0.05 + random() * 0.2,
      adjustment: (random() * 2 - 1) * 1e-5,
      height: 1e-5 + random() * 2e-4,
    };
  }

  #centre(name: string): readonly number[] {
    const known = this.#centres.get(name);
    if (known) return known;
    const random = randomFrom(this.#seed ^ hash(name));
    const direction = Array.from({ length: DIMENSIONS }, () => random() * 2 - 1);
    const length = Math.sqrt(direction.reduce((sum, x) => sum + x * x, 0)) || 1;
    const radius = NEAREST + random() * (FARTHEST - NEAREST);
    const centre = direction.map((x) => (x / length) * radius);
    this.#centres.set(name, centre);
    return centre;
  }
}

/** FNV-1a, of the text's code units. */
function hash(text: string): number {
  let value = 0x811c9dc5;
  for (let at = 0; at < text.length; at++) value = Math.imul(value ^ text.charCodeAt(at), 0x01000193);
  return value;
}

/** The round-trip time between two nodes, in ms. */
export function roundTrip(a: Coordinate, b: Coordinate): number {
  const squares = a.vector.reduce((sum, x, i) => sum + (x - (b.vector[i] ?? 0)) ** 2, 0);
  const distance = Math.sqrt(squares) + a.height + b.height;
  const adjusted = distance + a.adjustment + b.adjustment;
  return 1000 * (adjusted > 0 ? adjusted : distance);
}
