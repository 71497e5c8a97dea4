import type { SocketData } from '../socket/socket.ts';

/**
 * How messages, which are texts, travel on a socket: {@link newline} on one of bytes, {@link textFrames} on one of texts.
 *
 * @example
 * ```ts
 * import { type Framer, jsonRpc } from 'rxserf/jsonrpc';
 * import { tcpSocket } from 'rxserf/socket';
 *
 * // Each message behind its length, as 32 bits.
 * const lengths: Framer = {
 *   encode(message) {
 *     const bytes = new TextEncoder().encode(message);
 *     const frame = new Uint8Array(4 + bytes.length);
 *     new DataView(frame.buffer).setUint32(0, bytes.length);
 *     frame.set(bytes, 4);
 *     return frame;
 *   },
 *   decoder({ message }) {
 *     let kept = new Uint8Array(0);
 *     return (bytes) => {
 *       const all = new Uint8Array([...kept, ...bytes]);
 *       const view = new DataView(all.buffer);
 *       let at = 0;
 *       while (at + 4 <= all.length && at + 4 + view.getUint32(at) <= all.length) {
 *         const end = at + 4 + view.getUint32(at);
 *         message(all.subarray(at + 4, end));
 *         at = end;
 *       }
 *       if (all.length > 1_000_000) throw new Error('too large');
 *       kept = all.slice(at);
 *     };
 *   },
 * };
 * jsonRpc(tcpSocket({ host: '127.0.0.1', port: 4000 }), { framer: lengths });
 * ```
 */
export interface Framer<T extends SocketData = Uint8Array> {
  /** A message as it is sent. */
  encode(message: string): T;
  /**
   * Begins to read a connection. Returns what takes its data, in any pieces; what that throws ends the connection. How much
   * it keeps for a message that is not whole is for the framer to bound.
   */
  decoder(output: FramerOutput): (data: T) => void;
}

/** Where a {@link Framer} puts what it has read. */
export interface FramerOutput {
  /** A message; of bytes that are not UTF-8 the peer is told. */
  message(message: string | Uint8Array): void;
  /** A message was left out, and reading goes on: an event tells, the peer is not told. */
  skipped(reason: Error): void;
}

/** A message is a text of the socket's, such as a text frame of a WebSocket; whoever made the socket bounds its size. */
export function textFrames(): Framer<string> {
  return {
    encode: (message) => message,
    decoder:
      ({ message }) =>
      (text) =>
        message(text),
  };
}
