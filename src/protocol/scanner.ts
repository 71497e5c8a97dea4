import { ProtocolError } from '../errors.ts';
import type { FrameLimits } from './limits.ts';

/** What follows each head byte from 0xc0 to 0xdf: a whole token of so many bytes, or a length field so wide. */
const FIXED = [
  1, 0, 1, 1, 0, 0, 0, 0, 0, 0, 5, 9, 2, 3, 5, 9, 2, 3, 5, 9, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
];
const WIDTH = [
  0, 0, 0, 0, 1, 2, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 2, 4, 2, 4, 2, 4,
];

/**
 * Finds where a MessagePack value ends, in bytes that come piece by piece, without decoding it and without ever
 * looking at a byte twice (but for a length field cut in two). Holds the bounds, so that what it lets pass can be
 * decoded without further checks.
 */
export class Scanner {
  readonly #limits: FrameLimits;
  /** How many values are still missing at each depth; the root is one value. */
  readonly #missing: Float64Array;
  #depth = 0;
  #values = 0;
  /** How far it has looked, from the value's first byte; may lie behind the bytes that have come. 0: it has begun with no value. */
  offset = 0;

  constructor(limits: FrameLimits) {
    this.#limits = limits;
    this.#missing = new Float64Array(limits.depth + 1);
    this.#missing[0] = 1;
  }

  /**
   * The end of the value that starts at `start`, or -1 while bytes of it are missing. Call it again with the same
   * value's bytes (wherever they lie by then) and more; after an end it is ready for the next value.
   */
  scan(bytes: Uint8Array, start: number, end: number): number {
    const missing = this.#missing;
    let depth = this.#depth;
    let at = start + this.offset;
    while ((missing[0] as number) > 0 && at < end) {
      const head = bytes[at] as number;
      let items = 0;
      if (head < 0x80 || head >= 0xe0) at += 1;
      else if (head >= 0xa0 && head < 0xc0) at += 1 + (head & 0x1f);
      else if (head < 0xa0) {
        items = head < 0x90 ? 2 * (head & 0x0f) : head & 0x0f;
        at += 1;
      } else {
        const fixed = FIXED[head - 0xc0] as number;
        if (fixed > 0) at += fixed;
        else {
          const width = WIDTH[head - 0xc0] as number;
          if (width === 0) throw unknownHead(head);
          if (at + 1 + width > end) break;
          const length = readLength(bytes, at + 1, width);
          at += 1 + width;
          if (head < 0xdc) at += length;
          else items = head < 0xde ? length : 2 * length;
        }
      }
      // An item takes a byte at least, so a claim of too many is refused before anything is kept for them.
      if (at - start + items > this.#limits.frameBytes)
        throw this.#tooLarge('bytes', this.#limits.frameBytes);
      if (++this.#values + items > this.#limits.values) throw this.#tooLarge('values', this.#limits.values);
      if (items > 0) {
        if (++depth > this.#limits.depth) throw tooDeep(this.#limits.depth);
        missing[depth] = items;
      } else {
        while (--(missing as { [depth: number]: number })[depth]! === 0 && depth > 0) depth--;
      }
    }
    if (missing[0] === 0 && at <= end) {
      this.#reset();
      return at;
    }
    this.#depth = depth;
    this.offset = at - start;
    return -1;
  }

  #reset(): void {
    this.#missing[0] = 1;
    this.#depth = 0;
    this.#values = 0;
    this.offset = 0;
  }

  #tooLarge(what: string, limit: number): ProtocolError {
    return new ProtocolError(
      'frame-too-large',
      `a message has more than ${limit} ${what} (see the option \`limits\`)`,
    );
  }
}

function readLength(bytes: Uint8Array, at: number, width: number): number {
  let length = 0;
  for (let i = 0; i < width; i++) length = length * 256 + (bytes[at + i] as number);
  return length;
}

function tooDeep(limit: number): ProtocolError {
  return new ProtocolError(
    'too-deep',
    `a message nests deeper than ${limit} levels (see the option \`limits\`)`,
  );
}

function unknownHead(head: number): ProtocolError {
  const hex = `0x${head.toString(16)}`;
  return head === 0xc1
    ? new ProtocolError('not-msgpack', `${hex} begins no MessagePack value: is this really a Serf RPC port?`)
    : new ProtocolError('unexpected-shape', `an extension type (${hex}) is not part of Serf's protocol`);
}
