import type { WireValue } from '../../protocol/wire.ts';

/** How many MessagePack values a value is: itself and, of a map or a list, all that is in it, keys too. */
export function valuesIn(value: WireValue | undefined): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1;
  let count = 1;
  if (Array.isArray(value)) for (const item of value) count += valuesIn(item);
  else for (const key in value) count += 1 + valuesIn(value[key]);
  return count;
}
