import type { Command } from 'commander';
import { concatMap, filter, type Observable, switchMap, tap } from 'rxjs';
import { InvalidArgumentError } from '../../errors.ts';
import { noAgent } from '../connection.ts';
import { regionNodes } from '../demo/demo-regions.ts';
import { demoStory } from '../demo/demo-story.ts';
import { embeddedAgent } from '../demo/embedded-agent.ts';
import { linesOf } from '../gateway/gateway-lines.ts';
import type { Line } from '../output/line.ts';
import { integer } from '../parse.ts';
import { isAddressGiven, type RpcOptions, withRpcOptions } from '../rpc-options.ts';
import { runUntilStopped } from '../run.ts';
import { type DashboardEvent, dashboardGateway, ROLES } from './dashboard-gateway.ts';
import { openInBrowser } from './open-in-browser.ts';

interface DashboardFlags extends RpcOptions {
  readonly port: number;
  readonly role?: string;
  readonly demo?: boolean;
  readonly open?: true;
}

export function addDashboard(command: Command): void {
  withRpcOptions(command)
    .option('--port <n>', 'the port on 127.0.0.1; 0 for any', integer(0, 65_535), 0)
    .option('--role <role>', 'viewer, operator or admin (default: viewer; admin of a demo)')
    .option('--demo', 'an embedded cluster in which something happens')
    .option('--no-demo', 'none, even where no agent answers at an address that was not given as an option')
    .option('--open', 'open it in the browser')
    .action((flags: DashboardFlags, command: Command) =>
      runUntilStopped(showing(flags, isAddressGiven(command))),
    );
}

function showing(flags: DashboardFlags, addressGiven: boolean): Observable<string | Line> {
  if (flags.role !== undefined && !Object.hasOwn(ROLES, flags.role))
    throw new InvalidArgumentError(
      'invalid-argument',
      `--role should be ${Object.keys(ROLES).join(', ')}, not ${JSON.stringify(flags.role)}`,
    );
  if (flags.demo) return withDemo(flags);
  if (flags.demo === false || addressGiven) return withAgent(flags, flags.role ?? 'viewer');
  return noAgent(flags).pipe(
    switchMap((reason) => (reason ? withDemo(flags) : withAgent(flags, flags.role ?? 'viewer'))),
  );
}

function withDemo(flags: DashboardFlags): Observable<string | Line> {
  return embeddedAgent({ nodes: regionNodes(), port: 0, churn: demoStory }).pipe(
    filter((event) => event.type === 'listening'),
    switchMap(({ address }) =>
      withAgent({ open: flags.open as true, port: flags.port, rpcAddr: address }, flags.role ?? 'admin', [
        'DEMO: this is an embedded cluster of 60 nodes in three regions.',
        `In another terminal: npx rxserf event hello --rpc-addr ${address}`,
      ]),
    ),
  );
}

function withAgent(
  flags: DashboardFlags,
  role: string,
  about: readonly string[] = [],
): Observable<string | Line> {
  return dashboardGateway(flags, { port: flags.port, role }).pipe(
    tap((event) => {
      if (event.type === 'listening' && flags.open) openInBrowser(event.address);
    }),
    concatMap((event) => linesAbout(event, role, about)),
  );
}

function linesAbout(event: DashboardEvent, role: string, about: readonly string[]): (string | Line)[] {
  if (event.type !== 'listening') return linesOf(event);
  // Whoever reads this line may do what the role may: it is for the terminal of who started it.
  return [...about, `The dashboard, as ${role}: ${event.address}`, 'Ctrl-C ends it.'];
}
