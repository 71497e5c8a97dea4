import type { NetConnectOpts, Socket as NodeSocket, OnReadOpts } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import type { Address } from '../address.ts';
import { InvalidArgumentError } from '../errors.ts';
import { connectionOver } from './duplex.ts';
import { type SocketFromOptions, SocketSubject } from './socket.ts';
import type { TlsOptions } from './tls-options.ts';

/** Where a TCP socket leads, and how it is read. */
export interface TcpOptions {
  readonly host: string;
  readonly port: number;
  /** Inside TLS, with the options of Node's `tls.connect` or just the defaults. @defaultValue false */
  readonly tls?: boolean | TlsOptions;
  /**
   * Whether it reads into one buffer of 256 KiB again and again, in place of a new one for each chunk, which takes longer to make than to
   * fill. So each chunk is overwritten by the next, and its buffer is not to be transferred: for who copies what it keeps, as the clients
   * do whose sockets `connect` makes. The buffer is kept as long as the connection. While it is paused, the end of the connection is not
   * told; and where it is paused before it is up, one chunk is emitted. @defaultValue false
   */
  readonly reuseBuffer?: boolean;
}

/**
 * A TCP connection as a Subject of bytes: subscribe connects, `next` sends, unsubscribe closes. What is sent in one
 * tick goes out in one write, of 64 KiB at most unless a single piece is larger; bytes that were given to it are not to be
 * written to. Errors are Node's own.
 *
 * @throws `InvalidArgumentError` for an address that asks for TLS (`serfs://`) without the option `tls`, and for a second
 * argument: it would go out in plain text
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { tcpSocket } from 'rxserf/socket';
 *
 * // What connect('serfs://10.0.0.1:7373', { tls: { ca } }) does by itself.
 * const ca = '-----BEGIN CERTIFICATE-----…';
 * connect('serfs://10.0.0.1:7373', { socket: ({ host, port }) => tcpSocket({ host, port, tls: { ca } }) });
 * ```
 */
export function tcpSocket(options: TcpOptions): SocketSubject;
export function tcpSocket(options: TcpOptions, ...others: readonly unknown[]): SocketSubject {
  const { host, port, tls = false, reuseBuffer = false } = options;
  if (others.length > 0)
    throw new InvalidArgumentError('invalid-argument', 'tcpSocket takes one argument: { host, port, tls }');
  if (!tls && (options as Partial<Address>).scheme === 'tls')
    throw new InvalidArgumentError(
      'invalid-argument',
      `tcpSocket: ${options} asks for TLS: give { host, port, tls: true }, or the options of TLS`,
    );
  return socketOver(
    { allowHalfOpen: true, tellsOpened: true },
    reuseBuffer,
    (into) =>
      tls
        ? process.getBuiltinModule('node:tls').connect({
            ...servername(host),
            ...(tls === true ? {} : (tls as ConnectionOptions)),
            host,
            port,
            ...into,
          })
        : connectTcp({ host, port, ...into }),
    tls ? 'secureConnect' : 'connect',
  );
}

/**
 * A Unix domain socket as a Subject of bytes, as {@link tcpSocket} is one: whoever may write to the file may connect.
 *
 * @param path the file
 * @param options how it is read: `reuseBuffer`, as {@link TcpOptions} has it
 */
export function unixSocket(
  path: string,
  { reuseBuffer = false }: Pick<TcpOptions, 'reuseBuffer'> = {},
): SocketSubject {
  return socketOver({ allowHalfOpen: true }, reuseBuffer, (into) => connectTcp({ path, ...into }));
}

/** What is read at a time, in bytes: four times what Node would, and as much as pays. */
const CHUNK = 262_144;

function socketOver(
  options: SocketFromOptions,
  reuseBuffer: boolean,
  connect: (into?: { readonly onread: OnReadOpts }) => NodeSocket,
  up?: 'connect' | 'secureConnect',
): SocketSubject {
  return new SocketSubject((incoming, halfOpen) => {
    // Past Node's stream, which is only told of the end.
    const callback = (length: number, buffer: Uint8Array) => {
      incoming.next(buffer.subarray(0, length));
      return !socket.isPaused();
    };
    const socket = connect(reuseBuffer ? { onread: { buffer: new Uint8Array(CHUNK), callback } } : undefined);
    return connectionOver(socket, incoming, halfOpen, up);
  }, options);
}

/** Node's `net` and `tls` are loaded by the first connection: for one without, they would be a fifth and a quarter of what importing takes. */
function connectTcp(options: NetConnectOpts): NodeSocket {
  return process.getBuiltinModule('node:net').connect(options);
}

/** The name the server is told (SNI); an IP address is none (RFC 6066), Node warns of it. */
export function servername(host: string): { readonly servername?: string } {
  return process.getBuiltinModule('node:net').isIP(host) === 0 ? { servername: host } : {};
}
