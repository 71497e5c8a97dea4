import { readFileSync } from 'node:fs';
import { Command } from 'commander';
import { addAgent } from './commands/agent.ts';
import { addEvent } from './commands/event.ts';
import { addMembers } from './commands/members.ts';
import { addMonitor } from './commands/monitor.ts';
import { addQuery } from './commands/query.ts';
import { addRtt } from './commands/rtt.ts';
import { addDashboard } from './dashboard/dashboard.ts';
import { addGateway } from './gateway/gateway.ts';
import { addWatch } from './watch/watch.ts';

const ABOUT = `Watch and ask a HashiCorp Serf cluster.

Options may be written as the serf command has them: -status=alive is --status alive.`;

/** The command line: every command with its options. It throws where it would exit. */
export function makeProgram(): Command {
  const program = new Command('rxserf')
    .description(ABOUT)
    .version(version(), '--version', 'print the version')
    .exitOverride()
    .configureOutput({ outputError: (text, write) => write(text.replace(/^error:/, 'rxserf:')) });
  addWatch(program);
  addAgent(program);
  addMembers(program);
  addMonitor(program);
  addQuery(program);
  addEvent(program);
  addRtt(program);
  addGateway(program);
  addDashboard(program);
  return program;
}

function version(): string {
  const manifest = readFileSync(new URL('../../package.json', import.meta.url), 'utf8');
  return (JSON.parse(manifest) as { version: string }).version;
}
