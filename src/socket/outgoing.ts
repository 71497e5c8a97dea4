import { asapScheduler } from 'rxjs';

/** What goes out in one write at most, in bytes, unless it was one piece. */
const MOST = 65_536;

/** How a platform does what the two of them do in different ways. */
export interface Joining {
  /** Calls `flush` at the end of the turn. */
  readonly atEndOfTurn: (flush: () => void) => void;
  readonly concat: (pieces: readonly Uint8Array[], size: number) => Uint8Array;
}

/** With what every platform has; virtual in marble tests. */
export const JOINING: Joining = {
  atEndOfTurn: (flush) => {
    asapScheduler.schedule(flush);
  },
  concat: (pieces, size) => {
    const joined = new Uint8Array(size);
    let at = 0;
    for (const piece of pieces) {
      joined.set(piece, at);
      at += piece.length;
    }
    return joined;
  },
};

/**
 * What is sent in one turn, joined into one write: copying small pieces costs less than writing each, and far less than
 * having the system gather them.
 */
export class Outgoing {
  readonly #send: (bytes: Uint8Array) => void;
  readonly #joining: Joining;
  #pieces: Uint8Array[] = [];
  /** How many bytes wait for the end of the turn. */
  size = 0;

  constructor(send: (bytes: Uint8Array) => void, joining: Joining = JOINING) {
    this.#send = send;
    this.#joining = joining;
  }

  write(bytes: Uint8Array): void {
    if (this.size + bytes.length > MOST) this.flush();
    if (bytes.length > MOST) this.#send(bytes);
    else {
      if (this.#pieces.length === 0) this.#joining.atEndOfTurn(this.flush);
      this.#pieces.push(bytes);
      this.size += bytes.length;
    }
  }

  readonly flush = (): void => {
    const [first] = this.#pieces;
    if (first === undefined) return;
    const joined = this.#pieces.length === 1 ? first : this.#joining.concat(this.#pieces, this.size);
    this.#pieces = [];
    this.size = 0;
    this.#send(joined);
  };
}
