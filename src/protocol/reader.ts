import { ProtocolError } from '../errors.ts';
import { SafeTable } from '../safe-table.ts';
import { Slab } from './slab.ts';
import { TextCache } from './text-cache.ts';
import type { WireMap, WireValue } from './wire.ts';

/** `{Error: "", Seq:` as an agent writes it. */
const PLAIN_HEADER = /* @__PURE__ */ new Uint8Array([
  0x82, 0xa5, 0x45, 0x72, 0x72, 0x6f, 0x72, 0xa0, 0xa3, 0x53, 0x65, 0x71,
]);
/** The bytes of a Seq of 32 bits. */
const LONGEST_SEQ = 5;

/**
 * Decodes whole MessagePack values that a {@link Scanner} has let pass. Not `@msgpack/msgpack`'s decoder, because
 * that refuses the key `__proto__`, reads past a text that is cut within a character, and rounds integers above
 * 2^53; any member of the cluster can bring all of these about.
 */
export class Reader {
  bytes: Uint8Array = new Uint8Array(0);
  /** Where the next value starts. */
  at = 0;
  readonly #texts = new TextCache();
  readonly #slab = new Slab();

  /**
   * The Seq of a response header without an error, which is what nearly all headers are; -1, with nothing read, where
   * there is something else, or too little before `end` to tell.
   */
  readPlainHeader(end: number): number {
    const { bytes, at } = this;
    const value = at + PLAIN_HEADER.length;
    if (value + LONGEST_SEQ > end || !startsWith(bytes, at, PLAIN_HEADER)) return -1;
    const head = bytes[value] as number;
    if (head >= 0x80 && (head < 0xcc || head > 0xce)) return -1;
    this.at = value;
    return this.read() as number;
  }

  read(): WireValue {
    const head = this.#byte();
    if (head < 0x80) return head;
    if (head < 0x90) return this.map(head & 0x0f);
    if (head < 0xa0) return this.#array(head & 0x0f);
    if (head < 0xc0) return this.#text(head & 0x1f);
    if (head >= 0xe0) return head - 0x100;
    switch (head) {
      case 0xc2:
        return false;
      case 0xc3:
        return true;
      case 0xc4:
        return this.#bin(this.#byte());
      case 0xc5:
        return this.#bin(this.#uint16());
      case 0xc6:
        return this.#bin(this.#uint32());
      case 0xca:
        return this.#view(4).getFloat32(0);
      case 0xcb:
        return this.#view(8).getFloat64(0);
      case 0xcc:
        return this.#byte();
      case 0xcd:
        return this.#uint16();
      case 0xce:
        return this.#uint32();
      case 0xcf:
        return this.#int64(this.#uint32());
      case 0xd0:
        return (this.#byte() << 24) >> 24;
      case 0xd1:
        return (this.#uint16() << 16) >> 16;
      case 0xd2:
        return this.#uint32() | 0;
      case 0xd3:
        return this.#int64(this.#uint32() | 0);
      case 0xd9:
        return this.#text(this.#byte());
      case 0xda:
        return this.#text(this.#uint16());
      case 0xdb:
        return this.#text(this.#uint32());
      case 0xdc:
        return this.#array(this.#uint16());
      case 0xdd:
        return this.#array(this.#uint32());
      case 0xde:
        return this.map(this.#uint16());
      case 0xdf:
        return this.map(this.#uint32());
      default:
        return null;
    }
  }

  #byte(): number {
    return this.bytes[this.at++] as number;
  }

  #uint16(): number {
    return (this.#byte() << 8) | this.#byte();
  }

  #uint32(): number {
    return this.#uint16() * 0x10000 + this.#uint16();
  }

  /** `high` is signed for a signed integer. */
  #int64(high: number): number | bigint {
    const low = this.#uint32();
    const value = high * 0x1_0000_0000 + low;
    return Number.isSafeInteger(value) ? value : (BigInt(high) << 32n) + BigInt(low);
  }

  #view(length: number): DataView {
    const { buffer, byteOffset } = this.bytes;
    const view = new DataView(buffer, byteOffset + this.at, length);
    this.at += length;
    return view;
  }

  #text(length: number): string {
    const start = this.at;
    this.at += length;
    return this.#texts.read(this.bytes, start, this.at);
  }

  #bin(length: number): Uint8Array {
    const start = this.at;
    this.at += length;
    // A copy: a view would keep the whole chunk (64 KiB on Node) alive for as long as it is kept itself.
    return this.#slab.copy(this.bytes, start, this.at);
  }

  #array(length: number): WireValue[] {
    const array: WireValue[] = [];
    for (let i = 0; i < length; i++) array.push(this.read());
    return array;
  }

  /** Reads a map of `length` entries. */
  protected map(length: number): WireMap {
    return this.entries(new SafeTable(), length);
  }

  /** Reads `length` more entries of a map. */
  protected entries(map: WireMap, length: number): WireMap {
    for (let i = 0; i < length; i++) {
      const key = this.read();
      if (typeof key !== 'string') {
        throw new ProtocolError(
          'unexpected-shape',
          'a map has a key that is not a text: Serf has none of these',
        );
      }
      map[key] = this.read();
    }
    return map;
  }
}

/** Whether `key` is at `bytes[at]`. */
export function startsWith(bytes: Uint8Array, at: number, key: Uint8Array): boolean {
  for (let i = 0; i < key.length; i++) if (bytes[at + i] !== key[i]) return false;
  return true;
}
