import { Reader } from './reader.ts';

/** What there is instead of a byte, a place or a length when something else was found. */
const NONE = -1;

/**
 * A reader of what is known, in one straight line and without a look at it before. When something else is found, or the end, the line
 * goes on with nothings, and what it made is not taken: {@link Reader} reads it anew, and has the errors.
 */
export class StraightReader extends Reader {
  /** Where what may be read ends; {@link NONE} when something else was found: then there is room for nothing. */
  protected end = 0;

  protected byte(): number {
    const { at } = this;
    if (at >= this.end) return this.other();
    this.at = at + 1;
    return this.data[at] as number;
  }

  protected uint16(): number {
    const at = this.advance(2);
    return at < 0 ? 0 : this.view.getUint16(at);
  }

  /**
   * An integer of up to 32 bits, with two bytes before it at least; a Lamport time has more where somebody has seen to it. All widths
   * go one way, by the four bytes that end where it ends: a counter that grows would have V8 compile all of this anew at each.
   */
  protected uint(): number {
    const head = this.byte();
    if (head < 0x80) return head;
    if (head < 0xcc || head > 0xce) return this.other();
    const length = 1 << (head - 0xcc);
    const at = this.advance(length);
    const others = 32 - 8 * length;
    return at < 0 ? 0 : (this.view.getUint32(at + length - 4) << others) >>> others;
  }

  /** Behind its head; `null` when there is none. */
  protected binary(head: number): Uint8Array | null {
    const length = head === 0xc4 ? this.byte() : head === 0xc5 ? this.uint16() : this.other();
    const at = this.advance(length);
    return at < 0 ? null : this.slab.copy(this.data, at, this.at);
  }

  /** Where the next `length` bytes are, if they are there. */
  protected advance(length: number): number {
    const { at } = this;
    if (at + length > this.end) return this.other();
    this.at = at + length;
    return at;
  }

  /** Gives up. */
  protected other(): typeof NONE {
    this.end = NONE;
    return NONE;
  }
}
