import { readFileSync } from 'node:fs';
import {
  catchError,
  concat,
  defer,
  finalize,
  ignoreElements,
  merge,
  type Observable,
  of,
  retry,
  switchMap,
  take,
  takeLast,
  tap,
  throwError,
  timeout,
} from 'rxjs';
import type { SerfClient } from '../client/serf-client.ts';
import { utf8 } from '../codec.ts';
import { connect } from '../connect.ts';
import { AgentError, ConnectError, InvalidArgumentError, RequestTimeoutError } from '../errors.ts';
import type { ConnectOptions } from '../options.ts';
import type { ReconnectOptions } from '../reconnect.ts';
import { socksSocket } from '../socket/socks-socket.ts';
import type { TlsOptions } from '../socket/tls-options.ts';
import type { RpcOptions } from './rpc-options.ts';

export type Client = SerfClient<string | undefined>;

/** An agent that is waited for is asked for every second at least. */
const WAITING: ReconnectOptions = { firstConnect: 'keep-trying', maxDelay: 1_000 };

/** What a command wants otherwise. */
type ClientSettings = Pick<ConnectOptions, 'heartbeat'>;

/** A client as the options say; an empty variable is none. */
export function clientOf(options: RpcOptions, more: ClientSettings = {}): Client {
  return connect(options.rpcAddr || undefined, {
    codec: utf8(),
    ...more,
    ...accessOf(options),
    ...(options.wait !== undefined && { reconnect: WAITING }),
  });
}

/** How we get to the agent, and how it lets us in. */
export function accessOf(options: RpcOptions): Pick<ConnectOptions, 'authKey' | 'socket' | 'tls'> {
  const { rpcAuth, proxy } = options;
  const { tlsCa, tlsCert, tlsKey } = options;
  const tls = tlsOf('--tls', { ca: tlsCa, cert: tlsCert, key: tlsKey });
  return {
    ...(rpcAuth && { authKey: rpcAuth }),
    ...(proxy ? { socket: socksSocket({ proxy, ...(tls && { tls }) }) } : tls && { tls }),
  };
}

/** What TLS is made with: names of files, in PEM. */
interface TlsFiles {
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

/**
 * TLS with what is in these files, if there is any.
 *
 * @param prefix of the options that name them: `--tls`, say
 */
export function tlsOf(prefix: string, { ca, cert, key }: TlsFiles): TlsOptions | undefined {
  if (ca === undefined && cert === undefined && key === undefined) return undefined;
  return {
    ...(ca !== undefined && { ca: contentOf(`${prefix}-ca`, ca) }),
    ...(cert !== undefined && { cert: contentOf(`${prefix}-cert`, cert) }),
    ...(key !== undefined && { key: contentOf(`${prefix}-key`, key) }),
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
export function withClient<T>(
  options: RpcOptions,
  work: (client: Client) => Observable<T>,
  more?: ClientSettings,
): Observable<T> {
  return defer(() => {
    const client = clientOf(options, more);
    const { wait } = options;
    const work$ = wait === undefined ? work(client) : there(client, wait).pipe(switchMap(() => work(client)));
    return work$.pipe(finalize(() => void client.close()));
  });
}

/** Emits when an agent answers, in whatever way. @throws the reason why none does, when the time is over */
function there(client: Client, wait: number | true): Observable<unknown> {
  const asked$ = client.stats().pipe(
    retry({
      delay: (error) => (error instanceof RequestTimeoutError ? of(undefined) : throwError(() => error)),
    }),
    catchError((error) => {
      if (error instanceof AgentError) return of(undefined);
      throw error;
    }),
  );
  if (wait === true) return asked$;
  return defer(() => {
    let reason: Error = new ConnectError('connect-timeout', `no agent has answered within ${wait / 1_000} s`);
    const noted$ = client.status$.pipe(
      tap((status) => {
        if (status.state === 'waiting') reason = status.error;
      }),
      ignoreElements(),
    );
    return merge(noted$, asked$).pipe(
      take(1),
      timeout({ first: wait, with: () => throwError(() => reason) }),
    );
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
