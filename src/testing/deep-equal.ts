import { bytesOf, isPlain, keysOf, kindOf, primitiveOf } from './content.ts';

/**
 * Whether two values say the same: objects of one class, with the same fields (symbols count) and the same content. A field
 * that is `undefined` is as good as none, tables may have a prototype or not, and bytes may be in a `Buffer`. Errors
 * need the same name, text and fields, and the same cause where one is expected, as in Vitest. What hides all it holds, as a
 * promise does, is equal to itself alone.
 *
 * In `expected`, matchers (`asymmetricMatch`) decide for themselves.
 */
export function deepEqual(actual: unknown, expected: unknown): boolean {
  return equal(actual, expected, new Map());
}

type Same = (actual: unknown, expected: unknown) => boolean;

/** @param compared what is being compared already, so that a value may contain itself */
function equal(actual: unknown, expected: unknown, compared: Map<object, unknown>): boolean {
  if (isMatcher(expected)) return expected.asymmetricMatch(actual);
  if (Object.is(actual, expected)) return true;
  if (!isObject(actual) || !isObject(expected)) return false;
  const bytes = bytesOf(actual);
  if (bytes) return kindOf(actual) === kindOf(expected) && sameBytes(bytes, bytesOf(expected));
  if (familyOf(actual) !== familyOf(expected)) return false;
  if (compared.get(actual) === expected) return true;
  compared.set(actual, expected);
  const same: Same = (a, b) => equal(a, b, compared);
  return sameContent(actual, expected, same) && sameFields(actual, expected, same, keysOf(actual, expected));
}

/** What two objects must have in common to be compared at all. */
function familyOf(value: object): unknown {
  return isPlain(value) ? null : Object.getPrototypeOf(value);
}

function sameBytes(actual: Uint8Array, expected: Uint8Array | undefined): boolean {
  return actual.length === expected?.length && actual.every((byte, at) => byte === expected[at]);
}

/** What they hold besides their fields; both are of the same class. */
function sameContent(actual: object, expected: object, same: Same): boolean {
  if (actual instanceof Error) {
    const { cause } = expected as Error;
    const keys = ['name', 'message', 'errors', ...(cause === undefined ? [] : ['cause'])];
    return sameFields(actual, expected, same, keys);
  }
  if (actual instanceof Map) return sameEntries(actual, expected as Map<unknown, unknown>, same);
  if (actual instanceof Set) {
    const other = expected as Set<unknown>;
    return same(without(actual, other), without(other, actual));
  }
  if (Array.isArray(actual)) return actual.length === (expected as unknown[]).length;
  if (isPlain(actual)) return true;
  const primitive = primitiveOf(actual);
  if (primitive !== undefined) return Object.is(primitive, primitiveOf(expected));
  return keysOf(actual, expected).length > 0;
}

/** Keys that both have may come in any order. */
function sameEntries(actual: Map<unknown, unknown>, expected: Map<unknown, unknown>, same: Same): boolean {
  for (const [key, value] of actual) if (expected.has(key) && !same(value, expected.get(key))) return false;
  const entriesWithout = (map: Map<unknown, unknown>, other: Map<unknown, unknown>) =>
    [...map].filter(([key]) => !other.has(key));
  return same(entriesWithout(actual, expected), entriesWithout(expected, actual));
}

function without(values: Set<unknown>, others: Set<unknown>): unknown[] {
  return [...values].filter((value) => !others.has(value));
}

function sameFields(actual: object, expected: object, same: Same, keys: readonly PropertyKey[]): boolean {
  const left = actual as Record<PropertyKey, unknown>;
  const right = expected as Record<PropertyKey, unknown>;
  return keys.every((key) => same(left[key], right[key]));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function isMatcher(value: unknown): value is { asymmetricMatch(value: unknown): boolean } {
  return (
    (isObject(value) || typeof value === 'function') &&
    'asymmetricMatch' in value &&
    typeof value.asymmetricMatch === 'function'
  );
}
