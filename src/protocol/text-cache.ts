import { readText } from './text.ts';

/** As many texts as are remembered; a power of two. */
const ENTRIES = 1024;
/** Longer ones are seldom seen twice. */
const LONGEST = 24;

/**
 * Short ASCII texts that came before: names of fields, tags and nodes come again and again, and to find one takes less
 * than to make it. Bounded: a text takes the place of the one it collides with.
 */
export class TextCache {
  readonly #texts: (string | undefined)[] = new Array(ENTRIES).fill(undefined);

  /** The text in `bytes[start, end)`, as `readText` has it. */
  read(bytes: Uint8Array, start: number, end: number): string {
    const length = end - start;
    if (length === 0) return '';
    if (length > LONGEST) return readText(bytes, start, end);
    const last = bytes[end - 1] as number;
    const middle = bytes[start + (length >> 1)] as number;
    const place = ((bytes[start] as number) * 7 + middle * 31 + last * 61 + length * 127) & (ENTRIES - 1);
    const known = this.#texts[place];
    if (known !== undefined && isText(known, bytes, start, length)) return known;
    const text = readText(bytes, start, end);
    this.#texts[place] = text;
    return text;
  }
}

/** A text that is not ASCII is not found here, as its bytes are not its characters: it is read anew. */
function isText(text: string, bytes: Uint8Array, start: number, length: number): boolean {
  if (text.length !== length) return false;
  for (let i = 0; i < length; i++) {
    const code = text.charCodeAt(i);
    if (code !== bytes[start + i] || code >= 0x80) return false;
  }
  return true;
}
