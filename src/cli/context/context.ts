import { resolve } from 'node:path';
import type { Command } from 'commander';
import { parseAddresses } from '../../address.ts';
import { InvalidArgumentError } from '../../errors.ts';
import { hasKey, hasPassword } from '../key.ts';
import { ndjson } from '../output/json.ts';
import { span, table } from '../output/line.ts';
import { print } from '../output/output.ts';
import { printable } from '../output/text.ts';
import { type Context, contextNamed, contextsFile, readContexts, writeContexts } from './contexts.ts';

/** Those of a context that name a file. */
const FILES = ['rpcAuthFile', 'tlsCa', 'tlsCert', 'tlsKey'];

export function addContext(command: Command): void {
  command
    .command('list', { isDefault: true })
    .description('the contexts; a star is before the one in use')
    .option('--json', 'a line of JSON for each')
    .action(list);
  command
    .command('use')
    .description('use it wherever neither options nor the environment name an agent')
    .argument('<name>', 'a context, or - for none')
    .action(use);
  command
    .command('set')
    .description('make a context, or one anew')
    .argument('<name>')
    .requiredOption('--rpc-addr <address>', 'RPC address of the agent, or several with commas')
    .option('--rpc-auth-file <file>', 'the file with the RPC auth key, that nobody else can read')
    .option('--rpc-auth-env <variable>', 'the variable with the RPC auth key')
    .option('--proxy <url>', 'SOCKS proxy to the agent, without a password')
    .option('--tls-ca <file>', 'authorities to trust at a serfs:// address, PEM')
    .option('--tls-cert <file>', 'certificate to show there, PEM')
    .option('--tls-key <file>', 'its key, PEM')
    .action(set);
  command.command('remove').description('forget a context').argument('<name>').action(remove);
  command
    .command('path')
    .description('the file that has them')
    .action(() => print(contextsFile()));
}

function list({ json }: { json?: true }): void {
  const { current, contexts } = readContexts();
  const entries = [...contexts].sort(([a], [b]) => (a < b ? -1 : 1));
  if (json) {
    for (const [name, context] of entries) print(ndjson({ name, current: name === current, ...context }));
    return;
  }
  const rows = entries.map(([name, { rpcAddr = '' }]) => [
    span(name === current ? '*' : ' '),
    span(printable(name)),
    span(printable(rpcAddr)),
  ]);
  for (const row of table(rows)) print(row);
}

function use(name: string): void {
  const all = readContexts();
  if (name !== '-') contextNamed(name, all);
  writeContexts({ ...all, current: name === '-' ? undefined : name });
}

function set(name: string, context: Context): void {
  const { rpcAddr = '', rpcAuthFile, rpcAuthEnv, proxy = '' } = context;
  if (name === '' || name === '-') throw refused(`a context cannot have the name "${name}"`);
  if (hasKey(rpcAddr))
    throw refused(
      'a key does not belong into an address that is kept: give --rpc-auth-file or --rpc-auth-env',
    );
  if (hasPassword(proxy))
    throw refused('a password does not belong into an address that is kept: use SERF_RPC_PROXY');
  if (rpcAuthFile !== undefined && rpcAuthEnv !== undefined)
    throw refused('only one of --rpc-auth-file and --rpc-auth-env can have the key');
  parseAddresses(rpcAddr);
  const kept = Object.entries(context).map(([field, text]: [string, string]) => [
    field,
    FILES.includes(field) ? resolve(text) : text,
  ]);
  const all = readContexts();
  writeContexts({ ...all, contexts: new Map([...all.contexts, [name, Object.fromEntries(kept)]]) });
}

function remove(name: string): void {
  const { current, contexts } = readContexts();
  contextNamed(name, { current, contexts });
  const left = new Map(contexts);
  left.delete(name);
  writeContexts({ current: current === name ? undefined : current, contexts: left });
}

function refused(text: string): InvalidArgumentError {
  return new InvalidArgumentError('invalid-argument', text);
}
