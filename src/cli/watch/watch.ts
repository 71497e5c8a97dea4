import type { Command } from 'commander';
import { concat, type Observable, switchMap } from 'rxjs';
import { type FilterOptions, filterOf, withFilterOptions } from '../commands/members.ts';
import { type Client, noAgent, type RpcOptions, withClient, withRpcOptions } from '../connection.ts';
import { withDemo } from '../demo/demo.ts';
import type { Line } from '../output/line.ts';
import { onTerminal } from '../output/output.ts';
import { runUntilStopped } from '../run.ts';
import { watchJson, watchLines } from './watch-lines.ts';
import { watchOnScreen } from './watch-screen.ts';

interface WatchOptions extends RpcOptions, FilterOptions {
  readonly filter: string;
  readonly json?: true;
  readonly demo?: boolean;
}

type Watching = (client: Client, about: readonly string[]) => Observable<string | Line>;

export function addWatch(command: Command): void {
  withRpcOptions(withFilterOptions(command))
    .option('--filter <events>', 'which events to show, such as member-failed,user:deploy', '*')
    .option('--json', 'lines of JSON')
    .option('--demo', 'watch an embedded cluster in which something happens')
    .option('--no-demo', 'do not, even where no agent answers at an address that was not given as an option')
    .action((options: WatchOptions, command: Command) =>
      runUntilStopped(watching(options, command.getOptionValueSource('rpcAddr') === 'cli')),
    );
}

function watching(options: WatchOptions, addressGiven: boolean): Observable<string | Line> {
  const watch = watchAs(options);
  if (options.demo) return withDemo('', watch);
  if (options.demo === false || addressGiven || options.json)
    return withClient(options, (client) => watch(client, []));
  return noAgent(options).pipe(
    switchMap((reason) =>
      reason
        ? withDemo(`no agent at ${reason.address ?? 'any of the addresses'}; `, watch)
        : withClient(options, (client) => watch(client, [])),
    ),
  );
}

function watchAs(options: WatchOptions): Watching {
  const wanted = { members: filterOf(options), filter: options.filter };
  if (options.json) return (client) => watchJson(client, wanted);
  if (onTerminal()) return (client, about) => watchOnScreen(client, wanted, about);
  return (client, about) => concat(about, watchLines(client, wanted));
}
