import fc from 'fast-check';
import type { JsonValue } from 'rxserf/json-patch';

/** Names that are traps somewhere: of Object's prototype, of pointers, of arrays. */
const names = fc.oneof(
  fc.constantFrom(
    'a',
    'b',
    'c',
    '',
    '__proto__',
    'constructor',
    'toString',
    'length',
    '~',
    '/',
    '~1',
    '0',
    '1',
    '-',
  ),
  fc.string({ maxLength: 4 }),
);

const scalars = fc.oneof(
  fc.constantFrom(null, true, false, 0, 1, -1, 0.5, '', 'a', '0'),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.string({ maxLength: 6 }),
);

/** An object with any members, `__proto__` among them. */
export function tableOf(entries: readonly (readonly [string, JsonValue])[]): JsonValue {
  const table = {};
  for (const [key, value] of entries) {
    Object.defineProperty(table, key, { value, enumerable: true, writable: true, configurable: true });
  }
  return table;
}

/** Any document, scalars at the root included. */
export const documents: fc.Arbitrary<JsonValue> = fc.letrec<{ value: JsonValue }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4, withCrossShrink: true },
    scalars,
    fc.array(tie('value'), { maxLength: 8 }),
    fc.array(fc.tuple(names, tie('value')), { maxLength: 6 }).map(tableOf),
  ),
})).value;

/** Two documents of which the one has become of the other by a few changes, which share what has not changed. */
export const edited: fc.Arbitrary<readonly [JsonValue, JsonValue]> = fc
  .tuple(documents, fc.array(fc.tuple(fc.nat(), fc.nat(), documents), { minLength: 1, maxLength: 4 }))
  .map(([before, edits]) => {
    let after = before;
    for (const [way, kind, value] of edits) after = edit(after, way, kind, value);
    return [before, after] as const;
  });

/** Changes one thing somewhere. */
function edit(document: JsonValue, way: number, kind: number, value: JsonValue): JsonValue {
  if (typeof document !== 'object' || document === null) return value;
  const deeper = way % 3 !== 0;
  const next = Math.floor(way / 3);
  if (Array.isArray(document)) {
    const list = [...(document as readonly JsonValue[])];
    const at = next % (list.length + 1);
    if (deeper && at < list.length) list[at] = edit(list[at] as JsonValue, next, kind, value);
    else if (kind % 3 === 0) list.splice(at, 1);
    else if (kind % 3 === 1) list.splice(at, 0, value);
    else list.push(...list.splice(0, 1));
    return list;
  }
  const entries = Object.entries(document as Record<string, JsonValue>);
  const at = next % (entries.length + 1);
  const [key, old] = entries[at] ?? ['new', null];
  if (deeper && at < entries.length) entries[at] = [key, edit(old, next, kind, value)];
  else if (kind % 2 === 0) entries.splice(at, 1);
  else entries[at] = [key, value];
  return tableOf(entries);
}

/** Nobody writes to it any more, anywhere. */
export function frozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    for (const child of Object.values(value)) frozen(child);
  }
  return value;
}

/** A copy that shares nothing, as if it had come over a wire. */
export const received = <T>(value: T): T => JSON.parse(JSON.stringify(value));
