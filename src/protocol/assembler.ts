import type { FrameLimits } from './limits.ts';
import { Reader } from './reader.ts';
import { Scanner } from './scanner.ts';
import type { WireValue } from './wire.ts';

/** How deep maps and arrays nest in what a reader knows: a body, its members, each, and its tags. */
const SHAPED_DEPTH = 4;
/** A buffer that is larger is for one message only, in bytes: 20,000 members fit into it. */
const LARGEST_KEPT = 4 * 1024 * 1024;

/** Reads MessagePack values from bytes in any pieces: keeps those of a value that is not whole yet. */
export class Assembler {
  readonly #scanner: Scanner;
  readonly #reader: Reader;
  readonly #limits: FrameLimits;
  /** A chunk as it came, which is full; or, where a value goes on in the next one, a buffer of ours with room. */
  #bytes: Uint8Array = new Uint8Array(0);
  /** The last buffer of ours. */
  #own: Uint8Array = new Uint8Array(0);
  #start = 0;
  #end = 0;

  /** @param limits which may change between two values */
  constructor(limits: FrameLimits, reader = new Reader()) {
    this.#reader = reader;
    this.#scanner = new Scanner(limits);
    this.#limits = limits;
  }

  /** How many bytes it keeps. */
  get kept(): number {
    return this.#end - this.#start;
  }

  push(chunk: Uint8Array): void {
    const { kept } = this;
    if (kept === 0) {
      this.#bytes = chunk;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    // A chunk is full, and not ours to write to.
    if (this.#end + chunk.length > this.#bytes.length) {
      const buffer = this.#bufferFor(kept + chunk.length, kept);
      buffer.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = buffer;
      this.#start = 0;
      this.#end = kept;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * A buffer of ours with so much room. The last one will do again: what messages become are copies. One that grows
   * doubles, so that every byte is copied a bounded number of times.
   */
  #bufferFor(needed: number, kept: number): Uint8Array {
    if (needed <= this.#own.length) return this.#own;
    const buffer = new Uint8Array(Math.max(2 * kept, needed));
    if (buffer.length <= LARGEST_KEPT) this.#own = buffer;
    return buffer;
  }

  /** The next value, if all of it has come. */
  next(): WireValue | undefined {
    this.#place();
    // One that the scanner has begun with goes on with it: so each byte is looked at so many times, however it comes.
    if (!this.#scanner.amid) {
      const shaped = this.#reader.readShaped(this.#plainEnd);
      if (shaped !== undefined) {
        this.#start = this.#reader.at;
        return shaped;
      }
    }
    const end = this.#scanner.scan(this.#bytes, this.#start, this.#end);
    if (end < 0) return undefined;
    this.#start = end;
    return this.#reader.read();
  }

  /** The Seq of a header without an error, where one comes next as agents write it; -1, with nothing read, where it does not. */
  nextPlainSeq(): number {
    if (this.#scanner.amid) return -1;
    this.#place();
    const seq = this.#reader.readPlainHeader(this.#plainEnd);
    if (seq >= 0) this.#start = this.#reader.at;
    return seq;
  }

  /**
   * What `read` makes of the next bytes with the reader, where these are what it knows; else `undefined`, with nothing read. All that is
   * before the end it is given has come.
   */
  nextAs<T>(read: (end: number) => T | undefined): T | undefined {
    if (this.#scanner.amid) return undefined;
    this.#place();
    const value = read(this.#plainEnd);
    if (value !== undefined) this.#start = this.#reader.at;
    return value;
  }

  /** Where what has come ends, or what is surely within the limits: each value has a byte, so its length alone says so. */
  get #plainEnd(): number {
    const { depth, frameBytes, values } = this.#limits;
    const plain = depth < SHAPED_DEPTH ? 0 : Math.min(frameBytes, values);
    return Math.min(this.#end, this.#start + plain);
  }

  #place(): void {
    this.#reader.bytes = this.#bytes;
    this.#reader.at = this.#start;
  }
}
