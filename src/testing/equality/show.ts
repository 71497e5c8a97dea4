import type { Member } from '../../model.ts';
import { MEMBER } from '../builders.ts';
import { bytesOf, isPlain, keysOf, kindOf, primitiveOf } from './content.ts';
import { deepEqual, isMatcher } from './deep-equal.ts';

const DEEPEST = 6;
const MOST_BYTES = 16;

/** A value as a line of text, for a person. */
export function show(value: unknown, depth = 0): string {
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'function') return value.name ? `[function ${value.name}]` : '[function]';
  if (Object.is(value, -0)) return '-0';
  if (typeof value !== 'object' || value === null) return String(value);
  if (isMatcher(value)) return String(value);
  const bytes = bytesOf(value);
  if (bytes) return showBytes(kindOf(value), bytes);
  if (depth === DEEPEST) return '…';
  return showObject(value, (each) => show(each, depth + 1));
}

type Inner = (value: unknown) => string;

function showBytes(kind: string, bytes: Uint8Array): string {
  const more = bytes.length > MOST_BYTES ? ', …' : '';
  return `${kind === 'Uint8Array' ? 'bytes' : kind} [${[...bytes.subarray(0, MOST_BYTES)].join(', ')}${more}]`;
}

function showObject(value: object, inner: Inner): string {
  if (value instanceof Error) return showError(value, inner);
  if (Array.isArray(value)) return `[${value.map(inner).join(', ')}]`;
  if (value instanceof Set) return `Set {${[...value].map(inner).join(', ')}}`;
  if (value instanceof Map)
    return `Map {${[...value].map(([key, each]) => `${inner(key)} => ${inner(each)}`).join(', ')}}`;
  if (isMember(value)) return showMember(value, inner);
  if (isPlain(value)) return showFields(value, inner);
  const name = value.constructor?.name || kindOf(value);
  const primitive = primitiveOf(value);
  // As a date, not as a number of milliseconds.
  if (primitive !== undefined)
    return `${name} ${kindOf(value) === 'Date' ? JSON.stringify(value) : inner(primitive)}`;
  return keysOf(value).length === 0
    ? `[${name}, equal to itself alone]`
    : `${name} ${showFields(value, inner)}`;
}

function showFields(value: object, inner: Inner, but: readonly PropertyKey[] = []): string {
  const fields = keysOf(value)
    .filter((key) => !but.includes(key))
    .map((key) => [key, (value as Record<PropertyKey, unknown>)[key]] as const)
    .filter(([, each]) => each !== undefined)
    .map(([key, each]) => `${typeof key === 'symbol' ? `[${String(key)}]` : String(key)}: ${inner(each)}`);
  return fields.length === 0 ? '{}' : `{ ${fields.join(', ')} }`;
}

function isMember(value: object): value is Member {
  return Object.keys(MEMBER).every((key) => key in value) && 'name' in value;
}

/** As a test would write it. */
function showMember({ name, ...fields }: Member, inner: Inner): string {
  const standard: Readonly<Record<string, unknown>> = { ...MEMBER, tags: {} };
  const special = Object.entries(fields).filter(([key, value]) => !deepEqual(value, standard[key]));
  const overrides = special.length === 0 ? '' : `, ${inner(Object.fromEntries(special))}`;
  return `member(${JSON.stringify(name)}${overrides})`;
}

function showError(error: Error, inner: Inner): string {
  const { code, cause, errors } = error as { code?: unknown; cause?: unknown; errors?: unknown };
  const fields = showFields(error, inner, ['name', 'code', 'message', 'stack', 'cause', 'errors']);
  const more = [
    fields === '{}' ? '' : ` ${fields}`,
    cause === undefined ? '' : ` (cause: ${inner(cause)})`,
    errors === undefined ? '' : ` (errors: ${inner(errors)})`,
  ];
  return `${error.name}${code === undefined ? '' : ` (${String(code)})`}: ${error.message}${more.join('')}`;
}
