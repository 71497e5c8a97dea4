import type { KeyReport } from 'rxserf';

/** A key as this page knows it: by its fingerprint, and who has it. */
export interface KeyRow {
  /** `sha256:` and 64 digits; from a gateway that gives the keys themselves away, the key. */
  readonly id: string;
  /** How it is shown. */
  readonly short: string;
  readonly nodes: number;
  /** Whether all members have it. */
  readonly everywhere: boolean;
}

/** The most digits of a fingerprint that are shown. */
const DIGITS = 16;
/** An agent may say anything. */
const MOST_KEYS = 100;

/** The keys of a cluster, the most frequent first. */
export function keyRows({ keys, nodes }: KeyReport): KeyRow[] {
  return Object.entries(keys)
    .slice(0, MOST_KEYS)
    .map(([id, count]) => ({ id, short: shortKey(id), nodes: count, everywhere: count >= nodes }))
    .sort((a, b) => b.nodes - a.nodes || (a.id < b.id ? -1 : 1));
}

export function shortKey(id: string): string {
  const [, digits] = /^sha256:([0-9a-f]+)$/.exec(id) ?? [];
  return digits ? `sha256:${digits.slice(0, DIGITS)}` : id;
}

/** How far the change from one key to another has come. */
export type RotationStep = 'install' | 'spread' | 'use';

export function rotationStep(rows: readonly KeyRow[]): RotationStep {
  if (rows.some(({ everywhere }) => !everywhere)) return 'spread';
  return rows.length > 1 ? 'use' : 'install';
}

/** Why a text is no key: base64 of 16, 24 or 32 bytes. */
export function wrongWithKey(text: string): string | undefined {
  try {
    const { length } = atob(text);
    return [16, 24, 32].includes(length) ? undefined : `A key has 16, 24 or 32 bytes; this has ${length}.`;
  } catch {
    return 'A key is written in base64.';
  }
}

/** A new key: 32 bytes that nobody can guess. */
export function newKey(): string {
  return btoa(String.fromCharCode(...crypto.getRandomValues(new Uint8Array(32))));
}
