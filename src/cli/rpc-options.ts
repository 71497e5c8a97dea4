import { type Command, Option } from 'commander';
import { type Context, contextNamed, readContexts } from './context/contexts.ts';
import { hasKey, hasPassword, hideArguments, keyOfFile, keyOfVariable, typedKey } from './key.ts';
import { goDuration } from './parse.ts';

/** What every command that talks to an agent takes. */
export interface RpcOptions {
  readonly rpcAddr?: string;
  readonly rpcAuth?: string;
  /** Names of files. */
  readonly tlsCa?: string;
  readonly tlsCert?: string;
  readonly tlsKey?: string;
  readonly proxy?: string;
  /** Wait for an agent that is not there yet; in ms: no longer than this. */
  readonly wait?: number | true;
}

/** Gives a command the options of {@link RpcOptions}. Before its action, they are filled in from contexts, files and variables. */
export function withRpcOptions(command: Command): Command {
  return command
    .option(
      '--rpc-addr <address>',
      'RPC address of the agent, or several with commas (env: SERF_RPC_ADDR; default: 127.0.0.1:7373)',
    )
    .option('--rpc-auth <key>', 'RPC auth key of the agent (env: SERF_RPC_AUTH)')
    .addOption(
      new Option('--rpc-auth-file <file>', 'the file that has the key; nobody else may read it').conflicts([
        'rpcAuth',
        'rpcAuthPrompt',
      ]),
    )
    .addOption(new Option('--rpc-auth-prompt', 'ask for the key').conflicts('rpcAuth'))
    .addOption(
      new Option('--context <name>', 'a context of the config file (env: RXSERF_CONTEXT)').conflicts(
        'rpcAddr',
      ),
    )
    .option(
      '--proxy <url>',
      'SOCKS proxy to the agent, as socks5://user:password@host:port (env: SERF_RPC_PROXY)',
    )
    .option('--tls-ca <file>', 'authorities to trust at a serfs:// address, PEM')
    .option('--tls-cert <file>', 'certificate to show there, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .option(
      '--wait [time]',
      'wait for an agent that is not there yet, such as 30s (default: for ever)',
      goDuration,
    )
    .option('--debug', 'print what goes over the wire, without keys and payloads (env: RXSERF_DEBUG)')
    .on('option:debug', () => {
      process.env['RXSERF_DEBUG'] ||= '1';
    })
    .hook('preAction', (_, action) => fillIn(action));
}

/** Whether somebody has named an agent, by an option or a context. */
export function isAddressGiven(command: Command): boolean {
  return ['cli', 'config'].includes(command.getOptionValueSource('rpcAddr') ?? '');
}

/**
 * Where the options do not say, a context does, or else the environment. A context is taken as a whole: its key is not sent to an
 * address that it does not have, nor another key to its own, unless an option says so.
 */
export async function fillIn(command: Command): Promise<void> {
  const { SERF_RPC_ADDR, SERF_RPC_AUTH, SERF_RPC_PROXY, RXSERF_CONTEXT = '' } = process.env;
  // What we start has no business with them.
  for (const secret of ['SERF_RPC_AUTH', 'SERF_RPC_PROXY']) delete process.env[secret];
  const given = command.opts<{
    rpcAddr?: string;
    rpcAuth?: string;
    rpcAuthFile?: string;
    rpcAuthPrompt?: true;
    proxy?: string;
    context?: string;
  }>();
  if (given.rpcAuth !== undefined || hasKey(given.rpcAddr ?? '') || hasPassword(given.proxy ?? ''))
    hideArguments();
  if (given.rpcAuthFile !== undefined)
    command.setOptionValueWithSource('rpcAuth', keyOfFile('--rpc-auth-file', given.rpcAuthFile), 'cli');
  if (given.rpcAuthPrompt) command.setOptionValueWithSource('rpcAuth', await typedKey('RPC auth key'), 'cli');

  const fill = (values: Readonly<Record<string, string | undefined>>, source: string) => {
    for (const [name, value] of Object.entries(values))
      if (value && command.getOptionValue(name) === undefined)
        command.setOptionValueWithSource(name, value, source);
  };
  const name =
    given.context ?? (given.rpcAddr === undefined ? RXSERF_CONTEXT || currentContext() : undefined);
  if (!name) return fill({ rpcAddr: SERF_RPC_ADDR, rpcAuth: SERF_RPC_AUTH, proxy: SERF_RPC_PROXY }, 'env');
  const { rpcAuthFile, rpcAuthEnv, ...context }: Context = contextNamed(name);
  const described = `context ${name}`;
  const keyed = command.getOptionValue('rpcAuth') !== undefined;
  fill(context, 'config');
  if (rpcAuthFile && !keyed) fill({ rpcAuth: keyOfFile(described, rpcAuthFile) }, 'config');
  if (rpcAuthEnv && !keyed) fill({ rpcAuth: keyOfVariable(described, rpcAuthEnv) }, 'config');
}

/** The context in use, where the environment names no agent. */
function currentContext(): string | undefined {
  return process.env['SERF_RPC_ADDR'] ? undefined : readContexts().current;
}
