/**
 * Whether two values say the same. A field that is `undefined` is as good as none, and tables may have a prototype or
 * not; errors need the same name, text and fields. In `expected`, matchers (`asymmetricMatch`) decide for themselves.
 */
export function deepEqual(actual: unknown, expected: unknown): boolean {
  return equal(actual, expected, new Map());
}

/** @param compared what is being compared already, so that a value may contain itself */
function equal(actual: unknown, expected: unknown, compared: Map<object, unknown>): boolean {
  if (isMatcher(expected)) return expected.asymmetricMatch(actual);
  if (Object.is(actual, expected)) return true;
  if (!isObject(actual) || !isObject(expected)) return false;
  if (kindOf(actual) !== kindOf(expected)) return false;
  if (compared.get(actual) === expected) return true;
  compared.set(actual, expected);
  const same = (a: unknown, b: unknown) => equal(a, b, compared);
  if (actual instanceof Error) {
    const other = expected as Error;
    if (actual.name !== other.name || actual.message !== other.message) return false;
  }
  if (kindOf(actual) === '[object Date]') return same(Number(actual), Number(expected));
  if (actual instanceof Set) return same([...actual], [...(expected as Set<unknown>)]);
  if (actual instanceof Map) {
    const other = expected as Map<unknown, unknown>;
    return (
      actual.size === other.size &&
      [...actual].every(([key, value]) => other.has(key) && same(value, other.get(key)))
    );
  }
  if (Array.isArray(actual) && actual.length !== (expected as unknown[]).length) return false;
  if (typeof actual === 'function') return false;
  const left = actual as Record<string, unknown>;
  const right = expected as Record<string, unknown>;
  return [...new Set([...Object.keys(left), ...Object.keys(right)])].every((key) =>
    same(left[key], right[key]),
  );
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function kindOf(value: object): string {
  return Object.prototype.toString.call(value);
}

export function isMatcher(value: unknown): value is { asymmetricMatch(value: unknown): boolean } {
  return isObject(value) && 'asymmetricMatch' in value && typeof value.asymmetricMatch === 'function';
}
