/** What V8 keeps of a typed array in its own heap, in bytes. A larger one's buffer is the system's, which takes five times as long as its copy. */
const ON_HEAP = 64;
/** Above this, the system's part is the smaller one. Serf's payloads have 512 bytes (events) and 1,024 (queries) unless it is configured. */
const LONGEST = 1_024;
/** The size of a slab, in bytes. To make one takes about 4 µs, large or small: with half of this, Node's own pool, a copy of 256 bytes took half as long again. */
const SIZE = 16_384;
/** For `Float64Array` and the like, which want their bytes aligned. */
const ALIGNMENT = 8;

/** Up to this, a loop copies faster than `slice` is called, or a view made for `set`. */
const FEW = 32;

/**
 * Copies bytes; those of 65 to 1,024 into slices of one buffer after the other. So what has come, or goes out, over one connection may
 * share an `ArrayBuffer`, and each copy that is kept keeps 16 KiB at the most. No two connections share one: the bytes of others
 * are not behind those that a socket or an application has.
 */
export class Slab {
  #bytes = new Uint8Array(0);
  #at = 0;
  readonly #least: number;

  /**
   * @param least the longest that is copied to an array of its own, in bytes. 0 for what nobody keeps, such as what goes out: a slice
   *   is less than half of what V8 makes for an array @defaultValue what V8 keeps in its own heap
   */
  constructor(least = ON_HEAP) {
    this.#least = least;
  }

  /** A copy of `bytes[start, end)`, which nobody else writes to. */
  copy(bytes: Uint8Array, start: number, end: number): Uint8Array {
    const length = end - start;
    if (length <= this.#least || length > LONGEST) {
      if (length > FEW) return Uint8Array.prototype.slice.call(bytes, start, end);
      return fill(new Uint8Array(length), bytes, start);
    }
    // Also where somebody has transferred the buffer: nothing is left of it then.
    if (this.#at + length > this.#bytes.length) {
      this.#bytes = new Uint8Array(SIZE);
      // Never at 0: who takes `buffer` for the bytes is wrong the first time.
      this.#at = ALIGNMENT;
    }
    const copy = this.#bytes.subarray(this.#at, this.#at + length);
    this.#at = (this.#at + length + ALIGNMENT - 1) & -ALIGNMENT;
    if (length <= FEW) return fill(copy, bytes, start);
    copy.set(bytes.subarray(start, end));
    return copy;
  }
}

/** Fills `copy` with the bytes from `start` on. */
function fill(copy: Uint8Array, bytes: Uint8Array, start: number): Uint8Array {
  for (let i = 0; i < copy.length; i++) copy[i] = bytes[start + i] as number;
  return copy;
}
