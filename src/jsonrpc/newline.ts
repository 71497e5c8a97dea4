import { InvalidArgumentError, ProtocolError } from '../errors.ts';
import { atLeast } from '../options.ts';
import type { Framer, FramerOutput } from './framer.ts';
import { decodeText, TextPool } from './text.ts';

/** Options of {@link newline}. */
export interface NewlineOptions {
  /** The most bytes of a message, without its newline; `Infinity`: any number. @defaultValue 1,000,000 */
  readonly maxBytes?: number;
  /**
   * What becomes of a longer one: `'skip'`: it is left out, an event tells, and the next line is read; `'end'`: it ends the
   * connection with a `ProtocolError` (`frame-too-large`). @defaultValue 'skip'
   */
  readonly onOverflow?: 'skip' | 'end';
}

const NEWLINE = 0x0a;
/** What is kept of a line in one piece at first, in bytes. */
const SMALLEST = 1_024;

/**
 * A message a line, in UTF-8. An empty line is a message, and no JSON; a carriage return before the newline is white space
 * to JSON. Keeps `maxBytes` at most of a line that is not whole, twice that while it grows.
 *
 * @throws `InvalidArgumentError` (`invalid-argument`) at the call for options that cannot be
 * @example
 * ```ts
 * import { jsonRpc, newline } from 'rxserf/jsonrpc';
 * import { tcpSocket } from 'rxserf/socket';
 *
 * const socket = tcpSocket({ host: '127.0.0.1', port: 50_001 });
 * jsonRpc(socket, { framer: newline({ maxBytes: 10_000_000, onOverflow: 'end' }) });
 * ```
 */
export function newline({ maxBytes = 1_000_000, onOverflow = 'skip' }: NewlineOptions = {}): Framer {
  atLeast('maxBytes', 1, maxBytes);
  if (onOverflow !== 'skip' && onOverflow !== 'end')
    throw new InvalidArgumentError(
      'invalid-argument',
      `onOverflow should be 'skip' or 'end', not ${onOverflow}`,
    );
  const pool = new TextPool();
  return {
    encode: (message) => pool.encode(`${message}\n`),
    decoder(output) {
      const lines = new Lines(output, maxBytes, onOverflow === 'end');
      return (bytes) => lines.push(bytes);
    },
  };
}

class Lines {
  readonly #output: FramerOutput;
  readonly #most: number;
  readonly #ends: boolean;
  /** The beginning of a line, in the first `#kept` bytes. */
  #buffer = new Uint8Array(0);
  #kept = 0;
  /** Whether the line is too long already, and the rest of it is to be skipped. */
  #skipping = false;

  constructor(output: FramerOutput, most: number, ends: boolean) {
    this.#output = output;
    this.#most = most;
    this.#ends = ends;
  }

  push(bytes: Uint8Array): void {
    const end = bytes.lastIndexOf(NEWLINE);
    if (end >= 0) this.#whole(bytes, end);
    if (end + 1 < bytes.length) this.#keep(bytes.subarray(end + 1));
  }

  /** Lines up to the newline at `end`, the first of which may have begun earlier. */
  #whole(bytes: Uint8Array, end: number): void {
    let start = 0;
    if (this.#kept > 0 || this.#skipping) {
      const first = bytes.indexOf(NEWLINE);
      this.#keep(bytes.subarray(0, first));
      this.#finish();
      start = first + 1;
    }
    if (start > end) return;
    const lines = bytes.subarray(start, end);
    if (lines.length > this.#most) this.#eachLine(lines);
    else this.#allLines(lines);
  }

  /** Whatever is kept is a whole line. */
  #finish(): void {
    const line = this.#buffer.subarray(0, this.#kept);
    this.#buffer = new Uint8Array(0);
    this.#kept = 0;
    if (this.#skipping) this.#skipping = false;
    else this.#output.message(line);
  }

  /** None of them can be too long: they are decoded together, which costs much less than each for itself. */
  #allLines(lines: Uint8Array): void {
    const text = decodeText(lines);
    if (text === undefined) {
      this.#eachLine(lines);
      return;
    }
    let start = 0;
    for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', start)) {
      this.#output.message(text.slice(start, at));
      start = at + 1;
    }
    this.#output.message(start === 0 ? text : text.slice(start));
  }

  #eachLine(lines: Uint8Array): void {
    for (let start = 0; start <= lines.length; ) {
      const at = lines.indexOf(NEWLINE, start);
      const end = at < 0 ? lines.length : at;
      if (end - start > this.#most) this.#overflow();
      else this.#output.message(lines.subarray(start, end));
      start = end + 1;
    }
  }

  #keep(bytes: Uint8Array): void {
    if (this.#skipping) return;
    const size = this.#kept + bytes.length;
    if (size > this.#most) {
      this.#skipping = true;
      this.#buffer = new Uint8Array(0);
      this.#kept = 0;
      this.#overflow();
      return;
    }
    if (size > this.#buffer.length) {
      const larger = new Uint8Array(Math.max(size, SMALLEST, Math.min(this.#most, 2 * this.#buffer.length)));
      larger.set(this.#buffer.subarray(0, this.#kept));
      this.#buffer = larger;
    }
    this.#buffer.set(bytes, this.#kept);
    this.#kept = size;
  }

  #overflow(): void {
    const message = `a message has more than ${this.#most} bytes (maxBytes)`;
    const error = new ProtocolError('frame-too-large', message);
    if (this.#ends) throw error;
    this.#output.skipped(error);
  }
}
