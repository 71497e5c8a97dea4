// The processor time of a run of the command `rxserf`, from its start to its end, beside that of Node, which does nothing.
//
//   node      node -e 0
//   version   rxserf --version
//   members   rxserf members, of an agent with 5 members
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { begin } from '../peers/runner.mjs';

const bench = join(import.meta.dirname, '..');
const main = join(bench, 'node_modules/rxserf/dist/cli/main.js');

const run = begin();
/** @type {Record<string, string[]>} */
const COMMANDS = {
  node: ['-e', '0'],
  version: [main, '--version'],
  members: [main, 'members', '--rpc-addr', run.address],
};
const command = [process.execPath, ...(COMMANDS[run.peer] ?? [])];
// What is compiled is cached below. The first run is the one that installs it.
const env = { ...process.env, XDG_CACHE_HOME: join(bench, '.cache') };
timesOf(1);
run.emit({ cpu_s: timesOf(run.n) / run.n });

/**
 * The shell has the processor time of its children, which Node does not tell of.
 *
 * @param {number} n
 */
function timesOf(n) {
  const script = `TIMEFORMAT='%3U %3S'; time for ((i = 0; i < ${n}; i++)); do "$@" >/dev/null || exit; done`;
  const told = execFileSync('bash', ['-c', `{ ${script}; } 2>&1`, 'bash', ...command], {
    env,
    encoding: 'utf8',
  });
  return told.split(' ').reduce((sum, seconds) => sum + Number(seconds), 0);
}
