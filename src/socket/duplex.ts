import { type Joining, Outgoing } from './outgoing.ts';
import { type Connection, type Incoming, SocketSubject } from './socket.ts';

/**
 * What is needed of a Node `Duplex`: a `net.Socket`, a `TLSSocket`, the channel of an SSH client, the standard input and
 * output of a child process put together.
 */
export interface DuplexLike {
  on(event: 'data', listener: (chunk: Uint8Array) => void): unknown;
  on(event: 'error', listener: (error: Error) => void): unknown;
  on(event: 'end' | 'close' | 'connect' | 'secureConnect', listener: () => void): unknown;
  write(bytes: Uint8Array): boolean;
  end(): unknown;
  destroy(): unknown;
  readonly writable: boolean;
  readonly readableEnded?: boolean;
  readonly destroyed?: boolean;
  readonly writableLength: number;
  allowHalfOpen: boolean;
  setNoDelay?(noDelay: boolean): unknown;
  pause?(): unknown;
  resume?(): unknown;
  readonly localAddress?: string | undefined;
  readonly localPort?: number | undefined;
}

/**
 * A connection that somebody else has opened, as a Subject of bytes. Subscribe before anything arrives; unsubscribing
 * destroys it. Its errors are the stream's own, and one for a stream that has ended already or has texts.
 *
 * @example
 * ```ts
 * import { spawn } from 'node:child_process';
 * import { Duplex } from 'node:stream';
 * import { connect } from 'rxserf';
 * import { duplexSocket } from 'rxserf/socket';
 *
 * // An agent that only a machine behind SSH can reach.
 * connect('behind-ssh', {
 *   socket: () => {
 *     const { stdin, stdout } = spawn('ssh', ['-W', '127.0.0.1:7373', 'gate.example.org']);
 *     return duplexSocket(Duplex.from({ readable: stdout, writable: stdin }));
 *   },
 * });
 * ```
 */
export function duplexSocket(duplex: DuplexLike): SocketSubject {
  return new SocketSubject((incoming, halfOpen) => connectionOver(duplex, incoming, halfOpen), {
    allowHalfOpen: true,
    tellsOpened: true,
  });
}

/** Node's own ways: its turn ends later than a microtask, so more is joined. */
const NODE: Joining = {
  atEndOfTurn: (flush) => process.nextTick(flush),
  concat: (pieces, size) => Buffer.concat(pieces as Uint8Array[], size),
};

const ENDED = 'the stream has ended already: each connection wants a new one';
const NOT_BYTES = 'the stream has texts or objects: it should have bytes, without setEncoding or objectMode';

/**
 * A connection over a stream whose bytes nobody has read yet.
 *
 * @param up the event that tells that it is up; none: it is
 */
export function connectionOver(
  duplex: DuplexLike,
  incoming: Incoming<Uint8Array>,
  halfOpen: boolean,
  up?: 'connect' | 'secureConnect',
): Connection {
  // It would say nothing at all any more.
  if (duplex.destroyed || duplex.readableEnded) incoming.error(new Error(ENDED));
  else if (up) duplex.on(up, () => incoming.opened());
  else incoming.opened();
  duplex.allowHalfOpen = halfOpen;
  duplex.setNoDelay?.(true);
  duplex.on('data', (chunk) => {
    if (!ArrayBuffer.isView(chunk)) incoming.error(new TypeError(NOT_BYTES));
    else incoming.next(new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length));
  });
  duplex.on('end', () => incoming.complete());
  duplex.on('error', (error) => incoming.error(error));
  let gone = false;
  duplex.on('close', () => {
    gone = true;
    incoming.complete();
  });
  const outgoing = new Outgoing((bytes) => {
    if (duplex.writable) duplex.write(bytes);
  }, NODE);
  return {
    write: (bytes) => outgoing.write(bytes),
    end: () => {
      outgoing.flush();
      duplex.end();
    },
    destroy: () => duplex.destroy(),
    localAddress: () => hostPort(duplex.localAddress, duplex.localPort),
    bufferedAmount: () => (gone ? 0 : duplex.writableLength + outgoing.size),
    pause: (paused) => {
      if (paused) duplex.pause?.();
      else duplex.resume?.();
    },
  };
}

/** `IP:PORT`, with brackets around IPv6; nothing while there is no connection. */
export function hostPort(address: string | undefined, port: number | undefined): string | undefined {
  if (address === undefined) return undefined;
  return `${address.includes(':') ? `[${address}]` : address}:${port}`;
}
