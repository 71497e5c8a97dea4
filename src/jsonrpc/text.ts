// Texts on their way to being values: UTF-8, how deep they nest, and numbers that JSON.parse cannot hold.

const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** The text, unless the bytes are not UTF-8. */
export function decodeText(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** What is encoded shares pieces of memory of so many bytes: to have one for each text costs more than the rest. */
const PIECE = 32_768;
/** Up to so many characters, a loop is faster than the platform. */
const SHORT = 120;

/** Encodes short texts, in UTF-8, one behind the other into larger pieces of memory. */
export class TextPool {
  readonly #encoder = new TextEncoder();
  #piece = new Uint8Array(0);
  #used = 0;

  encode(text: string): Uint8Array {
    const most = 3 * text.length;
    if (most > PIECE / 4) return this.#encoder.encode(text);
    if (this.#used + most > this.#piece.length) {
      this.#piece = new Uint8Array(PIECE);
      this.#used = 0;
    }
    const start = this.#used;
    this.#used +=
      this.#writeAscii(text) ?? this.#encoder.encodeInto(text, this.#piece.subarray(start)).written;
    return this.#piece.subarray(start, this.#used);
  }

  /** How much was written, if it is a short text of ASCII: that is a loop, and not a call of the platform. */
  #writeAscii(text: string): number | undefined {
    if (text.length > SHORT) return undefined;
    const piece = this.#piece;
    const start = this.#used;
    for (let at = 0; at < text.length; at++) {
      const code = text.charCodeAt(at);
      if (code > 0x7f) return undefined;
      piece[start + at] = code;
    }
    return text.length;
  }
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
const CLOSE_LIST = 0x5d;
const CLOSE_OBJECT = 0x7d;

/** Whether JSON nests deeper than `most` lists and objects. */
export function isDeeper(json: string, most: number): boolean {
  // Nearly every message: each level has two brackets.
  if (json.length <= 2 * most) return false;
  let depth = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      at = endOfString(json, at);
      if (at < 0) return false;
    } else if (code === OPEN_LIST || code === OPEN_OBJECT) {
      if (++depth > most) return true;
    } else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
  }
  return false;
}

/** Where the string ends that begins at `start`; -1: nowhere. */
function endOfString(json: string, start: number): number {
  let end = start;
  do end = json.indexOf('"', end + 1);
  while (end > 0 && isEscaped(json, end));
  return end;
}

function isEscaped(json: string, at: number): boolean {
  let backslashes = 0;
  while (json.charCodeAt(at - 1 - backslashes) === BACKSLASH) backslashes++;
  return backslashes % 2 === 1;
}

/** The id of a request as JSON, as {@link WrittenIds} has it. @param json the message */
export function idJson(id: unknown, json: string): string {
  return isWhole(id) ? JSON.stringify(id) : new WrittenIds(json).of(id);
}

/**
 * The ids of a message or a batch as JSON, as the peer has written them: a number of more digits than a `number` holds has to
 * come back with all of them. The text is looked through a second time for that, once for all members, and nothing of it becomes a
 * value: a message of 1 MB may have 500,000 of them.
 */
export class WrittenIds {
  readonly #json: string;
  /** By the index in the batch; 0: of what is none. */
  #numbers: ReadonlyMap<number, string> | undefined;

  /** @param json what `JSON.parse` takes */
  constructor(json: string) {
    this.#json = json;
  }

  /** @param index where in the batch */
  of(id: unknown, index = 0): string {
    if (isWhole(id)) return JSON.stringify(id);
    this.#numbers ??= numbersOfIds(this.#json);
    return this.#numbers.get(index) ?? JSON.stringify(id);
  }
}

const NUMBER = /-?\d[\d.eE+-]*/y;
const COLON = /\s*:\s*/y;
const COMMA = 0x2c;

/** The numbers that are written as `id` of a message, or of the members of a batch; of two in one, the last. */
function numbersOfIds(json: string): Map<number, string> {
  const numbers = new Map<number, string>();
  const members = json.trimStart().startsWith('[') ? 2 : 1;
  let depth = 0;
  let index = 0;
  for (let at = 0; at < json.length; at++) {
    const code = json.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(json, at);
      if (depth === members && isId(json.slice(at, Math.min(end + 1, at + LONGEST_ID)))) {
        COLON.lastIndex = end + 1;
        if (COLON.test(json)) {
          NUMBER.lastIndex = COLON.lastIndex;
          const [number] = NUMBER.exec(json) ?? [];
          if (number === undefined) numbers.delete(index);
          else numbers.set(index, number);
        }
      }
      at = end;
    } else if (code === OPEN_LIST || code === OPEN_OBJECT) depth++;
    else if (code === CLOSE_LIST || code === CLOSE_OBJECT) depth--;
    else if (code === COMMA && depth === 1 && members === 2) index++;
  }
  return numbers;
}

/** The longest that "id" can be written, with both characters escaped, and one more. */
const LONGEST_ID = '"\\u0069\\u0064"'.length + 1;

/** Whether a string, as it is written, says `id`. */
function isId(written: string): boolean {
  if (written === '"id"') return true;
  return written.includes('\\') && /^"(?:i|\\u0069)(?:d|\\u0064)"$/.test(written);
}

/** Whether nothing of an id is lost in its value. */
function isWhole(id: unknown): boolean {
  return typeof id !== 'number' || Number.isSafeInteger(id);
}
