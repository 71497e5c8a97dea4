import { encode } from '@msgpack/msgpack';
import { Reader } from '../../../src/protocol/reader.ts';
import type { WireValue } from '../../../src/protocol/wire.ts';

/** No bytes. */
export const none = new Uint8Array(0);

/** The value that `bytes` are, as the protocol layer reads it. */
export function read(bytes: Uint8Array, reader = new Reader()): WireValue {
  reader.bytes = bytes;
  return reader.read();
}

/** `value` as it looks after a trip over the wire. */
export function wire(value: unknown): WireValue {
  return read(encode(value, { useBigInt64: true }));
}

/** A value as a text that is the same for equal values only: any kind, any key, the sign of zero apart. */
export function show(value: unknown): string {
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'string') return JSON.stringify(value);
  if (typeof value !== 'object' || value === null) return `${value}`;
  if (value instanceof Uint8Array) return `<${Buffer.from(value).toString('hex')}>`;
  if (Array.isArray(value)) return `[${value.map(show).join()}]`;
  const entries = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}:${show(item)}`);
  return `{${entries.sort().join()}}`;
}

/** `value` as the reader gives it: integers are numbers where these are exact. */
export function normal(value: unknown): unknown {
  return mapScalars(value, (scalar) =>
    typeof scalar === 'bigint' && Number.isSafeInteger(Number(scalar)) ? Number(scalar) : scalar,
  );
}

/** `value` as the writer takes it: a number that is an integer of 64 bits goes out as one. */
export function integral(value: unknown): unknown {
  return mapScalars(value, (scalar) =>
    typeof scalar === 'number' && Number.isInteger(scalar) && scalar < 2 ** 64 && scalar >= -(2 ** 63)
      ? BigInt(scalar)
      : scalar,
  );
}

function mapScalars(value: unknown, map: (scalar: unknown) => unknown): unknown {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return map(value);
  if (Array.isArray(value)) return value.map((item) => mapScalars(item, map));
  return tableOf(Object.entries(value).map(([key, item]) => [key, mapScalars(item, map)]));
}

/** An object without a prototype, in which every key is just a key. */
export function tableOf<T>(entries: readonly (readonly [key: string, value: T])[]): Record<string, T> {
  const table: Record<string, T> = Object.create(null);
  for (const [key, value] of entries) table[key] = value;
  return table;
}

/** Bytes from hexadecimal; spaces do not count. */
export function hex(text: string): Uint8Array {
  return Uint8Array.from(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

export function utf8(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
