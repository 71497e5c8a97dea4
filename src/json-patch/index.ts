/**
 * JSON Patch (RFC 6902) on immutable values: apply one, or find the one between two documents.
 *
 * @packageDocumentation
 */
export { type ApplyPatchOptions, applyPatch } from './apply-patch.ts';
export { diff } from './diff.ts';
export type { JsonPatchLimits } from './limits.ts';
export type { JsonPatch, JsonPatchOperation, JsonValue } from './operation.ts';
export { JsonPatchError, type JsonPatchErrorContext } from './patch-error.ts';
export { formatPointer, parsePointer } from './pointer.ts';
