/** What goes out in one write at most, in bytes, unless it was one piece. */
const MOST = 65_536;

/**
 * What is sent in one tick, joined into one write: copying small pieces costs less than writing each, and far less than
 * having the system gather them.
 */
export class Outgoing {
  readonly #send: (bytes: Uint8Array) => void;
  #pieces: Uint8Array[] = [];
  /** How many bytes wait for the end of the tick. */
  size = 0;

  constructor(send: (bytes: Uint8Array) => void) {
    this.#send = send;
  }

  write(bytes: Uint8Array): void {
    if (this.size + bytes.length > MOST) this.flush();
    if (bytes.length > MOST) this.#send(bytes);
    else {
      if (this.#pieces.length === 0) process.nextTick(this.flush);
      this.#pieces.push(bytes);
      this.size += bytes.length;
    }
  }

  readonly flush = (): void => {
    const [first] = this.#pieces;
    if (first === undefined) return;
    const joined = this.#pieces.length === 1 ? first : Buffer.concat(this.#pieces, this.size);
    this.#pieces = [];
    this.size = 0;
    this.#send(joined);
  };
}
