import { connect as connectTcp, isIP, type Socket as NodeSocket } from 'node:net';
import { concatMap, defer, Observable, throwError, timeout } from 'rxjs';
import type { SocksClient } from 'socks';
import { monotonicScheduler } from '../clock.ts';
import { ConnectError, InvalidArgumentError, SocksError, type SocksReply } from '../errors.ts';
import { checkTarget, proxyAddress, type SocksCredentials, type SocksProxy } from './socks-options.ts';

/** The library's words for what proxies of SOCKS 5 and 4 reply; it tells no numbers. */
const REPLIES: ReadonlyMap<string, SocksReply> = new Map([
  ['Failure', 'failure'],
  ['NotAllowed', 'not-allowed'],
  ['NetworkUnreachable', 'network-unreachable'],
  ['HostUnreachable', 'host-unreachable'],
  ['ConnectionRefused', 'connection-refused'],
  ['TTLExpired', 'ttl-expired'],
  ['CommandNotSupported', 'command-not-supported'],
  ['AddressNotSupported', 'address-type-not-supported'],
  ['Failed', 'failure'],
  ['Rejected', 'identity'],
  ['RejectedIdent', 'identity'],
]);

/**
 * A connection to `host:port` through a proxy. Emits it once the proxy has connected, paused, with nothing read beyond the
 * handshake; unsubscribing before that closes it. Errors with `SocksError`, `ConnectError` (`connect-timeout`), or Node's
 * error where the proxy cannot be reached.
 */
export function socksTunnel(proxy: SocksProxy, host: string, port: number): Observable<NodeSocket> {
  const address = proxyAddress(proxy);
  const late = () =>
    new ConnectError('connect-timeout', `the proxy ${address} did not connect within ${proxy.timeout} ms`, {
      address,
    });
  return defer(() => {
    const kind = isIP(host) as 0 | 4 | 6;
    checkTarget(proxy, host, kind);
    if (kind === 6 && host.includes('%'))
      throw new InvalidArgumentError(
        'invalid-argument',
        'a proxy has zones of its own: leave out what is behind the %',
      );
    // On demand: who connects directly need not load it.
    return import('socks');
  }).pipe(
    concatMap(({ SocksClient }) => handshake(proxy, host, port, SocksClient)),
    timeout({ first: proxy.timeout, scheduler: monotonicScheduler, with: () => throwError(late) }),
  );
}

function handshake(
  proxy: SocksProxy,
  host: string,
  port: number,
  Client: typeof SocksClient,
): Observable<NodeSocket> {
  return new Observable((subscriber) => {
    const socket = connectTcp({ host: proxy.host, port: proxy.port });
    let first: number | undefined;
    let established = false;
    // It stays: an error that comes late is nobody's, but has to have a listener.
    socket.on('error', (error) => subscriber.error(error));
    socket.once('connect', () => {
      socket.once('data', ([byte]: Uint8Array) => {
        first = byte;
      });
      const client = new Client({
        command: 'connect',
        proxy: {
          host: proxy.host,
          port: proxy.port,
          type: proxy.protocol === 'socks5' ? 5 : 4,
          ...credentials(proxy),
        },
        destination: { host, port },
        existing_socket: socket,
        // Ours comes first; this one is only what the library is kept in memory for.
        timeout: proxy.timeout + 1_000,
      });
      client.on('error', ({ message }) => subscriber.error(refusal(proxy, message, first)));
      client.once('established', () => {
        // The library takes a SOCKS 4 reply of any version for one.
        if (proxy.protocol !== 'socks5' && first !== 0) subscriber.error(refusal(proxy, '', first));
        else {
          established = true;
          subscriber.next(socket);
          subscriber.complete();
        }
      });
      client.connect(socket);
    });
    return () => {
      if (!established) socket.destroy();
    };
  });
}

function credentials({ auth }: SocksProxy): { userId?: string; password?: string } {
  if (auth === undefined) return {};
  const { username, password }: SocksCredentials =
    auth === 'random' ? { username: random(), password: random() } : auth;
  return { userId: username, ...(password !== undefined && { password }) };
}

function random(): string {
  // Loaded when a proxy is used: it takes 4 ms of every run of the command.
  return process.getBuiltinModule('node:crypto').randomBytes(16).toString('hex');
}

/**
 * What a handshake failed of. The library's own error holds the credentials, so all that is taken of it is its text.
 *
 * @param first the first byte of the proxy's, by which it tells what it speaks
 */
function refusal(proxy: SocksProxy, text: string, first: number | undefined): SocksError {
  const address = proxyAddress(proxy);
  const error = (code: 'socks-protocol' | 'socks-refused' | 'socks-auth', what: string, reply?: SocksReply) =>
    new SocksError(code, `the proxy ${address} ${what}`, { address, reply });
  if (first === undefined) return error('socks-protocol', 'closed the connection without an answer');
  if (first !== (proxy.protocol === 'socks5' ? 5 : 0))
    return error('socks-protocol', `is no ${proxy.protocol} proxy: its answer begins with byte ${first}`);
  if (text.startsWith('Socks5 Authentication failed'))
    return error('socks-auth', 'does not accept this user and password');
  if (text.includes('no accepted authentication type'))
    return error('socks-auth', proxy.auth ? 'takes no user and password' : 'wants a user and a password');
  const [, word] = /rejected connection - \(?(\w+)\)?$/i.exec(text) ?? [];
  if (word !== undefined) {
    const reply = REPLIES.get(word) ?? 'failure';
    return error('socks-refused', `would not connect: ${reply}`, reply);
  }
  return error('socks-protocol', 'broke off the handshake');
}
