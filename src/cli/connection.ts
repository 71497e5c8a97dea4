import { type Command, Option } from 'commander';
import { defer, finalize, type Observable } from 'rxjs';
import type { SerfClient } from '../client/serf-client.ts';
import { utf8 } from '../codec.ts';
import { connect } from '../connect.ts';

export type Client = SerfClient<string | undefined>;

/** What every command that talks to an agent takes. */
export interface RpcOptions {
  readonly rpcAddr?: string;
  readonly rpcAuth?: string;
}

export function withRpcOptions(command: Command): Command {
  return command
    .addOption(
      new Option(
        '--rpc-addr <address>',
        'RPC address of the agent, or several with commas (default: 127.0.0.1:7373)',
      ).env('SERF_RPC_ADDR'),
    )
    .addOption(new Option('--rpc-auth <key>', 'RPC auth key of the agent').env('SERF_RPC_AUTH'));
}

/** A client as the options say; an empty variable is none. */
export function clientOf({ rpcAddr, rpcAuth }: RpcOptions): Client {
  return connect(rpcAddr || undefined, { codec: utf8(), ...(rpcAuth && { authKey: rpcAuth }) });
}

/** Work with a client that is closed when the work has ended, however it ends. */
export function withClient<T>(options: RpcOptions, work: (client: Client) => Observable<T>): Observable<T> {
  return defer(() => {
    const client = clientOf(options);
    return work(client).pipe(finalize(() => void client.close()));
  });
}
