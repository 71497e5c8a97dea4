/**
 * Text on the wire is what some member says it is: mostly UTF-8, but any bytes may come. Bytes that are not UTF-8
 * become the lone surrogates U+DC80–U+DCFF, one a byte, as in Python's `surrogateescape` (PEP 383): no two texts
 * become one, and what came in can go out again.
 *
 * Both ways take time linear in the length, whatever the bytes are. The platform's decoder is not `fatal`: to throw takes it
 * longer than to decode a thousand bytes, and a message may have a million such texts.
 */
const decoder = /* @__PURE__ */ new TextDecoder('utf-8', { ignoreBOM: true });
const encoder = /* @__PURE__ */ new TextEncoder();

/** Below this, a loop over ASCII beats a call of the platform's decoder. */
const SHORT = 32;
/** Above this, the beginning is looked at first: the decoder takes about as long for bytes that are not UTF-8 as we do. */
const LONG = 16_384;
const BEGINNING = 1_024;
/** What the decoder puts in the place of what is not UTF-8; it may also have been sent. */
const REPLACEMENT = '\ufffd';
/** How many code units become a text at once: the arguments of one call. */
const CHUNK = 8_192;

/** The text in `bytes[start, end)`. Never throws. */
export function readText(bytes: Uint8Array, start: number, end: number): string {
  if (end - start <= SHORT) {
    let seen = 0;
    for (let at = start; at < end; at++) seen |= bytes[at] as number;
    return seen < 0x80 ? readAscii(bytes, start, end) : readUnits(bytes, start, end);
  }
  if (end - start > LONG) {
    const beginning = decoder.decode(bytes.subarray(start, start + BEGINNING));
    // The last character may be cut.
    if (beginning.slice(0, -1).includes(REPLACEMENT)) return readUnits(bytes, start, end);
  }
  const part = bytes.subarray(start, end);
  const text = decoder.decode(part);
  return text.includes(REPLACEMENT) ? readUnits(bytes, start, end) : text;
}

/** Eight characters at a time, as far as there are so many: each addition to a text makes a new one. */
function readAscii(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let at = start;
  for (; at + 8 <= end; at += 8) {
    text += String.fromCharCode(
      bytes[at] as number,
      bytes[at + 1] as number,
      bytes[at + 2] as number,
      bytes[at + 3] as number,
      bytes[at + 4] as number,
      bytes[at + 5] as number,
      bytes[at + 6] as number,
      bytes[at + 7] as number,
    );
  }
  if (at + 4 <= end) {
    text += String.fromCharCode(
      bytes[at] as number,
      bytes[at + 1] as number,
      bytes[at + 2] as number,
      bytes[at + 3] as number,
    );
    at += 4;
  }
  switch (end - at) {
    case 3:
      return (
        text + String.fromCharCode(bytes[at] as number, bytes[at + 1] as number, bytes[at + 2] as number)
      );
    case 2:
      return text + String.fromCharCode(bytes[at] as number, bytes[at + 1] as number);
    case 1:
      return text + String.fromCharCode(bytes[at] as number);
    default:
      return text;
  }
}

/** A chunk, and room for one character more. */
const units = new Uint16Array(CHUNK + 1);

/** Decodes by hand, what is not UTF-8 as well: into code units, and these into a text chunk by chunk. */
function readUnits(bytes: Uint8Array, start: number, end: number): string {
  let text = '';
  let count = 0;
  for (let at = start; at < end; ) {
    const length = sequenceLength(bytes, at, end);
    const code = length === 0 ? 0xdc00 | (bytes[at] as number) : codePoint(bytes, at, length);
    if (code < 0x1_0000) units[count++] = code;
    else {
      units[count++] = 0xd800 | ((code - 0x1_0000) >> 10);
      units[count++] = 0xdc00 | (code & 0x3ff);
    }
    at += length || 1;
    if (count >= CHUNK) {
      text += textOf(count);
      count = 0;
    }
  }
  return count === 0 ? text : text + textOf(count);
}

/** The text of the first so many units. */
function textOf(count: number): string {
  // Not spread, which makes an iterator and takes three times as long.
  return String.fromCharCode.apply(null, units.subarray(0, count) as unknown as number[]);
}

/** The length of the well-formed UTF-8 sequence at `at`, or 0 (Unicode 16, table 3-7). */
function sequenceLength(bytes: Uint8Array, at: number, end: number): number {
  const lead = bytes[at] as number;
  if (lead < 0x80) return 1;
  const length = lead < 0xc2 ? 0 : lead < 0xe0 ? 2 : lead < 0xf0 ? 3 : lead < 0xf5 ? 4 : 0;
  if (length === 0 || at + length > end) return 0;
  const low = lead === 0xe0 ? 0xa0 : lead === 0xf0 ? 0x90 : 0x80;
  const high = lead === 0xed ? 0x9f : lead === 0xf4 ? 0x8f : 0xbf;
  const second = bytes[at + 1] as number;
  if (second < low || second > high) return 0;
  for (let i = 2; i < length; i++) if (((bytes[at + i] as number) & 0xc0) !== 0x80) return 0;
  return length;
}

/** The character of a well-formed sequence. */
function codePoint(bytes: Uint8Array, at: number, length: number): number {
  const lead = bytes[at] as number;
  if (length === 1) return lead;
  let code = lead & (0x7f >> length);
  for (let i = 1; i < length; i++) code = (code << 6) | ((bytes[at + i] as number) & 0x3f);
  return code;
}

const ESCAPED = /[\udc80-\udcff]/u;

/** The bytes that `text` stands for. */
export function writeText(text: string): Uint8Array {
  if (!ESCAPED.test(text)) return encoder.encode(text);
  // A code unit takes three bytes at most; a surrogate pair four.
  const bytes = new Uint8Array(3 * text.length);
  let length = 0;
  let start = 0;
  // What is between escaped bytes is encoded by the platform, where it is long enough to be worth it.
  for (let at = 0; at < text.length; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= 0xd800 && unit < 0xdc00 && isLowSurrogate(text.charCodeAt(at + 1))) at++;
    else if (unit >= 0xdc80 && unit <= 0xdcff) {
      length += encode(text, start, at, bytes, length);
      bytes[length++] = unit & 0xff;
      start = at + 1;
    }
  }
  length += encode(text, start, text.length, bytes, length);
  return bytes.slice(0, length);
}

/** Writes `text[start, end)`, without escaped bytes, into `bytes` from `at` on, and returns how many bytes it took. */
function encode(text: string, start: number, end: number, bytes: Uint8Array, at: number): number {
  if (start === end) return 0;
  return encoder.encodeInto(text.slice(start, end), bytes.subarray(at)).written;
}

function isLowSurrogate(unit: number): boolean {
  return unit >= 0xdc00 && unit < 0xe000;
}
