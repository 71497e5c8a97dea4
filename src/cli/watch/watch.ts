import type { Command } from 'commander';
import { concat, EMPTY, merge, type Observable, switchMap } from 'rxjs';
import { type FilterOptions, filterOf, withFilterOptions } from '../commands/members.ts';
import { type Client, noAgent, withClient } from '../connection.ts';
import { dashboardFooter } from '../dashboard/dashboard-footer.ts';
import { withDemo } from '../demo/demo.ts';
import type { Line } from '../output/line.ts';
import { onTerminal } from '../output/output.ts';
import { isAddressGiven, type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { runUntilStopped } from '../run.ts';
import { watchJson, watchLines } from './watch-lines.ts';
import { watchOnScreen } from './watch-screen.ts';

interface WatchOptions extends RpcOptions, FilterOptions {
  readonly filter: string;
  readonly json?: true;
  readonly demo?: boolean;
  readonly dashboard?: true;
}

/** Somebody looks on: an agent that has stopped is to be seen in 2 to 6 s, and given up after 10 at most. In ms. */
const HEARTBEAT = 4_000;

/** What a view is made of: a client, what there is to say above it, and below. */
type Watching = (
  client: Client,
  about: readonly string[],
  footer$: Observable<string>,
) => Observable<string | Line>;

export function addWatch(command: Command): void {
  withRpcOptions(withFilterOptions(command))
    .option('--filter <events>', 'which events to show, such as member-failed,user:deploy', '*')
    .option('--json', 'lines of JSON')
    .option('--demo', 'watch an embedded cluster in which something happens')
    .option('--no-demo', 'do not, even where no agent answers at an address that was not given as an option')
    .option('--dashboard', 'the dashboard in a browser as well: its address stands below the view')
    .action((options: WatchOptions, command: Command) =>
      runUntilStopped(watching(options, isAddressGiven(command))),
    );
}

function watching(options: WatchOptions, addressGiven: boolean): Observable<string | Line> {
  const watch = watchAs(options);
  const footer = (rpc: RpcOptions, role: string) => (options.dashboard ? dashboardFooter(rpc, role) : EMPTY);
  const agent = () =>
    withClient(options, (client) => watch(client, [], footer(options, 'viewer')), { heartbeat: HEARTBEAT });
  const demo = (why: string) =>
    withDemo(why, (client, about, rpcAddr) => watch(client, about, footer({ rpcAddr }, 'admin')));
  if (options.demo) return demo('');
  if (options.demo === false || addressGiven || options.json) return agent();
  const several = options.rpcAddr?.includes(',');
  return noAgent(options).pipe(
    switchMap((reason) =>
      reason ? demo(`no agent at ${several ? 'any of the addresses' : reason.address}; `) : agent(),
    ),
  );
}

function watchAs(options: WatchOptions): Watching {
  const wanted = { members: filterOf(options), filter: options.filter };
  if (options.json) return (client) => watchJson(client, wanted);
  if (onTerminal()) return (client, about, footer$) => watchOnScreen(client, wanted, about, footer$);
  return (client, about, footer$) => concat(about, merge(watchLines(client, wanted), footer$));
}
