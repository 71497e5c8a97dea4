import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { concatMap, defer, finalize, fromEvent, type Observable, share } from 'rxjs';
import { connect } from '../../connect.ts';
import { InvalidArgumentError } from '../../errors.ts';
import type { GatewayEvent } from '../../gateway/events.ts';
import { gateway } from '../../gateway/gateway.ts';
import type { Authenticate } from '../../gateway/identity.ts';
import { accessOf } from '../connection.ts';
import { isReadByOthers } from '../key.ts';
import { record } from '../output/json.ts';
import type { Line } from '../output/line.ts';
import { note, onTerminal, stopOn } from '../output/output.ts';
import { collect } from '../parse.ts';
import { type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { runToTheEnd } from '../run.ts';
import { checkLines } from './gateway-check.ts';
import { authenticationOf, type GatewayConfig, gatewayOptions, readConfig } from './gateway-config.ts';
import { linesOf } from './gateway-lines.ts';

interface GatewayFlags extends RpcOptions {
  readonly config?: string;
  readonly listen?: string;
  readonly publicUrl?: string[];
  readonly origin?: string[];
  readonly allowHost?: string[];
  readonly trustProxy?: string[];
  readonly httpsCert?: string;
  readonly httpsKey?: string;
  readonly insecure?: true;
  readonly tokenFile?: string;
  readonly role?: string;
  readonly anonymous?: string;
  readonly cookie?: string;
  readonly metrics?: true;
  readonly api?: true;
  readonly dashboard?: true;
  readonly check?: true;
  readonly json?: true;
}

export function addGateway(command: Command): void {
  withRpcOptions(command)
    .option('--config <file>', 'a JSON file with all of this and more; flags win over it')
    .option('--listen <host:port>', 'where to listen (default: 127.0.0.1:7380)')
    .option('--public-url <url>', 'where browsers find it; several times for several', collect)
    .option('--origin <origin>', 'a further origin whose pages may connect; several times', collect)
    .option('--allow-host <name>', 'a further name that it answers to; several times', collect)
    .option('--trust-proxy <address>', 'a proxy, or a subnet, whose X-Forwarded-For is believed', collect)
    .option('--https-cert <file>', 'certificate for https and wss, PEM; read again on SIGHUP and every hour')
    .option('--https-key <file>', 'its key, PEM')
    .option('--insecure', 'listen beyond loopback without TLS, behind a proxy that has it')
    .option('--token-file <file>', 'a token a line, then its role, then a name; read again on SIGHUP')
    .option('--role <role>', 'of tokens without one: viewer, operator or admin (default: viewer)')
    .option('--anonymous <role>', 'what pages without a token are (default: nothing: they need one)')
    .option('--cookie <name>', 'a cookie that may have the token')
    .option('--metrics', 'GET /metrics for Prometheus; needs the package prom-client')
    .option('--api', 'GET /api/members, /api/stats, /api/coordinates/NODE and /api/events, for curl')
    .option('--dashboard', 'serve the dashboard')
    .option('--check', 'say what it would do and what a proxy in front must send, and end')
    .option('--json', 'lines of JSON')
    .action((flags: GatewayFlags) => {
      const config = configOf(flags);
      if (flags.check)
        for (const line of checkLines(gatewayOptions(config))) process.stdout.write(`${line}\n`);
      else return runToTheEnd(running(config, flags.json === true));
      return undefined;
    });
}

/** What the file says, and over it the flags. */
function configOf(flags: GatewayFlags): GatewayConfig {
  const { config, origin, allowHost, httpsCert, httpsKey, check: _, json: __, ...same } = flags;
  if ((httpsCert === undefined) !== (httpsKey === undefined))
    throw new InvalidArgumentError('invalid-argument', '--https-cert and --https-key belong together');
  return {
    ...(config === undefined ? {} : readConfig(config)),
    ...same,
    ...(origin && { origins: origin }),
    ...(allowHost && { hosts: allowHost }),
    ...(httpsCert !== undefined && httpsKey !== undefined && { tls: { cert: httpsCert, key: httpsKey } }),
  };
}

function running(config: GatewayConfig, json: boolean): Observable<string | Line> {
  return defer(() => {
    const settled = withSomeToken(config);
    const options = gatewayOptions(settled);
    if (settled.tokenFile !== undefined && isReadByOthers(settled.tokenFile))
      note(`others can read ${settled.tokenFile}: chmod 600`);
    const client = connect(settled.rpcAddr || undefined, {
      ...accessOf(settled),
      reconnect: { firstConnect: 'keep-trying' },
    });
    const hangup$ = fromEvent(process, 'SIGHUP').pipe(share());
    let authenticate: Authenticate = options.authenticate;
    const again = hangup$.subscribe(() => {
      try {
        authenticate = authenticationOf(settled);
      } catch (error) {
        note(`the tokens stay as they are: ${(error as Error).message}`);
      }
    });
    const events$ = gateway(client, {
      ...options,
      authenticate: (credential) => authenticate(credential),
      tlsReload: hangup$,
      drain: stopOn(['SIGINT', 'SIGTERM']),
    });
    return events$.pipe(
      concatMap((event: GatewayEvent) => (json ? [jsonOf(event)] : linesOf(event))),
      finalize(() => {
        again.unsubscribe();
        void client.close();
      }),
    );
  });
}

/** With a token made up for whoever sits in front of it; anywhere else it would stand in a log. */
function withSomeToken(config: GatewayConfig): GatewayConfig {
  const { tokens, tokenFile, anonymous, role = 'viewer' } = config;
  if (tokens !== undefined || tokenFile !== undefined || anonymous !== undefined) return config;
  if (!onTerminal())
    throw new InvalidArgumentError(
      'invalid-argument',
      'nobody could connect: give --token-file (openssl rand -base64 24 > tokens; chmod 600 tokens), or --anonymous viewer',
    );
  const token = randomBytes(18).toString('base64url');
  note(`without --token-file, the key for this run (${role}) is ${token}`);
  return { ...config, tokens: { [token]: { role } } };
}

/** A peer as what can be told of it. */
function jsonOf({ type, ...fields }: GatewayEvent): string {
  if (!('peer' in fields) || !fields.peer) return record(type, fields);
  const { address, origin, identity } = fields.peer;
  return record(type, { ...fields, peer: { address, origin, ...identity } });
}
