import { randomBytes } from 'node:crypto';
import type { Command } from 'commander';
import { concatMap, defer, filter, finalize, type Observable, switchMap, tap } from 'rxjs';
import { connect } from '../../connect.ts';
import { InvalidArgumentError } from '../../errors.ts';
import type { GatewayEvent } from '../../gateway/events.ts';
import { gateway } from '../../gateway/gateway.ts';
import { tokens } from '../../gateway/identity.ts';
import type { Policy } from '../../server/policy/policy-rules.ts';
import { ADMIN, OPERATOR, VIEWER } from '../../server/policy/roles.ts';
import { accessOf, noAgent, type RpcOptions, withRpcOptions } from '../connection.ts';
import { regionNodes } from '../demo/demo-regions.ts';
import { demoStory } from '../demo/demo-story.ts';
import { embeddedAgent } from '../demo/embedded-agent.ts';
import { linesOf } from '../gateway/gateway-lines.ts';
import type { Line } from '../output/line.ts';
import { integer } from '../parse.ts';
import { runUntilStopped } from '../run.ts';
import { openInBrowser } from './open-in-browser.ts';

interface DashboardFlags extends RpcOptions {
  readonly port: number;
  readonly role?: string;
  readonly demo?: boolean;
  readonly open?: true;
}

/** An operator's events, queries and tags have to be named: whoever asks for that role here may use all of them. */
const ROLES: Readonly<Record<string, Policy>> = {
  viewer: VIEWER,
  operator: { ...OPERATOR, events: ['*'], queries: ['*'], setTags: ['*'] },
  admin: ADMIN,
};

export function addDashboard(command: Command): void {
  withRpcOptions(command)
    .option('--port <n>', 'the port on 127.0.0.1; 0 for any', integer(0, 65_535), 0)
    .option('--role <role>', 'viewer, operator or admin (default: viewer; admin of a demo)')
    .option('--demo', 'an embedded cluster in which something happens')
    .option('--no-demo', 'none, even where no agent answers at an address that was not given as an option')
    .option('--open', 'open it in the browser')
    .action((flags: DashboardFlags, command: Command) =>
      runUntilStopped(showing(flags, command.getOptionValueSource('rpcAddr') === 'cli')),
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
  return defer(() => {
    const key = randomBytes(18).toString('base64url');
    const client = connect(flags.rpcAddr || undefined, {
      ...accessOf(flags),
      reconnect: { firstConnect: 'keep-trying' },
    });
    const events$ = gateway(client, {
      port: flags.port,
      authenticate: tokens({ [key]: { role, name: 'you' } }),
      roles: ROLES,
      dashboard: true,
    });
    return events$.pipe(
      tap((event) => {
        if (event.type === 'listening' && flags.open) openInBrowser(addressOf(event.url, key));
      }),
      concatMap((event) => linesAbout(event, key, role, about)),
      finalize(() => void client.close()),
    );
  });
}

function linesAbout(
  event: GatewayEvent,
  key: string,
  role: string,
  about: readonly string[],
): (string | Line)[] {
  if (event.type !== 'listening') return linesOf(event);
  // Whoever reads this line may do what the role may: it is for the terminal of who started it.
  return [...about, `The dashboard, as ${role}: ${addressOf(event.url, key)}`, 'Ctrl-C ends it.'];
}

/** The key is behind the #: no server, proxy or log gets to see it. */
function addressOf(url: string, key: string): string {
  return `${url.replace(/\/$/, '')}/#key=${key}`;
}
