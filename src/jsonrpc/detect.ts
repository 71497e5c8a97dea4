import { loose } from './loose.ts';
import { isObject, type Protocol } from './messages.ts';
import { v1 } from './v1.ts';
import { v2 } from './v2.ts';

/** The version that a peer speaks, by its first message or batch: what cannot be told is read loosely. */
export function detect(first: unknown): Protocol {
  if (!Array.isArray(first)) return versionOf(first);
  const versions = new Set(first.map(versionOf));
  if (versions.size === 1) return versions.values().next().value as Protocol;
  return [v2, v1].find((version) => versions.has(version)) ?? loose;
}

function versionOf(message: unknown): Protocol {
  if (!isObject(message)) return loose;
  const { jsonrpc, result, error } = message;
  if (jsonrpc === '2.0') return v2;
  if (jsonrpc === '1.0') return v1;
  return result !== undefined && error !== undefined ? v1 : loose;
}
