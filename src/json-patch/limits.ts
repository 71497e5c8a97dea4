import { InvalidArgumentError } from '../errors.ts';
import { atLeast } from '../options.ts';

/**
 * Bounds on what one patch may do. A patch is small beside what it can cause: ten `copy` operations make a megabyte of a
 * kilobyte, and an element at the front of a large array moves all others.
 */
export interface JsonPatchLimits {
  /** The most operations of a patch. @defaultValue 10,000 */
  readonly operations: number;
  /** How deep the document may nest, as far as the patch adds to it; 1,000 at the most. @defaultValue 100 */
  readonly depth: number;
  /** By how much a patch may make the document longer, in characters of JSON text. @defaultValue 33,554,432 */
  readonly size: number;
  /**
   * How many members and elements a patch may have copied, compared and measured (eight elements of an array count as one). A million take about 0.1 s. @defaultValue 5,000,000
   */
  readonly work: number;
}

export const DEFAULT_PATCH_LIMITS: JsonPatchLimits = {
  operations: 10_000,
  depth: 100,
  size: 32 * 1024 * 1024,
  work: 5_000_000,
};

/** Checking and comparing recurse, and the stack has an end. */
const DEEPEST = 1_000;

/** @throws `InvalidArgumentError` (`invalid-payload`) at a level that no document is to have; a cycle has all of them */
export function checkLevel(level: number): void {
  if (level > DEEPEST)
    throw new InvalidArgumentError(
      'invalid-payload',
      `the document is deeper than ${DEEPEST}, or has a cycle`,
    );
}

/**
 * Adds the defaults.
 *
 * @throws `InvalidArgumentError` (`invalid-argument`) for what is no bound
 */
export function patchLimits(limits: Partial<JsonPatchLimits> = {}): JsonPatchLimits {
  const { operations, depth, size, work } = { ...DEFAULT_PATCH_LIMITS, ...limits };
  return {
    operations: atLeast('limits.operations', 0, operations),
    depth: Math.min(DEEPEST, atLeast('limits.depth', 1, depth)),
    size: atLeast('limits.size', 0, size),
    work: atLeast('limits.work', 0, work),
  };
}
