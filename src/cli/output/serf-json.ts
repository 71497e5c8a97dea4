import { printable } from './text.ts';

/** Values as Go has them: a struct's fields keep their order, a map's keys (of a `Map` here) do not. */
export type SerfJson =
  | string
  | number
  | null
  | readonly SerfJson[]
  | ReadonlyMap<string, SerfJson>
  | { readonly [field: string]: SerfJson };

/**
 * JSON to the byte as the `serf` command writes it with `-format=json` (Go's `MarshalIndent`): keys of a map by their bytes, also
 * those that look like numbers, and `<`, `>` and `&` escaped.
 */
export function serfJson(value: SerfJson, indent = ''): string {
  if (value === null || typeof value === 'number') return String(value);
  if (typeof value === 'string') return quoted(value);
  const within = `${indent}  `;
  if (isList(value)) {
    const items = value.map((item) => serfJson(item, within));
    return block('[', items, ']', indent);
  }
  const entries = value instanceof Map ? [...value].sort(byBytes) : Object.entries(value);
  const fields = entries.map(
    ([key, item]: [string, SerfJson]) => `${quoted(key)}: ${serfJson(item, within)}`,
  );
  return block('{', fields, '}', indent);
}

/** A table of texts as Go's map. */
export function mapOf(table: Readonly<Record<string, string>>): ReadonlyMap<string, string> {
  return new Map(Object.entries(table));
}

function block(open: string, items: readonly string[], close: string, indent: string): string {
  if (items.length === 0) return open + close;
  return `${open}\n${items.map((item) => `${indent}  ${item}`).join(',\n')}\n${indent}${close}`;
}

function quoted(value: string): string {
  const escaped = JSON.stringify(value).replace(
    /[<>&]/g,
    (sign) => `\\u00${sign.charCodeAt(0).toString(16)}`,
  );
  return printable(escaped);
}

function byBytes([a]: readonly [string, SerfJson], [b]: readonly [string, SerfJson]): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function isList(value: SerfJson): value is readonly SerfJson[] {
  return Array.isArray(value);
}
