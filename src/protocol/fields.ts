import { ProtocolError } from '../errors.ts';
import { SafeTable } from '../safe-table.ts';
import type { Uint64, WireMap, WireValue } from './wire.ts';

// An absent field reads as Go's zero value, as Go's own client has it: the agent sends nil for empty tables, lists and
// payloads, and an older one lacks fields of a newer one. A field of another type is refused.

type Field = WireValue | undefined;

const NO_BYTES = new Uint8Array(0);

export function isText(value: WireValue): value is string {
  return typeof value === 'string';
}

export function isNumber(value: WireValue): value is number {
  return typeof value === 'number';
}

export function map(value: Field): WireMap {
  if (typeof value !== 'object' || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    return unexpected('the body', 'a map');
  }
  return value;
}

export function text(value: Field, what: string): string {
  if (typeof value === 'string') return value;
  return value === undefined ? '' : unexpected(what, 'a text');
}

export function number(value: Field, what: string): number {
  if (typeof value === 'number') return value;
  return value === undefined ? 0 : unexpected(what, 'a number');
}

/** An integer of one of Go's types, beyond 2^53 the nearest number: the agent hangs up on what does not fit, and on a float. */
export function integer(value: Field, what: string, least: number, most: number): number {
  const given = typeof value === 'bigint' ? Number(value) : number(value, what);
  return Number.isInteger(given) && given >= least && given <= most
    ? given
    : unexpected(what, `an integer from ${least} to ${most}`);
}

export function ltime(value: Field): number | bigint {
  return typeof value === 'bigint' ? value : number(value, 'LTime');
}

/** As the agent takes it: it hangs up on what is negative, and on a float. */
export function uint64(value: Field, what: string): Uint64 {
  if (typeof value === 'bigint' ? value >= 0n : Number.isSafeInteger(value) && (value as number) >= 0)
    return value as Uint64;
  return value === undefined ? 0 : unexpected(what, 'an integer from 0 up');
}

export function bytes(value: Field, what: string): Uint8Array {
  if (value instanceof Uint8Array) return value;
  return value === undefined || value === null ? NO_BYTES : unexpected(what, 'bytes');
}

export function list(value: Field, what: string): WireValue[] {
  if (Array.isArray(value)) return value;
  return value === undefined || value === null ? [] : unexpected(what, 'a list');
}

export function table<T extends WireValue>(
  value: Field,
  what: string,
  is: (value: WireValue) => value is T,
): Record<string, T> {
  if (value === undefined || value === null) return new SafeTable();
  const entries = map(value);
  for (const name in entries) if (!is(entries[name] as WireValue)) unexpected(what, 'a table of one type');
  // Whose keys are by chance those of a message was read as one.
  const safe = entries instanceof SafeTable ? entries : Object.assign(new SafeTable(), entries);
  return safe as Record<string, T>;
}

export function unexpected(what: string, wanted: string): never {
  throw new ProtocolError('unexpected-shape', `${what} should be ${wanted}`);
}
