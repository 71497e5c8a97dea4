import { NEVER, type Observable } from 'rxjs';
import type { Address, PageOrigin, Scheme } from '../address.ts';
import type { AgentSupport } from '../agent-support.ts';
import { countDrops } from '../client/agent/agent-drops.ts';
import { TextWireLog } from '../client/agent/wire-log.ts';
import { InvalidArgumentError } from '../errors.ts';
import { ShapedReader } from '../protocol/shaped-reader.ts';
import { webSocketSocket } from '../socket/node-websocket.ts';
import { PeerGuess } from '../socket/peer-guess.ts';
import { resolveHost } from '../socket/resolve-host.ts';
import { resolveName } from '../socket/resolved-name.ts';
import { withSecureContext } from '../socket/secure-context.ts';
import type { Socket, SocketFactory } from '../socket/socket.ts';
import { tcpSocket, unixSocket } from '../socket/tcp.ts';
import type { TlsOptions } from '../socket/tls-options.ts';
import type { TextSocketOptions } from './text-socket.ts';

/** The schemes that there is a socket for on Node. */
export const schemes: readonly Scheme[] = ['tcp', 'tls', 'unix', 'ws', 'wss'];

/** What to do with another scheme. */
export const INSTEAD = 'give a socket of your own as the option socket';

/** Where to connect to where nobody says: as the `serf` command has it. */
export function defaultAddress(): string {
  return environment('SERF_RPC_ADDR') || '127.0.0.1:7373';
}

/**
 * Makes the sockets to addresses with one of the {@link schemes}; names of agents are resolved before.
 *
 * @throws `InvalidArgumentError` for TLS options that cannot be used
 */
export function platformSocket(tls?: TlsOptions): SocketFactory {
  const secure = tls && withSecureContext(tls);
  // What a client makes of what it reads are copies.
  const reuseBuffer = true;
  const open = (address: Address): Socket => {
    const { scheme, host, port, path, servername } = address;
    if (address.peer === 'gateway') return webSocketSocket(address.toString(), secure ? { tls: secure } : {});
    if (scheme === 'unix') return unixSocket(path, { reuseBuffer });
    return tcpSocket({
      host,
      port,
      reuseBuffer,
      tls: scheme === 'tls' && { ...(servername && { servername }), ...secure },
    });
  };
  return Object.assign(open, { resolve: resolveHost });
}

/** What agents ask of a client. */
export const agentSupport: AgentSupport = {
  resolveName,
  guessPeer: (address) => new PeerGuess(address),
  countDrops,
  newReader: () => new ShapedReader(),
  wireLog: (address) => {
    const wanted = environment('RXSERF_DEBUG') ?? '';
    if (['', '0', 'false'].includes(wanted)) return undefined;
    const shown = wanted === 'payloads' ? 'all' : 'no-payloads';
    return new TextWireLog(address, shown, (line) => void process.stderr.write(`${line}\n`));
  },
};

/**
 * Options of TLS that would not be used are a mistake, and what follows from it may be plain text.
 *
 * @param socket the socket that was given to make connections with
 * @throws `InvalidArgumentError`
 */
export function checkTls(addresses: readonly Address[], socket: SocketFactory | undefined): void {
  if (socket)
    throw new InvalidArgumentError(
      'invalid-argument',
      'the option tls is of no use with socket: give it to that',
    );
  const plain = addresses.find(({ scheme }) => scheme !== 'tls' && scheme !== 'wss');
  if (!plain) return;
  const instead = plain.peer === 'gateway' ? 'wss://' : 'serfs://';
  const problem = `the option tls is given, and ${plain} would be spoken to in plain text: write ${instead} in front of it`;
  throw new InvalidArgumentError('invalid-address', problem);
}

/** A variable of the process's environment. */
export function environment(name: string): string | undefined {
  return process.env[name];
}

/** There is no page. */
export function pageOrigin(): PageOrigin | undefined {
  return undefined;
}

/** Node is not told when the network is back. */
export const wake$: Observable<unknown> = NEVER;

/** A WebSocket of texts. */
export function platformTextSocket(
  url: URL,
  { tls, headers, webSocket, frameBytes }: TextSocketOptions,
): Socket<string> {
  return webSocketSocket(url, {
    frames: 'text',
    frameBytes,
    ...(tls && { tls }),
    ...(headers && { headers }),
    ...(webSocket && { webSocket }),
  });
}
