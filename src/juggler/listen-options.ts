import type { ObservableInput } from 'rxjs';
import { InvalidArgumentError } from '../errors.ts';
import { parseOrigin } from '../http/origin.ts';
import { atLeast, duration } from '../options.ts';
import type { TlsOptions } from '../socket/tls-options.ts';
import { type JugglerOptions, type JugglerSettings, OF_A_CLIENT, withDefaults } from './options.ts';

/** The request that a WebSocket begins with, as Node has it. */
export interface UpgradeRequest {
  readonly url?: string | undefined;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  readonly socket: { readonly remoteAddress?: string | undefined };
}

/** Options of `jugglerListen`; those of a connection are for each of its connections. Times are in ms. */
export interface JugglerListenOptions extends JugglerOptions {
  /** The address to listen at. @defaultValue '127.0.0.1': nobody else's machine can connect */
  readonly host?: string;
  /** The port; 0: any that is free, and `listening` tells which. @defaultValue 8080 */
  readonly port?: number;
  /** Where the WebSocket is; it wins over files. @defaultValue '/ws' */
  readonly path?: string;
  /** A folder whose files are served; nothing outside of it is, also where a link leads there. @defaultValue none */
  readonly staticDir?: string;
  /** Where `/` is redirected to; `null`: it is not. @defaultValue '/index.html' */
  readonly indexPath?: string | null;
  /** Serves https and wss: certificate and key, as Node's `tls.createServer` takes them. @defaultValue http and ws */
  readonly tls?: TlsOptions;
  /** The same from one PEM file, with the key and the chain. */
  readonly pem?: string;
  /**
   * Further names that the server is asked for by (`Host`), besides localhost, `host`, and the address that was connected to.
   * Others are refused with 421: a page whose own name leads here (DNS rebinding) has no other mark. @defaultValue none
   */
  readonly hosts?: readonly string[];
  /**
   * Further origins whose pages may connect, such as `https://gui.example.org`, or who decides; pages that come from this server
   * may. A client that is no page has no origin, and is let in. @defaultValue none
   */
  readonly origins?: readonly string[] | ((origin: string) => boolean);
  /** Asked last whether to accept a connection, by a cookie or a key in its request, say. What it throws is a no. @defaultValue yes */
  readonly admit?: (request: UpgradeRequest) => boolean | ObservableInput<boolean>;
  /** The most connections at a time; one more is refused with 503. @defaultValue 1,000 */
  readonly maxPeers?: number;
  /**
   * The most of them from one address (of IPv6, one /64), so that one does not take them all; refused likewise. Behind a proxy everybody has its
   * address: then it is `maxPeers`. @defaultValue 100
   */
  readonly maxPeersPerAddress?: number;
  /** How often a connection is asked for a sign of life (by a WebSocket ping, which every peer answers), in ms; 0: never. @defaultValue 25,000 */
  readonly heartbeat?: number;
  /** How long connections may take to close when the server ends, in ms. @defaultValue 100 */
  readonly shutdownTimeout?: number;
}

/** {@link JugglerListenOptions} with the defaults in their places. */
export interface ListenSettings {
  readonly connection: JugglerSettings;
  readonly host: string;
  readonly port: number;
  readonly path: string;
  readonly staticDir: string | undefined;
  readonly indexPath: string | null;
  readonly tls: TlsOptions | undefined;
  readonly pem: string | undefined;
  readonly hosts: readonly string[];
  readonly origins: ReadonlySet<string> | ((origin: string) => boolean);
  readonly admit: (request: UpgradeRequest) => boolean | ObservableInput<boolean>;
  readonly maxPeers: number;
  readonly maxPeersPerAddress: number;
  readonly heartbeat: number;
  readonly shutdownTimeout: number;
}

/**
 * Adds the defaults.
 *
 * @throws `InvalidArgumentError` for what cannot be
 */
export function listenSettings(options: JugglerListenOptions): ListenSettings {
  const connection = withDefaults(options, OF_A_CLIENT);
  const { port = 8080, path = '/ws', indexPath = '/index.html', tls, pem, origins = [] } = options;
  if (!Number.isInteger(port) || port < 0 || port > 65_535)
    throw invalid(`port should be 0 to 65535, not ${String(port)}`);
  for (const [name, value] of [
    ['path', path],
    ['indexPath', indexPath ?? '/'],
  ] as const)
    if (!/^\/[^?#\s]*$/.test(value)) throw invalid(`${name} should begin with / and have no query`);
  if (tls && pem !== undefined) throw invalid('give tls or pem, not both');
  return {
    connection,
    host: options.host ?? '127.0.0.1',
    port,
    path,
    staticDir: options.staticDir,
    indexPath,
    tls,
    pem,
    hosts: options.hosts ?? [],
    origins: typeof origins === 'function' ? origins : new Set(origins.map(originOf)),
    admit: options.admit ?? (() => true),
    maxPeers: atLeast('maxPeers', 1, options.maxPeers ?? 1_000),
    maxPeersPerAddress: atLeast('maxPeersPerAddress', 1, options.maxPeersPerAddress ?? 100),
    heartbeat: duration('heartbeat', options.heartbeat ?? 25_000),
    shutdownTimeout: duration('shutdownTimeout', options.shutdownTimeout ?? 100),
  };
}

function originOf(text: string): string {
  const origin = parseOrigin(text);
  if (origin === undefined)
    throw invalid(`origins: ${JSON.stringify(text)} is no origin such as https://example.org`);
  return origin;
}

function invalid(message: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', `jugglerListen: ${message}`);
}
