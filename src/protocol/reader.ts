import { ProtocolError } from '../errors.ts';
import { SafeTable } from '../safe-table.ts';
import { Slab } from './slab.ts';
import { TextCache, viewOf } from './text-cache.ts';
import type { WireMap, WireValue } from './wire.ts';

/** `{Error: "", Seq:` as an agent writes it, four bytes at a time. */
const HEADER_START = 0x82a54572 | 0;
const HEADER_MIDDLE = 0x726f72a0 | 0;
const HEADER_END = 0xa3536571 | 0;
const HEADER_LENGTH = 12;
/** The bytes of a Seq of 32 bits. */
const LONGEST_SEQ = 5;

/**
 * Decodes whole MessagePack values that a {@link Scanner} has let pass. Not `@msgpack/msgpack`'s decoder, because
 * that refuses the key `__proto__`, reads past a text that is cut within a character, and rounds integers above
 * 2^53; any member of the cluster can bring all of these about.
 */
export class Reader {
  /** Where the next value starts. */
  at = 0;
  /** What is read, as a field: until V8 has compiled it, an accessor takes as long as all else that is done for a byte. */
  protected data: Uint8Array = new Uint8Array(0);
  /** Of all `data`. */
  protected view = viewOf(this.data);
  readonly #texts: TextCache;
  /** Where bytes are copied to: a view would keep the whole chunk (64 KiB on Node) alive for as long as it is kept itself. */
  protected readonly slab = new Slab();

  /** @param texts those that came before @defaultValue few: there may be a thousand peers */
  constructor(texts = new TextCache(7)) {
    this.#texts = texts;
  }

  get bytes(): Uint8Array {
    return this.data;
  }

  set bytes(bytes: Uint8Array) {
    this.data = bytes;
    this.view = viewOf(bytes);
  }

  /** A map that a reader knows, if all of it is before `end`: none here. */
  readShaped(_end: number): WireMap | undefined {
    return undefined;
  }

  /**
   * The Seq of a response header without an error, which is what nearly all headers are; -1, with nothing read, where
   * there is something else, or too little before `end` to tell.
   */
  readPlainHeader(end: number): number {
    const { at, view } = this;
    const value = at + HEADER_LENGTH;
    if (
      value >= end ||
      view.getInt32(at) !== HEADER_START ||
      view.getInt32(at + 4) !== HEADER_MIDDLE ||
      view.getInt32(at + 8) !== HEADER_END
    )
      return -1;
    const head = this.data[value] as number;
    if (head < 0x80) {
      this.at = value + 1;
      return head;
    }
    if (head < 0xcc || head > 0xce || value + LONGEST_SEQ > end) return -1;
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
        return this.view.getFloat32(this.#advance(4));
      case 0xcb:
        return this.view.getFloat64(this.#advance(8));
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
    return this.data[this.at++] as number;
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

  #advance(length: number): number {
    const at = this.at;
    this.at += length;
    return at;
  }

  #text(length: number): string {
    return this.text(this.#advance(length), this.at);
  }

  #bin(length: number): Uint8Array {
    return this.slab.copy(this.data, this.#advance(length), this.at);
  }

  protected text(start: number, end: number): string {
    return this.#texts.read(this.data, start, end, this.view);
  }

  #array(length: number): WireValue[] {
    const array: WireValue[] = [];
    for (let i = 0; i < length; i++) array.push(this.read());
    return array;
  }

  /** Reads a map of `length` entries. */
  protected map(length: number): WireMap {
    const map: WireMap = new SafeTable();
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
