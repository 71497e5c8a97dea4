import type { FrameLimits } from './limits.ts';
import { Reader } from './reader.ts';
import { Scanner } from './scanner.ts';
import type { WireValue } from './wire.ts';

/** How deep maps and arrays nest in what a reader knows: a body, its members, each, and its tags. */
const SHAPED_DEPTH = 4;
/** A buffer that is larger is for one message, in bytes: 20,000 members fit into it. */
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
      this.#read(chunk, chunk.length);
      return;
    }
    this.#keep(chunk.length);
    this.#own.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  /**
   * Keeps what has not been read in a buffer of ours, with so much room behind it. The last one will do again: what messages become are
   * copies. One that grows doubles, so that every byte is copied a bounded number of times.
   */
  #keep(room: number): void {
    const { bytes, at } = this.#reader;
    const { length } = this.#own;
    const { kept } = this;
    const needed = kept + room;
    // The message that it was made for has been read: while it grew, it never had four times what was in it.
    const isTooLarge = length > LARGEST_KEPT && 4 * needed < length;
    if (bytes === this.#own && this.#end + room <= length && !isTooLarge) return;
    if (needed > length || isTooLarge) this.#own = new Uint8Array(kept + needed);
    this.#own.set(bytes.subarray(at, this.#end));
    this.#read(this.#own, kept);
  }

  #read(bytes: Uint8Array, end: number): void {
    this.#reader.bytes = bytes;
    this.#reader.at = 0;
    this.#end = end;
  }

  /** The next value, if all of it has come. */
  next(): WireValue | undefined {
    const reader = this.#reader;
    const shaped = reader.readShaped(this.#plainEnd());
    if (shaped !== undefined) return shaped;
    if (this.#scanner.scan(reader.bytes, reader.at, this.#end) < 0) {
      // The chunk is its sender's again, who may read into it anew.
      this.#keep(0);
      return undefined;
    }
    return reader.read();
  }

  /** The Seq of a header without an error, where one comes next as agents write it; -1, with nothing read, where it does not. */
  nextPlainSeq(): number {
    return this.#reader.readPlainHeader(this.#plainEnd());
  }

  /**
   * What `read` makes of the next bytes with the reader, where these are what it knows; else `undefined`, with nothing read. All that is
   * before the end it is given has come.
   */
  nextAs<T>(read: (end: number) => T | undefined): T | undefined {
    return read(this.#plainEnd());
  }

  /**
   * Where what may be read in a straight line ends: what has come, or what is surely within the limits: each value has a byte, so its
   * length alone says so. Before all of it when the scanner has begun with a value: it goes on with that, so that each byte is looked at
   * so many times, however it comes.
   */
  #plainEnd(): number {
    if (this.#scanner.offset > 0) return 0;
    const { depth, frameBytes, values } = this.#limits;
    const { at } = this.#reader;
    const came = this.#end - at;
    if (depth < SHAPED_DEPTH) return at;
    return came <= frameBytes && came <= values ? this.#end : at + Math.min(frameBytes, values);
  }
}
