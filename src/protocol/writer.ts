import type { Slab } from './slab.ts';
import { writeText } from './text.ts';

/** What can be written: what Go's side of the protocol consists of. `undefined` is nil. */
export type Writable =
  | undefined
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | Double
  | readonly Writable[]
  | { readonly [key: string]: Writable };

/** A number that is written as a float, whatever its value: as Go writes its floats. */
export class Double {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** The size of the buffer, in bytes, and the largest that is kept for what comes next. */
const FIRST = 1024;
const LARGEST_KEPT = 1024 * 1024;

/**
 * Encodes values as MessagePack, as the agent takes them: an integer of any size is an integer (it hangs up on a float
 * in an integer's place), text is `str` even where it stands for bytes that are not UTF-8 (it hangs up on `bin` in a
 * text's place). The latter is why this is not `@msgpack/msgpack`'s encoder.
 */
export class Writer {
  #bytes = new Uint8Array(FIRST);
  #view = new DataView(this.#bytes.buffer);
  #at = 0;

  /**
   * A copy of what was written since the last time.
   *
   * @param slab where to @defaultValue a buffer of its own
   */
  take(slab?: Slab): Uint8Array {
    const taken = slab ? slab.copy(this.#bytes, 0, this.#at) : this.#bytes.slice(0, this.#at);
    this.#at = 0;
    if (this.#bytes.length > LARGEST_KEPT) this.#become(new Uint8Array(FIRST));
    return taken;
  }

  /** Forgets what was written since the last time. */
  clear(): void {
    this.#at = 0;
  }

  /** The head of a list of up to 15 values, which are written next, one by one. */
  list(length: number): this {
    this.#head(0x90 | length);
    return this;
  }

  write(value: Writable): this {
    if (value === undefined || value === null) this.#head(0xc0);
    else if (typeof value === 'boolean') this.#head(value ? 0xc3 : 0xc2);
    else if (typeof value === 'string') this.#text(value);
    else if (typeof value === 'number') this.#number(value);
    else if (typeof value === 'bigint') this.#int64(value);
    else if (value instanceof Uint8Array) this.#raw(value, 0xc4);
    else if (Array.isArray(value)) this.#array(value);
    else if (value instanceof Double) this.#double(value.value);
    else this.#map(value as { readonly [key: string]: Writable });
    return this;
  }

  #text(text: string): void {
    if (text.length < 32 && this.#shortAscii(text)) return;
    const bytes = writeText(text);
    if (bytes.length >= 32) this.#raw(bytes, 0xd9);
    else {
      this.#head(0xa0 | bytes.length);
      this.#append(bytes);
    }
  }

  /** Most texts are: names of fields and commands, above all. */
  #shortAscii(text: string): boolean {
    this.#reserve(1 + text.length);
    for (let i = 0; i < text.length; i++) {
      const code = text.charCodeAt(i);
      if (code >= 0x80) return false;
      this.#bytes[this.#at + 1 + i] = code;
    }
    this.#bytes[this.#at] = 0xa0 | text.length;
    this.#at += 1 + text.length;
    return true;
  }

  #number(value: number): void {
    if (!Number.isInteger(value) || value >= 2 ** 64 || value < -(2 ** 63)) this.#double(value);
    else if (value >= 0) {
      if (value < 0x80) this.#head(value);
      else this.#sized(value, 0xcc);
    } else if (value >= -0x20) this.#head(value & 0xff);
    else if (value >= -0x8000_0000) {
      this.#head(0xd2);
      const at = this.#advance(4);
      this.#view.setInt32(at, value);
    } else this.#int64(BigInt(value));
  }

  #double(value: number): void {
    this.#head(0xcb);
    const at = this.#advance(8);
    this.#view.setFloat64(at, value);
  }

  #int64(value: bigint): void {
    this.#head(value < 0n ? 0xd3 : 0xcf);
    const at = this.#advance(8);
    this.#view.setBigUint64(at, BigInt.asUintN(64, value));
  }

  #array(values: readonly Writable[]): void {
    if (values.length < 16) this.#head(0x90 | values.length);
    else this.#sized(values.length, 0xdb);
    for (const value of values) this.write(value);
  }

  #map(map: { readonly [key: string]: Writable }): void {
    const keys = Object.keys(map);
    if (keys.length < 16) this.#head(0x80 | keys.length);
    else this.#sized(keys.length, 0xdd);
    for (const key of keys) {
      this.#text(key);
      this.write(map[key]);
    }
  }

  #raw(bytes: Uint8Array, head8: number): void {
    this.#sized(bytes.length, head8);
    this.#append(bytes);
  }

  /** An unsigned number behind a head byte that tells its width; `head8`, `head8 + 1`, … are those of 8, 16, … bits. */
  #sized(value: number, head8: number): void {
    if (value < 0x100 && head8 !== 0xdb && head8 !== 0xdd) {
      this.#head(head8);
      this.#head(value);
    } else if (value < 0x1_0000) {
      this.#head(head8 + 1);
      const at = this.#advance(2);
      this.#view.setUint16(at, value);
    } else if (value < 0x1_0000_0000) {
      this.#head(head8 + 2);
      const at = this.#advance(4);
      this.#view.setUint32(at, value);
    } else this.#int64(BigInt(value));
  }

  #head(byte: number): void {
    const at = this.#advance(1);
    this.#bytes[at] = byte;
  }

  #append(bytes: Uint8Array): void {
    const at = this.#advance(bytes.length);
    this.#bytes.set(bytes, at);
  }

  #advance(length: number): number {
    this.#reserve(length);
    const at = this.#at;
    this.#at += length;
    return at;
  }

  #reserve(length: number): void {
    if (this.#at + length <= this.#bytes.length) return;
    const grown = new Uint8Array(Math.max(2 * this.#bytes.length, this.#at + length));
    grown.set(this.#bytes);
    this.#become(grown);
  }

  #become(bytes: Uint8Array<ArrayBuffer>): void {
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer);
  }
}
