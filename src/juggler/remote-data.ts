import { type Observable, ReplaySubject, Subject } from 'rxjs';
import { ProtocolError } from '../errors.ts';
import { applyPatch, patchDocument, type Sized } from '../json-patch/apply-patch.ts';
import { diff } from '../json-patch/diff.ts';
import type { JsonPatchLimits } from '../json-patch/limits.ts';
import type { JsonPatch } from '../json-patch/operation.ts';
import { JsonPatchError } from '../json-patch/patch-error.ts';

/** A change of the peer's data: what it is now, and the patch that made it so of what it was. */
export interface DataChange<T = unknown> {
  readonly value: T;
  /** Empty where the peer has sent that nothing has changed. */
  readonly patch: JsonPatch;
}

const NOTHING: Sized = { document: null, size: 4 };

/**
 * The peer's data, as its patches make it. After a reconnect the peer begins anew, with `null`: until its first patch readers see
 * what was there before, and that patch is told as what it changes of that.
 */
export class RemoteData {
  readonly #limits: JsonPatchLimits;
  readonly #values = new ReplaySubject<unknown>(1);
  readonly #changes = new Subject<DataChange>();
  readonly value$: Observable<unknown> = this.#values.asObservable();
  readonly changes$: Observable<DataChange> = this.#changes.asObservable();
  /** As the peer has it. */
  #data: Sized = NOTHING;
  /** Whether readers see what an earlier connection has left. */
  #stale = false;
  /** As readers see it. */
  value: unknown = null;

  constructor(limits: JsonPatchLimits) {
    this.#limits = limits;
    this.#values.next(null);
  }

  /**
   * Applies a patch of the peer's, and tells of it.
   *
   * @throws `ProtocolError` for one that cannot be applied; the data is as it was
   */
  apply(patch: unknown): void {
    this.#data = this.#patched(patch);
    const { document } = this.#data;
    if (this.#stale) {
      this.#stale = false;
      // Both have it now, so that what has not changed meanwhile is the same as before for who compares.
      const changes = diff(this.value, document);
      const value = applyPatch<unknown>(this.value, changes, { limits: UNLIMITED });
      this.#data = { document: value, size: this.#data.size };
      this.#tell(value, changes);
    } else this.#tell(document, patch as JsonPatch);
  }

  /** A connection has ended: the next one begins with `null`. */
  restart(): void {
    this.#data = NOTHING;
    this.#stale = true;
  }

  /** No more changes. */
  end(error: unknown): void {
    for (const subject of [this.#values, this.#changes]) {
      if (error === undefined) subject.complete();
      else subject.error(error);
    }
  }

  #tell(value: unknown, patch: JsonPatch): void {
    this.value = value;
    this.#values.next(value);
    this.#changes.next({ value, patch });
  }

  #patched(patch: unknown): Sized {
    try {
      return patchDocument(this.#data, patch, this.#limits);
    } catch (cause) {
      if (!(cause instanceof JsonPatchError)) throw cause;
      throw new ProtocolError(cause.code, `the peer sent a patch that cannot be applied: ${cause.message}`, {
        cause,
      });
    }
  }
}

/** Our own patch, of documents that were checked. */
const UNLIMITED: JsonPatchLimits = {
  operations: Number.POSITIVE_INFINITY,
  depth: 1_000,
  size: Number.POSITIVE_INFINITY,
  work: Number.POSITIVE_INFINITY,
};
