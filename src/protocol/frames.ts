import { Observable, type Subscribable } from 'rxjs';
import { InvalidArgumentError, ProtocolError } from '../errors.ts';
import { Assembler } from './assembler.ts';
import type { Command } from './commands.ts';
import { uint64 } from './fields.ts';
import type { FrameLimits } from './limits.ts';
import type { Reader } from './reader.ts';
import type { Slab } from './slab.ts';
import type { RequestBody, Uint64, WireValue } from './wire.ts';
import { type Writable, Writer } from './writer.ts';

/** One message: a header, and the body where one follows. */
export interface Frame {
  readonly seq: Uint64;
  /** The header's other field: `Error` in what an agent sends, `Command` in what it gets. */
  readonly text: string;
  /** `undefined` where no body follows. */
  readonly body: WireValue | undefined;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };

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
 *
 * @param newReader makes what reads the values of one subscription @defaultValue one that knows none of them
 */
export function decodeFrames(
  bytes$: Subscribable<Uint8Array>,
  field: HeaderField,
  hasBody: HasBody,
  limits: FrameLimits,
  newReader?: () => Reader,
): Observable<Frame> {
  return new Observable((subscriber) => {
    const decoder = new FrameDecoder(field, hasBody, limits, newReader?.());
    // Apart from what is done once for a chunk, and so is compiled late, or again.
    const decode = () => {
      while (!subscriber.closed) {
        const frame = decoder.next();
        if (frame === undefined) return;
        subscriber.next(frame);
      }
    };
    return bytes$.subscribe({
      next(chunk) {
        // A source that emits within `subscribe` goes on after the end.
        if (subscriber.closed) return;
        try {
          decoder.push(chunk);
          decode();
        } catch (error) {
          subscriber.error(error);
        }
      },
      error: (error) => subscriber.error(error),
      complete: () => subscriber.complete(),
    });
  });
}

/** Whether a body follows a header. */
export type HasBody = (seq: Uint64, text: string) => boolean;

/** What {@link decodeFrames} does, frame by frame, for who would not take all at once. */
export class FrameDecoder {
  readonly #field: HeaderField;
  readonly #hasBody: HasBody;
  readonly #assembler: Assembler;
  /** A header whose body has not come. */
  #header: Mutable<Frame> | undefined;

  constructor(field: HeaderField, hasBody: HasBody, limits: FrameLimits, reader?: Reader) {
    this.#field = field;
    this.#hasBody = hasBody;
    this.#assembler = new Assembler(limits, reader);
  }

  /** Whether bytes have come that no frame was made of: part of one, or more than {@link next} was asked for. */
  get hasUnread(): boolean {
    return this.#header !== undefined || this.#assembler.kept > 0;
  }

  /** @throws `InvalidArgumentError` for what is no bytes: a socket of somebody's own may emit anything */
  push(chunk: Uint8Array): void {
    if (!ArrayBuffer.isView(chunk)) throw notBytes(chunk);
    this.#assembler.push(chunk);
  }

  /**
   * The next frame, if all of it has come.
   *
   * @throws `ProtocolError`, and nothing can be decoded behind it
   */
  next(): Frame | undefined {
    let header = this.#header;
    if (header === undefined) {
      header = this.#nextHeader();
      if (header === undefined || !this.#hasBody(header.seq, header.text)) return header;
    } else this.#header = undefined;
    const body = this.#assembler.next();
    if (body === undefined) {
      this.#header = header;
      return undefined;
    }
    header.body = body;
    return header;
  }

  #nextHeader(): Frame | undefined {
    if (this.#field === 'Error') {
      const seq = this.#assembler.nextPlainSeq();
      if (seq >= 0) return { seq, text: '', body: undefined };
    }
    const value = this.#assembler.next();
    return value === undefined ? undefined : toHeader(value, this.#field);
  }
}

function notBytes(chunk: unknown): InvalidArgumentError {
  const what = typeof chunk === 'string' ? 'a text' : Object.prototype.toString.call(chunk).slice(8, -1);
  return new InvalidArgumentError('invalid-argument', `a socket should emit Uint8Arrays, not ${what}`);
}

function toHeader(header: WireValue, field: HeaderField): Frame {
  if (
    header !== null &&
    typeof header === 'object' &&
    !Array.isArray(header) &&
    !(header instanceof Uint8Array)
  ) {
    const seq = header.Seq;
    const text = header[field];
    // That of a request is anybody's, and may be missing; a response has the one that we have given.
    const known = field === 'Error' ? typeof seq === 'number' : true;
    if (known && typeof text === 'string')
      return { seq: uint64(seq ?? undefined, 'Seq'), text, body: undefined };
  }
  throw new ProtocolError('unexpected-shape', `a header should be a map with Seq and ${field}`);
}

// Reused, because it keeps a buffer; what it gives is a copy.
const writer = new Writer();

/** A request as it goes out: its header and, where it has one, its body; in the slab of its connection, if it has one. */
export function encodeRequest<C extends Command>(
  command: C,
  seq: number,
  body: RequestBody<C>,
  slab?: Slab,
): Uint8Array {
  // Whatever is in there is of a body that could not be written.
  writer.clear();
  writer.write({ Command: command, Seq: seq });
  if (body !== undefined) writer.write(body as Writable);
  return writer.take(slab);
}

/** A response as it goes out: its header and, where one follows, its body. Without an error, the header of a record too. */
export function encodeResponse(seq: Uint64, error: string, body?: Writable): Uint8Array {
  writer.clear();
  writer.write({ Error: error, Seq: seq });
  if (body !== undefined) writer.write(body);
  return writer.take();
}

/** A record's body alone: the header in front of it is another one for each connection. */
export function encodeBody(body: Writable): Uint8Array {
  writer.clear();
  return writer.write(body).take();
}
