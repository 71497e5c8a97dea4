import { isIPv6 } from 'node:net';
import { InvalidArgumentError } from '../errors.ts';
import { duration } from '../options.ts';
import type { TlsOptions } from './tls-options.ts';

/** Which SOCKS: 5 takes names and IPv6, 4a names, 4 none of both. */
export type SocksProtocol = 'socks5' | 'socks4a' | 'socks4';

/** User and password for a proxy, 1 to 255 bytes each; SOCKS 4 knows a user only. */
export interface SocksCredentials {
  readonly username: string;
  readonly password?: string;
}

/** Options of `socksSocket`. */
export interface SocksOptions {
  /** The proxy: `socks5://user:password@host:port`, `socks4a://…`, `socks4://…`; without a port 1080. Credentials are percent-decoded. */
  readonly proxy: string;
  /**
   * Credentials instead of those in `proxy`; `'random'`: other ones for each connection, so that Tor takes another circuit for
   * each. @defaultValue those in `proxy`, if any
   */
  readonly auth?: SocksCredentials | 'random';
  /**
   * Who looks names up: the proxy, and then nothing here asks anybody for them, or this machine, whose addresses are tried one
   * after the other. SOCKS 4 needs `'local'`. @defaultValue 'proxy'
   */
  readonly resolve?: 'proxy' | 'local';
  /**
   * How TLS is spoken with the target, inside the tunnel. With it, only `tls:` addresses are connected to: nothing that was meant
   * to be secret goes out in plain text. @defaultValue Node's, for `tls:` addresses
   */
  readonly tls?: TlsOptions;
  /** How long the proxy may take to be reached and to connect, for each address, in ms. @defaultValue 30,000 */
  readonly timeout?: number;
}

/** A proxy, checked. */
export interface SocksProxy {
  readonly protocol: SocksProtocol;
  readonly host: string;
  readonly port: number;
  readonly auth: SocksCredentials | 'random' | undefined;
  readonly resolve: 'proxy' | 'local';
  readonly tls: TlsOptions | undefined;
  readonly timeout: number;
}

/** What the wire has a byte of length for. */
const MOST = 255;
const DEFAULT_PORT = 1080;

/** @throws InvalidArgumentError, whose text has nothing of the credentials */
export function socksProxy(options: SocksOptions): SocksProxy {
  const { protocol, host, port, credentials } = parseProxy(options.proxy);
  const { auth = credentials, resolve = 'proxy', tls, timeout = 30_000 } = options;
  if (resolve !== 'proxy' && resolve !== 'local')
    throw invalid(`resolve should be 'proxy' or 'local', not ${String(resolve)}`);
  if (auth !== undefined && auth !== 'random') checkCredentials(protocol, auth);
  return { protocol, host, port, auth, resolve, tls, timeout: duration('timeout', timeout) };
}

/** `host:port` of a proxy, for errors. */
export function proxyAddress({ host, port }: { readonly host: string; readonly port: number }): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`;
}

function parseProxy(text: string) {
  const form =
    "write a proxy as socks5://host:port, with 'user:password@' in front of the host if it wants that";
  if (typeof text !== 'string') throw invalid(form);
  const match = /^(socks5h?|socks4a|socks4|socks):\/\/(?:([^/?#]*)@)?([^/?#@]+)\/?$/i.exec(text);
  if (!match) throw invalid(form);
  const [, scheme = '', userinfo, authority = ''] = match;
  const place = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::(\d{1,5}))?$/i.exec(authority);
  if (!place) throw invalid(form);
  const [, ipv6, name, portText] = place;
  const port = portText === undefined ? DEFAULT_PORT : Number(portText);
  if ((ipv6 !== undefined && !isIPv6(ipv6)) || port < 1 || port > 65_535) throw invalid(form);
  return {
    protocol: protocolOf(scheme.toLowerCase()),
    host: ipv6 ?? (name as string),
    port,
    credentials: userinfo === undefined ? undefined : credentialsOf(userinfo),
  };
}

/** `socks5h` is what others call SOCKS 5 whose proxy looks names up. */
function protocolOf(scheme: string): SocksProtocol {
  return scheme === 'socks4' || scheme === 'socks4a' ? scheme : 'socks5';
}

function credentialsOf(userinfo: string): SocksCredentials {
  const colon = userinfo.indexOf(':');
  try {
    if (colon < 0) return { username: decodeURIComponent(userinfo) };
    return {
      username: decodeURIComponent(userinfo.slice(0, colon)),
      password: decodeURIComponent(userinfo.slice(colon + 1)),
    };
  } catch {
    throw invalid('the credentials of the proxy are not valid percent-encoding: write % as %25');
  }
}

function checkCredentials(protocol: SocksProtocol, { username, password }: SocksCredentials): void {
  const fits = (text: unknown) => {
    const bytes = typeof text === 'string' ? new TextEncoder().encode(text).length : 0;
    return bytes >= 1 && bytes <= MOST;
  };
  if (!fits(username)) throw invalid(`the user of a proxy should have 1 to ${MOST} bytes`);
  if (protocol === 'socks5') {
    if (!fits(password)) throw invalid(`the password for a proxy should have 1 to ${MOST} bytes`);
  } else {
    if (password !== undefined) throw invalid('SOCKS 4 has no passwords: leave it out');
    // It would end there, and the rest would be read as something else.
    if (username.includes('\0')) throw invalid('the user of a SOCKS 4 proxy cannot have a NUL');
  }
}

/** @throws InvalidArgumentError for a host that this proxy cannot be told */
export function checkTarget({ protocol, resolve }: SocksProxy, host: string, kind: 0 | 4 | 6): void {
  if (kind === 6 && protocol !== 'socks5')
    throw invalid('SOCKS 4 cannot connect to IPv6 addresses: use socks5');
  if (kind !== 0) return;
  if (protocol === 'socks4' && resolve === 'proxy')
    throw invalid("SOCKS 4 cannot look names up: use socks5 or socks4a, or resolve: 'local'");
  if (new TextEncoder().encode(host).length > MOST || host.includes('\0'))
    throw invalid(`a proxy can be told names of ${MOST} bytes at most, without a NUL`);
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', message);
}
