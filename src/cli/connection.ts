import { readFileSync } from 'node:fs';
import { type Command, Option } from 'commander';
import { catchError, concat, defer, finalize, ignoreElements, type Observable, of, takeLast } from 'rxjs';
import type { SerfClient } from '../client/serf-client.ts';
import { utf8 } from '../codec.ts';
import { connect } from '../connect.ts';
import { ConnectError, InvalidArgumentError } from '../errors.ts';
import type { ConnectOptions } from '../options.ts';
import { socksSocket } from '../socket/socks-socket.ts';

export type Client = SerfClient<string | undefined>;

/** What every command that talks to an agent takes. */
export interface RpcOptions {
  readonly rpcAddr?: string;
  readonly rpcAuth?: string;
  /** Names of files. */
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly proxy?: string;
}

export function withRpcOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--rpc-addr <address>',
        'RPC address of the agent, or several with commas (default: 127.0.0.1:7373)',
      ).env('SERF_RPC_ADDR'),
    )
    .addOption(new Option('--rpc-auth <key>', 'RPC auth key of the agent').env('SERF_RPC_AUTH'))
    .addOption(
      // Not with `env`: the help would show the value, which may have a password.
      new Option(
        '--proxy <url>',
        'SOCKS proxy to the agent, as socks5://user:password@host:port (env: SERF_RPC_PROXY)',
      ),
    )
    .option('--tls-ca <file>', 'authorities to trust at a serfs:// address, PEM')
    .option('--tls-cert <file>', 'certificate to show there, PEM')
    .option('--tls-key <file>', 'its key, PEM');
}

/** A client as the options say; an empty variable is none. */
export function clientOf(options: RpcOptions): Client {
  return connect(options.rpcAddr || undefined, { codec: utf8(), ...accessOf(options) });
}

/** How we get to the agent, and how it lets us in. */
export function accessOf(options: RpcOptions): Pick<ConnectOptions, 'authKey' | 'socket' | 'tls'> {
  const { rpcAuth, proxy = process.env['SERF_RPC_PROXY'] } = options;
  const tls = tlsOf(options);
  return {
    ...(rpcAuth && { authKey: rpcAuth }),
    ...(proxy ? { socket: socksSocket({ proxy, ...(tls && { tls }) }) } : tls && { tls }),
  };
}

function tlsOf({ tlsCa, tlsCert, tlsKey }: RpcOptions): ConnectOptions['tls'] {
  if (tlsCa === undefined && tlsCert === undefined && tlsKey === undefined) return undefined;
  return {
    ...(tlsCa !== undefined && { ca: contentOf('--tls-ca', tlsCa) }),
    ...(tlsCert !== undefined && { cert: contentOf('--tls-cert', tlsCert) }),
    ...(tlsKey !== undefined && { key: contentOf('--tls-key', tlsKey) }),
  };
}

function contentOf(option: string, file: string): Uint8Array {
  try {
    return readFileSync(file);
  } catch (cause) {
    const { message } = cause as Error;
    throw new InvalidArgumentError('invalid-argument', `${option}: ${message}`, { cause });
  }
}

/** Work with a client that is closed when the work has ended, however it ends. */
export function withClient<T>(options: RpcOptions, work: (client: Client) => Observable<T>): Observable<T> {
  return defer(() => {
    const client = clientOf(options);
    return work(client).pipe(finalize(() => void client.close()));
  });
}

/** Why no agent answers; undefined if one does. One that refuses the key answers. */
export function noAgent(options: RpcOptions): Observable<ConnectError | undefined> {
  return withClient(options, (client) => concat(client.stats().pipe(ignoreElements()), of(undefined))).pipe(
    takeLast(1),
    catchError((error) => {
      if (error instanceof ConnectError) return of(error);
      throw error;
    }),
  );
}
