import { isIP, type Socket as NodeSocket } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
import { catchError, concatMap, defer, type Observable, throwError } from 'rxjs';
import type { Address } from '../address.ts';
import { InvalidArgumentError, SocksError } from '../errors.ts';
import { connectionOver } from './duplex.ts';
import { resolveHost } from './resolve-host.ts';
import { type Connection, type Incoming, type SocketFactory, SocketSubject } from './socket.ts';
import { type SocksOptions, type SocksProxy, socksProxy } from './socks-options.ts';
import { socksTunnel } from './socks-tunnel.ts';
import { servername } from './tcp.ts';

/**
 * Sockets through a SOCKS proxy, for `connect` and whatever else takes a factory. A `tls:` address has TLS with the target,
 * inside the tunnel. Nothing connects before the socket is subscribed to; unsubscribing ends the attempt in any state.
 *
 * Names are looked up by the proxy, and then by nobody here. SOCKS 5 is to be preferred: a SOCKS 4 proxy that does not know 4a
 * takes the name's place-holder, 0.0.0.1, for the target, and connects to whatever is there.
 *
 * The socket errors with `SocksError` (`socks-protocol`, `socks-refused`, `socks-auth`), with `ConnectError`
 * (`connect-timeout`), with Node's error where the proxy itself cannot be reached, and with `InvalidArgumentError` for a target
 * that the proxy cannot be told. No error has user or password.
 *
 * @param proxy `socks5://user:password@host:port`, `socks4a://…` or `socks4://…`, or options
 * @throws `InvalidArgumentError` (`invalid-argument`) at the call for options that cannot be
 * @example
 * ```ts
 * import { connect } from 'rxserf';
 * import { socksSocket } from 'rxserf/socket';
 *
 * connect('agent.internal:7373', { socket: socksSocket('socks5://alice:s3cret@127.0.0.1:1080') });
 * // Tor: another circuit for each connection.
 * connect('abcdef.onion:7373', { socket: socksSocket({ proxy: 'socks5://127.0.0.1:9050', auth: 'random' }) });
 * ```
 */
export function socksSocket(proxy: string | SocksOptions): SocketFactory {
  const settings = socksProxy(typeof proxy === 'string' ? { proxy } : proxy);
  const open = (address: Address) => socketThrough(settings, address);
  // A client that knows all addresses of a name fails over between them.
  return settings.resolve === 'local' ? Object.assign(open, { resolve: resolveHost }) : open;
}

function socketThrough(proxy: SocksProxy, address: Address): SocketSubject {
  if (address.peer !== 'agent' || address.scheme === 'unix') {
    const message = `a proxy leads to TCP and TLS addresses, not to ${address.scheme}:`;
    throw new InvalidArgumentError('invalid-address', message);
  }
  if (proxy.tls && address.scheme !== 'tls') {
    const message = `the option tls is given, and ${address} would be spoken to in plain text: write serfs:// in front of it`;
    throw new InvalidArgumentError('invalid-argument', message);
  }
  return new SocketSubject(
    (incoming, halfOpen) => {
      const wrap = (socket: NodeSocket) => connectionIn(socket, proxy, address, incoming, halfOpen);
      return connectionLater(tunnelTo(proxy, address), wrap, incoming);
    },
    { allowHalfOpen: true, tellsOpened: true },
  );
}

/** A tunnel to the address, or to the first of the addresses of its name that the proxy connects to. */
function tunnelTo(proxy: SocksProxy, address: Address): Observable<NodeSocket> {
  const { host, port } = address;
  if (proxy.resolve === 'proxy' || isIP(host) !== 0) return socksTunnel(proxy, host, port);
  return resolveHost(address).pipe(concatMap((places) => firstOf(proxy, places)));
}

function firstOf(proxy: SocksProxy, [place, ...others]: readonly Address[]): Observable<NodeSocket> {
  if (!place) return throwError(() => new SocksError('socks-refused', 'the name has no address'));
  const tunnel$ = defer(() => socksTunnel(proxy, place.host, place.port));
  if (others.length === 0) return tunnel$;
  return tunnel$.pipe(
    catchError((error) => {
      const elsewhere = error instanceof SocksError && error.code === 'socks-refused';
      return elsewhere || error instanceof InvalidArgumentError
        ? firstOf(proxy, others)
        : throwError(() => error);
    }),
  );
}

/** What the tunnel carries: bytes, or TLS with the target. */
function connectionIn(
  socket: NodeSocket,
  { tls }: SocksProxy,
  address: Address,
  incoming: Incoming<Uint8Array>,
  halfOpen: boolean,
): Connection {
  if (address.scheme !== 'tls') return connectionOver(socket, incoming, halfOpen);
  const inside = process.getBuiltinModule('node:tls').connect({
    ...servername(address.servername ?? address.host),
    ...(tls as ConnectionOptions),
    socket,
  });
  return connectionOver(inside, incoming, halfOpen, 'secureConnect');
}

/** A connection that there will be; what is written before waits for it. */
function connectionLater(
  socket$: Observable<NodeSocket>,
  wrap: (socket: NodeSocket) => Connection,
  incoming: Incoming<Uint8Array>,
): Connection {
  let connection: Connection | undefined;
  let early: Uint8Array[] = [];
  let ending = false;
  const attempt = socket$.subscribe({
    next: (socket) => {
      connection = wrap(socket);
      for (const bytes of early) connection.write(bytes);
      early = [];
      if (ending) connection.end();
    },
    error: (error) => incoming.error(error),
  });
  return {
    write: (bytes) => {
      if (connection) connection.write(bytes);
      else if (!ending) early.push(bytes);
    },
    end: () => {
      ending = true;
      connection?.end();
    },
    destroy: () => {
      attempt.unsubscribe();
      connection?.destroy();
    },
    bufferedAmount: () =>
      connection?.bufferedAmount?.() ?? early.reduce((sum, { length }) => sum + length, 0),
  };
}
