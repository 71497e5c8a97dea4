import { SerfError, type SerfErrorCode } from '../errors.ts';

/** Which operation of a patch is to blame; all of it is missing where the patch itself is. */
export interface JsonPatchErrorContext {
  /** Its place in the patch, from 0. */
  readonly index?: number | undefined;
  /** Its `op`. */
  readonly operation?: string | undefined;
  /** The pointer in it that is to blame: `path`, or `from`. */
  readonly path?: string | undefined;
}

/**
 * A patch that cannot be applied; the document is as it was. Match on `code`:
 *
 * | code | meaning |
 * | --- | --- |
 * | `patch-invalid` | it is no JSON Patch: an unknown `op`, a member missing, a pointer that is none, a value that is not JSON |
 * | `patch-conflict` | it does not fit the document: nothing at the path, an index past the end, a value moved into itself |
 * | `patch-test-failed` | a `test` found another value |
 * | `patch-too-large` | it passes one of {@link JsonPatchLimits}; the message says which |
 *
 * No value of the document or of the patch is in it.
 */
export class JsonPatchError extends SerfError {
  override name = 'JsonPatchError';
  /** The operation's place in the patch, from 0. */
  readonly index: number | undefined;
  /** The operation's `op`. */
  readonly operation: string | undefined;
  /** The pointer that is to blame: the operation's `path`, or its `from`. */
  readonly path: string | undefined;

  constructor(code: SerfErrorCode, message: string, context: JsonPatchErrorContext = {}) {
    super(code, message);
    this.index = context.index;
    this.operation = context.operation;
    this.path = context.path;
  }
}

/** As much of a text as an error shows: it comes from a peer, and can be of any length. */
export function shown(text: string): string {
  return JSON.stringify(text.length > 100 ? `${text.slice(0, 100)}…` : text);
}
