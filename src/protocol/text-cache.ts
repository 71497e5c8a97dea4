import { readText } from './text.ts';

/** Longer ones are seldom seen twice, in bytes. */
const LONGEST = 28;
/** For each text its length, and its bytes four at a time. */
const STRIDE = 1 + LONGEST / 4;

/**
 * Short texts that came before: names of fields, tags and nodes come again and again, and to find one takes less than to make
 * it. Bounded: a text takes the place of the one it collides with.
 */
export class TextCache {
  readonly #texts: string[];
  /** Of each text in `#texts`; all 0 where there is none yet, and no text is looked up that has a length of 0. */
  readonly #words: Int32Array;
  /** What leaves of 32 bits a place. */
  readonly #shift: number;

  /** @param bits of the number of texts that are remembered: each takes 36 bytes, and itself */
  constructor(bits = 10) {
    this.#texts = new Array(1 << bits).fill('');
    this.#words = new Int32Array(STRIDE << bits);
    this.#shift = 32 - bits;
  }

  /**
   * The text in `bytes[start, end)`, as `readText` has it.
   *
   * @param view of all `bytes`
   */
  read(bytes: Uint8Array, start: number, end: number, view = viewOf(bytes)): string {
    const length = end - start;
    if (length === 0) return '';
    if (length > LONGEST || end < 4) return readText(bytes, start, end);
    const words = this.#words;
    // Of fewer than four bytes both words have all of them: with the length they tell a text from any other.
    const missing = Math.max(4 - length, 0);
    const first = view.getInt32(start - missing, true) >> (8 * missing);
    const last = view.getInt32(end - 4, true) >> (8 * missing);
    const place = (Math.imul(first, 0x9e3779b1) ^ Math.imul(last, 0x85ebca6b)) >>> this.#shift;
    const entry = place * STRIDE;
    if (words[entry] === length && words[entry + 1] === first && words[entry + 2] === last) {
      let at = 3;
      let offset = start + 4;
      for (; offset < end - 4; offset += 4) if (words[entry + at++] !== view.getInt32(offset, true)) break;
      if (offset >= end - 4) return (this.#texts[place] as string) || this.#again(bytes, start, end, place);
    }
    words[entry] = length;
    words[entry + 1] = first;
    words[entry + 2] = last;
    for (let at = 3, offset = start + 4; offset < end - 4; offset += 4)
      words[entry + at++] = view.getInt32(offset, true);
    // Most that are new come once: a text that is kept would be one more for the collector to look after.
    this.#texts[place] = '';
    return readText(bytes, start, end);
  }

  /** A text that comes for the second time. */
  #again(bytes: Uint8Array, start: number, end: number, place: number): string {
    const text = readText(bytes, start, end);
    this.#texts[place] = text;
    return text;
  }
}

/** The same bytes, to be read in words. */
export function viewOf({ buffer, byteOffset, byteLength }: Uint8Array): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}
