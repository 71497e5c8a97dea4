import type { FrameLimits } from './limits.ts';
import { Reader } from './reader.ts';
import { Scanner } from './scanner.ts';
import type { WireValue } from './wire.ts';

/** How deep maps and arrays nest in what a reader knows: a body, its members, each, and its tags. */
const SHAPED_DEPTH = 4;
/** By how much a value may be longer than the one before it, in bytes, to be read without a look whether it is whole. */
const LONGER = 16;
/** A buffer that is larger is for one message only, in bytes: 20,000 members fit into it. */
const LARGEST_KEPT = 4 * 1024 * 1024;

/** Reads MessagePack values from bytes in any pieces: keeps those of a value that is not whole yet. */
export class Assembler {
  readonly #scanner: Scanner;
  /** Has what is to be read, and where the next value begins: in a chunk as it came, or in {@link #own}. */
  readonly #reader: Reader;
  readonly #limits: FrameLimits;
  /** A buffer of ours, with room, for a value that goes on in the next chunk. */
  #own: Uint8Array = new Uint8Array(0);
  /** Where what has come ends. */
  #end = 0;
  /** How long the last value was, in bytes. */
  #last = 0;

  /** @param limits which may change between two values */
  constructor(limits: FrameLimits, reader = new Reader()) {
    this.#reader = reader;
    this.#scanner = new Scanner(limits);
    this.#limits = limits;
  }

  /** How many bytes it keeps. */
  get kept(): number {
    return this.#end - this.#reader.at;
  }

  /** @param chunk not to be written to before {@link next} has given all that is whole in it */
  push(chunk: Uint8Array): void {
    if (this.kept === 0) {
      if (this.#own.length > LARGEST_KEPT) this.#own = new Uint8Array(0);
      this.#read(chunk, chunk.length);
      return;
    }
    this.#keep(chunk.length);
    this.#own.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /** Keeps what has not been read in a buffer of ours, with so much room behind it. */
  #keep(room: number): void {
    const { bytes, at } = this.#reader;
    if (bytes === this.#own && this.#end + room <= bytes.length) return;
    const { kept } = this;
    if (!this.#hasRoom(kept + room)) this.#own = new Uint8Array(2 * kept + room);
    this.#own.set(bytes.subarray(at, this.#end));
    this.#read(this.#own, kept);
  }

  /**
   * Whether the buffer will do again: what messages become are copies. One that grows doubles, so that every byte is copied a bounded
   * number of times.
   */
  #hasRoom(needed: number): boolean {
    const { length } = this.#own;
    return needed <= length && (length <= LARGEST_KEPT || needed > LARGEST_KEPT);
  }

  #read(bytes: Uint8Array, end: number): void {
    this.#reader.bytes = bytes;
    this.#reader.at = 0;
    this.#end = end;
  }

  /** The next value, if all of it has come. */
  next(): WireValue | undefined {
    const reader = this.#reader;
    const start = reader.at;
    if (this.#isLikelyWhole(start)) {
      const shaped = reader.readShaped(this.#plainEnd(start));
      if (shaped !== undefined) {
        this.#last = reader.at - start;
        return shaped;
      }
    }
    const end = this.#scanner.scan(reader.bytes, start, this.#end);
    if (end < 0) {
      // The chunk is its sender's again, who may read into it anew.
      this.#keep(0);
      return undefined;
    }
    this.#last = end - start;
    return reader.read();
  }

  /** The Seq of a header without an error, where one comes next as agents write it; -1, with nothing read, where it does not. */
  nextPlainSeq(): number {
    const reader = this.#reader;
    return this.#scanner.amid ? -1 : reader.readPlainHeader(this.#plainEnd(reader.at));
  }

  /**
   * What `read` makes of the next bytes with the reader, where these are what it knows; else `undefined`, with nothing read. All that is
   * before the end it is given has come.
   */
  nextAs<T>(read: (end: number) => T | undefined): T | undefined {
    return this.#scanner.amid ? undefined : read(this.#plainEnd(this.#reader.at));
  }

  /**
   * Whether a value begins, of which as much has come as the last one had: one that turns out to be cut in the midst of a straight
   * line has V8 throw away what it has compiled of that, wherever it was for the first time. One that the scanner has begun with goes
   * on with it: so each byte is looked at so many times, however it comes.
   */
  #isLikelyWhole(start: number): boolean {
    return this.#end - start >= this.#last + LONGER && !this.#scanner.amid;
  }

  /** Where what has come ends, or what is surely within the limits: each value has a byte, so its length alone says so. */
  #plainEnd(start: number): number {
    const { depth, frameBytes, values } = this.#limits;
    const came = this.#end - start;
    if (came <= frameBytes && came <= values && depth >= SHAPED_DEPTH) return this.#end;
    return depth < SHAPED_DEPTH ? start : start + Math.min(frameBytes, values, came);
  }
}
