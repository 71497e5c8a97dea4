/**
 * What JSON can say. Values are treated as immutable: what changes is a new value, and what has not changed is shared with
 * the old one.
 */
export type JsonValue =
  | null
  | boolean
  | number
  | string
  | readonly JsonValue[]
  | { readonly [member: string]: JsonValue };

/** One operation of a patch (RFC 6902, section 4), told apart by `op`. Further members are ignored. */
export type JsonPatchOperation =
  | { readonly op: 'add'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string }
  | { readonly op: 'replace'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'move'; readonly from: string; readonly path: string }
  | { readonly op: 'copy'; readonly from: string; readonly path: string }
  | { readonly op: 'test'; readonly path: string; readonly value: JsonValue };

/** A patch: operations that are applied one after the other, all of them or none. */
export type JsonPatch = readonly JsonPatchOperation[];

/** Whether something is an object or an array. */
export function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null;
}

/** An object or an array, to look into. */
export type Container = Readonly<Record<string, unknown>> | readonly unknown[];
