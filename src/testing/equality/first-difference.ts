import { bytesOf } from './content.ts';
import { deepEqual, familyOf, fieldsOf, isMatcher, isObject } from './deep-equal.ts';
import { show } from './show.ts';

type Part = readonly [step: string, actual: unknown, expected: unknown];

/**
 * Where two values first differ and in what, where it cannot be read from their texts: functions, and what a text leaves out.
 *
 * ```
 * differ in respond: a function is equal to itself alone
 * differ in payload[17]: 1, where 2 is expected
 * ```
 */
export function hiddenDifference(actual: unknown, expected: unknown): string | undefined {
  if (deepEqual(actual, expected)) return undefined;
  const whole: Part = ['', actual, expected];
  const [path, one, other] = deepest(whole, new Set()) ?? whole;
  const functions = typeof one === 'function' && typeof other === 'function';
  if (!functions && show(actual) !== show(expected)) return undefined;
  const place = path === '' ? '' : ` in ${path.replace(/^\./, '')}`;
  return `differ${place}: ${functions ? 'a function is equal to itself alone' : why(one, other)}`;
}

/** @param seen where it has looked already, as what it looks into may be in itself */
function deepest(part: Part, seen: Set<unknown>): Part | undefined {
  const [path, actual, expected] = part;
  if (seen.has(actual)) return undefined;
  seen.add(actual);
  const parts = partsOf(actual, expected).filter(([, one, other]) => !deepEqual(one, other));
  for (const [step, one, other] of parts) {
    const found = deepest([path + step, one, other], seen);
    if (found) return found;
  }
  return parts.length === 0 ? part : undefined;
}

function partsOf(actual: unknown, expected: unknown): readonly Part[] {
  if (!isObject(actual) || !isObject(expected) || isMatcher(expected)) return [];
  const [bytes, others] = [bytesOf(actual), bytesOf(expected)];
  if (bytes && others) return [firstByte(bytes, others)];
  if (familyOf(actual) !== familyOf(expected)) return [];
  const fields = fieldsOf(actual, expected).map((key): Part => {
    const [one, other] = [actual, expected] as { readonly [key: PropertyKey]: unknown }[];
    return [stepTo(key), one?.[key], other?.[key]];
  });
  return [...fields, ...entriesOf(actual, expected)];
}

function firstByte(actual: Uint8Array, expected: Uint8Array): Part {
  const found = actual.findIndex((byte, at) => byte !== expected[at]);
  const at = found < 0 ? actual.length : found;
  return [`[${at}]`, actual[at], expected[at]];
}

function entriesOf(actual: object, expected: object): readonly Part[] {
  if (!(actual instanceof Map && expected instanceof Map)) return [];
  const shared = [...actual.keys()].filter((key) => expected.has(key));
  return shared.map((key) => [`.get(${show(key)})`, actual.get(key), expected.get(key)]);
}

function stepTo(key: PropertyKey): string {
  const name = String(key);
  if (typeof key === 'symbol' || /^\d+$/.test(name)) return `[${name}]`;
  return /^[\p{L}_$][\p{L}\d_$]*$/u.test(name) ? `.${name}` : `[${JSON.stringify(key)}]`;
}

function why(actual: unknown, expected: unknown): string {
  if (isObject(actual) && isObject(expected) && familyOf(actual) !== familyOf(expected))
    return 'one is of another class';
  const [one, other] = [show(actual), show(expected)];
  if (one !== other) return `${one}, where ${other} is expected`;
  const collections = actual instanceof Set || actual instanceof Map;
  return collections ? 'each has what the other has not' : 'each is equal to itself alone';
}
