/**
 * Text on the wire is what some member says it is: mostly UTF-8, but any bytes may come. Bytes that are not UTF-8
 * become the lone surrogates U+DC80–U+DCFF, one a byte, as in Python's `surrogateescape` (PEP 383): no two texts
 * become one, and what came in can go out again.
 */
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();

/** Below this, a loop over ASCII beats a call of the platform's decoder. */
const SHORT = 32;

/** The text in `bytes[start, end)`. Never throws. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start > SHORT) return decode(bytes.subarray(start, end));
  let seen = 0;
  for (let at = start; at < end; at++) seen |= bytes[at] as number;
  return seen < 0x80 ? readAscii(bytes, start, end) : decode(bytes.subarray(start, end));
}

/** Four characters at a time: each addition to a text makes a new one. */
function readAscii(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let at = start;
  for (; at + 4 <= end; at += 4) {
    text += String.fromCharCode(
      bytes[at] as number,
      bytes[at + 1] as number,
      bytes[at + 2] as number,
      bytes[at + 3] as number,
    );
  }
  for (; at < end; at++) text += String.fromCharCode(bytes[at] as number);
  return text;
}

function decode(bytes: Uint8Array): string {
  try {
    return strict.decode(bytes);
  } catch {
    return escapeInvalid(bytes);
  }
}

function escapeInvalid(bytes: Uint8Array): string {
  let text = '';
  /** Where the well-formed run that ends at `at` starts: runs are decoded whole, for a call a character is slow. */
  let start = 0;
  for (let at = 0; at < bytes.length; ) {
    const length = sequenceLength(bytes, at);
    if (length > 0) at += length;
    else {
      text += readText(bytes, start, at) + String.fromCharCode(0xdc00 | (bytes[at] as number));
      start = ++at;
    }
  }
  return text + readText(bytes, start, bytes.length);
}

/** The length of the well-formed UTF-8 sequence at `at`, or 0 (Unicode 16, table 3-7). */
function sequenceLength(bytes: Uint8Array, at: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > bytes.length) return 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  const second = bytes[at + 1] as number;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0;
  return length;
}

const ESCAPED = /[\udc80-\udcff]/u;

/** The bytes that `text` stands for. */
export function writeText(text: string): Uint8Array {
  if (!ESCAPED.test(text)) return encoder.encode(text);
  const bytes: number[] = [];
  for (const character of text) {
    if (ESCAPED.test(character)) bytes.push(character.charCodeAt(0) & 0xff);
    else bytes.push(...encoder.encode(character));
  }
  return Uint8Array.from(bytes);
}
