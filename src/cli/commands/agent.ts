import type { Command } from 'commander';
import { concatMap, type Observable } from 'rxjs';
import { isLoopback } from '../../http/host.ts';
import { churn } from '../demo/churn.ts';
import { demoNodes } from '../demo/demo-nodes.ts';
import { embeddedAgent } from '../demo/embedded-agent.ts';
import { type AgentReport, fewerReports } from '../demo/fewer-reports.ts';
import { clock } from '../output/describe.ts';
import { record } from '../output/json.ts';
import { note } from '../output/output.ts';
import { printable } from '../output/text.ts';
import { integer } from '../parse.ts';
import { runUntilStopped } from '../run.ts';

/** How much of a text is told, in characters: a peer can bring about one of any length. */
const TOLD = 500;

interface AgentFlags {
  readonly nodes: number;
  readonly host: string;
  readonly port: number;
  readonly authKey?: string;
  readonly churn: boolean;
  readonly json?: true;
}

export function addAgent(command: Command): void {
  command
    .option('--nodes <n>', 'how many nodes; clients talk to the first', integer(1, 10_000), 5)
    .option('--host <address>', 'where to listen', '127.0.0.1')
    .option('--port <n>', 'the TCP port; 0 for any', integer(0, 65_535), 7373)
    .option('--auth-key <key>', 'the key that clients have to give')
    .option('--churn', 'members fail, leave, return and are updated now and then', false)
    .option('--json', 'lines of JSON')
    .action((flags: AgentFlags) => runUntilStopped(serving(flags)));
}

function serving({ json, ...options }: AgentFlags): Observable<string> {
  if (!options.authKey && !isLoopback(options.host))
    note(`whoever can reach ${options.host} can control this cluster: there is no --auth-key`);
  const { nodes, churn: churns, ...at } = options;
  return embeddedAgent({ nodes: demoNodes(nodes), churn: churns ? churn : undefined, ...at }).pipe(
    fewerReports(),
    concatMap((event) => (json ? [jsonOf(event)] : linesOf(event, options.nodes))),
  );
}

function linesOf(event: AgentReport, nodes: number): string[] {
  const line = (text: string) => [`${clock(Date.now())}  ${text}`];
  switch (event.type) {
    case 'listening':
      return [
        `an embedded cluster of ${nodes} node${nodes > 1 ? 's' : ''} listens on ${event.address}`,
        `try: rxserf watch --rpc-addr ${event.address} (Ctrl-C ends)`,
      ];
    case 'churn':
      return line(event.text);
    case 'accepted':
      return line(`${event.peer.address} has connected`);
    case 'refused':
      return line(
        `${event.peer.address} ${told(event.command)}: ${told(event.error.message)}` +
          (event.count > 1 ? ` (the last of ${event.count} refusals)` : ''),
      );
    case 'disconnected':
      return line(`${event.peer.address} has gone${event.error ? `: ${told(event.error.message)}` : ''}`);
    case 'dropped':
      return line(`${event.peer.address} reads too slowly: ${event.total} records dropped so far`);
    case 'rejected':
      return line(`${event.address} was rejected: there are too many`);
    default:
      return [];
  }
}

function told(text: string): string {
  return printable(text.slice(0, TOLD));
}

function jsonOf({ type, ...fields }: AgentReport): string {
  return record(type, fields);
}
