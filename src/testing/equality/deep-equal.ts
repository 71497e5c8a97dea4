import { bytesOf, isPlain, keysOf, kindOf, primitiveOf } from './content.ts';

/**
 * Whether two values say the same: objects of one class, with the same fields (symbols count) and the same content. A field
 * that is `undefined` is as good as none, tables may have a prototype or not, bytes may be in a `Buffer`, and what sets and
 * maps have may come in any order. Errors need the same name, text and fields, and the same cause where one is expected, as
 * in Vitest. What hides all it holds, as a promise does, is equal to itself alone.
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
  // A copy: what is assumed of two while they are tried is not known of them afterwards.
  const trySame: Same = (a, b) => equal(a, b, new Map(compared));
  const fields = fieldsOf(actual, expected);
  return sameContent(actual, expected, trySame) && sameFields(actual, expected, same, fields);
}

/** What two objects must have in common to be compared at all. */
export function familyOf(value: object): unknown {
  return isPlain(value) ? null : Object.getPrototypeOf(value);
}

function sameBytes(actual: Uint8Array, expected: Uint8Array | undefined): boolean {
  return actual.length === expected?.length && actual.every((byte, at) => byte === expected[at]);
}

/** The fields by which two objects of one class are compared. */
export function fieldsOf(actual: object, expected: object): readonly PropertyKey[] {
  const keys = keysOf(actual, expected);
  if (!(actual instanceof Error)) return keys;
  const { cause } = expected as Error;
  return ['name', 'message', ...keys, 'errors', ...(cause === undefined ? [] : ['cause'])];
}

/** What they hold besides their fields; both are of the same class. */
function sameContent(actual: object, expected: object, trySame: Same): boolean {
  if (actual instanceof Error) return true;
  if (actual instanceof Map) return sameEntries(actual, expected as Map<unknown, unknown>, trySame);
  if (actual instanceof Set) {
    const other = expected as Set<unknown>;
    return sameInAnyOrder(without(actual, other), without(other, actual), trySame);
  }
  if (Array.isArray(actual)) return actual.length === (expected as unknown[]).length;
  if (isPlain(actual)) return true;
  const primitive = primitiveOf(actual);
  if (primitive !== undefined) return Object.is(primitive, primitiveOf(expected));
  return keysOf(actual, expected).length > 0;
}

function sameEntries(actual: Map<unknown, unknown>, expected: Map<unknown, unknown>, trySame: Same): boolean {
  for (const [key, value] of actual)
    if (expected.has(key) && !trySame(value, expected.get(key))) return false;
  const entriesWithout = (map: Map<unknown, unknown>, other: Map<unknown, unknown>) =>
    [...map].filter(([key]) => !other.has(key));
  return sameInAnyOrder(entriesWithout(actual, expected), entriesWithout(expected, actual), trySame);
}

function without(values: Set<unknown>, others: Set<unknown>): unknown[] {
  return [...values].filter((value) => !others.has(value));
}

/** Whether each has a partner of its own among the others. */
function sameInAnyOrder(actual: unknown[], expected: unknown[], trySame: Same): boolean {
  if (actual.length !== expected.length) return false;
  const left = [...actual];
  return expected.every((wanted) => {
    const at = left.findIndex((value) => trySame(value, wanted));
    if (at >= 0) left.splice(at, 1);
    return at >= 0;
  });
}

function sameFields(actual: object, expected: object, same: Same, keys: readonly PropertyKey[]): boolean {
  const left = actual as Record<PropertyKey, unknown>;
  const right = expected as Record<PropertyKey, unknown>;
  return keys.every((key) => same(left[key], right[key]));
}

export function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

export function isMatcher(value: unknown): value is { asymmetricMatch(value: unknown): boolean } {
  return (
    (isObject(value) || typeof value === 'function') &&
    'asymmetricMatch' in value &&
    typeof value.asymmetricMatch === 'function'
  );
}
