import { EventEmitter, once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { decodeMulti, encode } from '@msgpack/msgpack';

export interface RawTarget {
  rpc: { host: string; port: number };
  authKey?: string | undefined;
}

/** A bare TCP connection to an RPC port: writes msgpack values, keeps every byte that comes back. */
export class RawConnection {
  /** How the other side ended it: an orderly FIN or a reset. */
  readonly ended: Promise<'fin' | 'rst'>;
  readonly #socket: Socket;
  readonly #changes = new EventEmitter().setMaxListeners(0);
  #received = Buffer.alloc(0);
  #over = false;

  constructor(socket: Socket) {
    this.#socket = socket;
    this.ended = new Promise((resolve) => {
      const end = (how: 'fin' | 'rst'): void => {
        this.#over = true;
        resolve(how);
        this.#changes.emit('change');
      };
      socket.on('end', () => end('fin')).on('error', () => end('rst'));
    });
    socket.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#changes.emit('change');
    });
  }

  /** Our own `ip:port`, by which the agent's log calls this connection. */
  get localAddress(): string {
    return `${this.#socket.localAddress}:${this.#socket.localPort}`;
  }

  /** Writes the values in one go. A bigint travels as a 64-bit integer, a number above 2^32 as float64. */
  send(...values: unknown[]): void {
    this.sendBytes(Buffer.concat(values.map((value) => encode(value, { useBigInt64: true }))));
  }

  sendBytes(bytes: Uint8Array): void {
    this.#socket.write(bytes);
  }

  /** All bytes received since the start (or since `forget`). */
  bytes(): Uint8Array {
    return Uint8Array.from(this.#received);
  }

  /** The complete values among the bytes. */
  values(): unknown[] {
    const values: unknown[] = [];
    try {
      for (const value of decodeMulti(this.#received, { useBigInt64: true })) values.push(value);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error; // a RangeError: the last value is not complete yet
    }
    return values;
  }

  forget(): void {
    this.#received = Buffer.alloc(0);
  }

  /** Resolves once `predicate` holds; rejects when the connection ends first or the time is over. */
  async waitFor(predicate: (connection: this) => boolean, within = 10_000): Promise<void> {
    const signal = AbortSignal.timeout(within);
    while (!predicate(this)) {
      if (this.#over) throw new Error(`connection ended; received: ${this.#received.toString('latin1')}`);
      await once(this.#changes, 'change', { signal }).catch((cause: unknown) => {
        throw new Error(`not within ${within} ms; received: ${this.#received.toString('latin1')}`, { cause });
      });
    }
  }

  /** Reads nothing any more. */
  pause(): void {
    this.#socket.pause();
  }

  close(): void {
    this.#socket.destroy();
  }
}

/** Connects and sends nothing. */
export async function rawConnection({ rpc }: RawTarget): Promise<RawConnection> {
  const socket = connect(rpc.port, rpc.host);
  await once(socket, 'connect');
  return new RawConnection(socket);
}
