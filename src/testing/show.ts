import type { Member } from '../model.ts';
import { MEMBER } from './builders.ts';
import { deepEqual, isMatcher } from './deep-equal.ts';

const DEEPEST = 6;
const MOST_BYTES = 16;

/** A value as a line of text, for a person. */
export function show(value: unknown, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return value.name ? `[function ${value.name}]` : '[function]';
  if (typeof value !== 'object' || value === null) return String(value);
  if (isMatcher(value)) return String(value);
  if (value instanceof Error) return showError(value);
  if (value instanceof Uint8Array) {
    const more = value.length > MOST_BYTES ? ', …' : '';
    return `bytes [${[...value.subarray(0, MOST_BYTES)].join(', ')}${more}]`;
  }
  if (depth === DEEPEST) return '…';
  const inner = (each: unknown) => show(each, depth + 1);
  if (Array.isArray(value)) return `[${value.map(inner).join(', ')}]`;
  if (value instanceof Set) return `Set {${[...value].map(inner).join(', ')}}`;
  if (value instanceof Map)
    return `Map {${[...value].map(([key, each]) => `${inner(key)} => ${inner(each)}`).join(', ')}}`;
  if (isMember(value)) return showMember(value, inner);
  const fields = Object.entries(value).filter(([, each]) => each !== undefined && typeof each !== 'function');
  return fields.length === 0
    ? '{}'
    : `{ ${fields.map(([key, each]) => `${key}: ${inner(each)}`).join(', ')} }`;
}

function isMember(value: object): value is Member {
  return Object.keys(MEMBER).every((key) => key in value) && 'name' in value;
}

/** As a test would write it. */
function showMember({ name, ...fields }: Member, inner: (value: unknown) => string): string {
  const standard: Readonly<Record<string, unknown>> = { ...MEMBER, tags: {} };
  const special = Object.entries(fields).filter(([key, value]) => !deepEqual(value, standard[key]));
  const overrides = special.length === 0 ? '' : `, ${inner(Object.fromEntries(special))}`;
  return `member(${JSON.stringify(name)}${overrides})`;
}

function showError(error: Error): string {
  const { code } = error as { code?: unknown };
  return `${error.name}${code === undefined ? '' : ` (${String(code)})`}: ${error.message}`;
}
