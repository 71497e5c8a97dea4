/**
 * Finds the ends of MessagePack values in chunks as they come, without decoding them, and without looking at a byte twice.
 * Chunks can be cut anywhere.
 */
export class Scanner {
  /** Values that the one at hand still needs. */
  #missing = 1;
  /** Bytes to pass over. */
  #skip = 0;
  /** Bytes of a length that are still to come, and what is there of it. */
  #lengthBytes = 0;
  #length = 0;
  /** What the length counts: 0 bytes, 1 items, 2 pairs. */
  #counts = 0;

  /**
   * Where the last value that ends in the chunk does; -1 where none does.
   * @param {Uint8Array} chunk
   */
  lastEnd(chunk) {
    let at = 0;
    const end = chunk.length;
    let last = -1;
    let missing = this.#missing;
    let skip = this.#skip;
    let lengthBytes = this.#lengthBytes;
    let length = this.#length;
    let counts = this.#counts;
    for (;;) {
      if (skip > 0) {
        const passed = Math.min(skip, end - at);
        at += passed;
        skip -= passed;
        if (skip > 0) break;
      }
      if (lengthBytes > 0) {
        while (lengthBytes > 0 && at < end) {
          length = length * 256 + /** @type {number} */ (chunk[at++]);
          lengthBytes--;
        }
        if (lengthBytes > 0) break;
        if (counts > 0) missing += counts * length;
        else if (length > 0) {
          skip = length;
          continue;
        }
      }
      if (missing === 0) {
        last = at;
        missing = 1;
      }
      if (at >= end) break;
      const type = /** @type {number} */ (chunk[at++]);
      missing--;
      if (type <= 0x7f || type >= 0xe0) continue;
      if (type <= 0x8f) {
        missing += (type & 15) * 2;
        continue;
      }
      if (type <= 0x9f) {
        missing += type & 15;
        continue;
      }
      if (type <= 0xbf) {
        skip = type & 31;
        continue;
      }
      length = 0;
      counts = 0;
      switch (type) {
        case 0xc0:
        case 0xc2:
        case 0xc3:
          break;
        case 0xc4:
        case 0xd9:
          lengthBytes = 1;
          break;
        case 0xc5:
        case 0xda:
          lengthBytes = 2;
          break;
        case 0xc6:
        case 0xdb:
          lengthBytes = 4;
          break;
        case 0xcc:
        case 0xd0:
          skip = 1;
          break;
        case 0xcd:
        case 0xd1:
          skip = 2;
          break;
        case 0xca:
        case 0xce:
        case 0xd2:
          skip = 4;
          break;
        case 0xcb:
        case 0xcf:
        case 0xd3:
          skip = 8;
          break;
        case 0xdc:
          lengthBytes = 2;
          counts = 1;
          break;
        case 0xdd:
          lengthBytes = 4;
          counts = 1;
          break;
        case 0xde:
          lengthBytes = 2;
          counts = 2;
          break;
        case 0xdf:
          lengthBytes = 4;
          counts = 2;
          break;
        default:
          throw new Error(`type byte ${type.toString(16)}`);
      }
    }
    this.#missing = missing;
    this.#skip = skip;
    this.#lengthBytes = lengthBytes;
    this.#length = length;
    this.#counts = counts;
    return last;
  }
}
