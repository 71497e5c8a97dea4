import { Observable } from 'rxjs';
import { tcpSocket } from 'rxserf/socket';
import { cut } from './cut.mjs';

/** @import { Socket, SocketFactory } from 'rxserf' */

/**
 * TCP whose chunks are cut on arrival, as they would come apart over a network. (On loopback what was written in pieces is
 * read in one when the reader is busy.) It reads as a client does by itself, into one buffer.
 * @param {number} size
 * @returns {SocketFactory}
 */
export function inPieces(size) {
  return ({ host, port }) => new Pieces(tcpSocket({ host, port, reuseBuffer: true }), size);
}

/**
 * @extends {Observable<Uint8Array>}
 * @implements {Socket}
 */
class Pieces extends Observable {
  #socket;

  /**
   * @param {Socket} socket
   * @param {number} size
   */
  constructor(socket, size) {
    super((subscriber) =>
      socket.subscribe({
        next: (chunk) => cut(chunk, size, (piece) => subscriber.next(piece)),
        error: (error) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
    this.#socket = socket;
  }

  /** @param {Uint8Array} bytes */
  next(bytes) {
    this.#socket.next(bytes);
  }

  /** @param {unknown} error */
  error(error) {
    this.#socket.error(error);
  }

  complete() {
    this.#socket.complete();
  }
}
