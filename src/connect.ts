import {
  agentSupport,
  checkTls,
  defaultAddress,
  environment,
  INSTEAD,
  pageOrigin,
  platformSocket,
  schemes,
  wake$,
} from '#platform';
import { type Address, parseAddresses } from './address.ts';
import { SerfClient } from './client/serf-client.ts';
import type { Codec } from './codec.ts';
import { InvalidArgumentError } from './errors.ts';
import { type ConnectOptions, withDefaults } from './options.ts';

/**
 * A client of the Serf agent, or of the gateway in front of one, at `address`. Nothing connects before the first subscription; call `close()` (or use
 * `await using`) when done, as an open connection keeps a process alive.
 *
 * @param address `host:port`, `serf://host:port?AuthKey=…`, `unix:/path`, `wss://host/path` (a gateway; the path is `/serf`
 *   unless given), in a page `/path` (the gateway at the page's own origin); a comma list or an array of them, tried in
 *   order. Without one, `SERF_RPC_ADDR` and `SERF_RPC_AUTH` where there is an environment, else `127.0.0.1:7373`, and in a
 *   page `/serf`. An address without a key uses `options.authKey`, or else the first key in the list; `?AuthKey=` says "none".
 * @throws `InvalidArgumentError` for an address that cannot be read or that there is no socket for, and for options
 *   out of range
 * @example
 * ```ts
 * import { connect, utf8 } from 'rxserf';
 *
 * const client = connect('127.0.0.1:7373', { codec: utf8() });
 * client.stream('user:deploy').subscribe((deploy) => console.log(deploy.name, deploy.payload));
 * client.event('deploy', 'v42').subscribe();
 * ```
 */
export function connect<P>(
  address: string | readonly string[] | undefined,
  options: ConnectOptions<P> & { readonly codec: Codec<P> },
): SerfClient<P>;
export function connect(address?: string | readonly string[], options?: ConnectOptions): SerfClient;
export function connect<P>(
  address?: string | readonly string[],
  options: ConnectOptions<P> = {},
): SerfClient<P> {
  if (typeof options !== 'object' || options === null)
    throw new InvalidArgumentError('invalid-argument', 'connect: the options should be an object');
  const fromEnvironment = address === undefined ? environment('SERF_RPC_AUTH') : undefined;
  const authKey = options.authKey ?? fromEnvironment;
  const addresses = parseAddresses(address === undefined ? defaultAddress() : address, pageOrigin());
  if (!options.socket) for (const { scheme } of addresses) checkScheme(scheme);
  if (options.tls !== undefined) checkTls(addresses, options.socket);
  const given = { ...options, ...(authKey && { authKey }) };
  const socket = options.socket ?? platformSocket(options.tls);
  return new SerfClient(addresses, withDefaults(given, { ...agentSupport, socket, wake$ }));
}

function checkScheme(scheme: Address['scheme']): void {
  if (schemes.includes(scheme)) return;
  throw new InvalidArgumentError('invalid-address', `there is no socket for ${scheme}:// here: ${INSTEAD}`);
}
