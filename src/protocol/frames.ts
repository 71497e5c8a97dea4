import { Observable, type Subscribable } from 'rxjs';
import { ProtocolError } from '../errors.ts';
import type { Command } from './commands.ts';
import type { FrameLimits } from './limits.ts';
import { Reader, type WireValue } from './reader.ts';
import { Scanner } from './scanner.ts';
import type { RequestBody } from './wire.ts';
import { type Writable, Writer } from './writer.ts';

/** One message: a header, and the body where one follows. */
export interface Frame {
  readonly seq: number;
  /** The header's other field: `Error` in what an agent sends, `Command` in what it gets. */
  readonly text: string;
  /** `undefined` where no body follows. */
  readonly body: WireValue | undefined;
}

/** Which half of the conversation is decoded. */
export type HeaderField = 'Error' | 'Command';

/**
 * Decodes bytes into frames, whole at any chunking, in time linear in the bytes, with bounded memory.
 *
 * ```
 * bytes   --[hea]--[der body header]------[body]--|
 * frames  ----------f---------------------f-------|
 * ```
 *
 * Nothing on the wire says whether a body follows a header, so `hasBody` is asked about each header, when all
 * before it has been delivered. Input that is not the protocol, or beyond `limits`, is a `ProtocolError`.
 */
export function decodeFrames(
  bytes$: Subscribable<Uint8Array>,
  field: HeaderField,
  hasBody: (seq: number, text: string) => boolean,
  limits: FrameLimits,
): Observable<Frame> {
  return new Observable((subscriber) => {
    const assembler = new Assembler(limits);
    const reader = new Reader();
    let header: Frame | undefined;
    return bytes$.subscribe({
      next(chunk) {
        // A source that emits within `subscribe` goes on after the end.
        if (subscriber.closed) return;
        try {
          assembler.push(chunk);
          while (!subscriber.closed && assembler.next(reader)) {
            if (header === undefined) {
              const parsed = readHeader(reader, field);
              if (hasBody(parsed.seq, parsed.text)) header = parsed;
              else subscriber.next(parsed);
            } else {
              const { seq, text } = header;
              header = undefined;
              subscriber.next({ seq, text, body: reader.read() });
            }
          }
        } catch (error) {
          subscriber.error(error);
        }
      },
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
  });
}

function readHeader(reader: Reader, field: HeaderField): Frame {
  const header = reader.read();
  if (
    header !== null &&
    typeof header === 'object' &&
    !Array.isArray(header) &&
    !(header instanceof Uint8Array)
  ) {
    const seq = header.Seq;
    const text = header[field];
    if (typeof seq === 'number' && typeof text === 'string') return { seq, text, body: undefined };
  }
  throw new ProtocolError('unexpected-shape', `a header should be a map with Seq and ${field}`);
}

/** Keeps the bytes of a message that is not whole yet, and points a reader at each whole one. */
class Assembler {
  readonly #scanner: Scanner;
  /** Ours to write to only while `#owned`; a chunk as it came otherwise. */
  #bytes: Uint8Array = new Uint8Array(0);
  #owned = false;
  #start = 0;
  #end = 0;

  constructor(limits: FrameLimits) {
    this.#scanner = new Scanner(limits);
  }

  push(chunk: Uint8Array): void {
    const kept = this.#end - this.#start;
    if (kept === 0) {
      this.#bytes = chunk;
      this.#owned = false;
      this.#start = 0;
      this.#end = chunk.length;
      return;
    }
    // Values that were read are views of these bytes, so what is behind #start is never written to again, and a
    // buffer that grows doubles, so that every byte is copied a bounded number of times.
    if (!this.#owned || this.#end + chunk.length > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(2 * kept, kept + chunk.length));
      grown.set(this.#bytes.subarray(this.#start, this.#end));
      this.#bytes = grown;
      this.#owned = true;
      this.#start = 0;
      this.#end = kept;
    }
    this.#bytes.set(chunk, this.#end);
    this.#end += chunk.length;
  }

  next(reader: Reader): boolean {
    const end = this.#scanner.scan(this.#bytes, this.#start, this.#end);
    if (end < 0) return false;
    reader.bytes = this.#bytes;
    reader.at = this.#start;
    this.#start = end;
    return true;
  }
}

// Reused, because it keeps a buffer; what it gives is a copy.
const writer = new Writer();

/** A request as it goes out: its header and, where it has one, its body. */
export function encodeRequest<C extends Command>(command: C, seq: number, body: RequestBody<C>): Uint8Array {
  // Whatever is in there is of a body that could not be written.
  writer.clear();
  writer.write({ Command: command, Seq: seq });
  if (body !== undefined) writer.write(body as Writable);
  return writer.take();
}
