import { execSync } from 'node:child_process';
import { arch, availableParallelism, cpus, loadavg, release, totalmem, type } from 'node:os';

/** What the numbers depend on, as lines; to be asked for before the first measurement. */
export function machineFacts() {
  const gib = Math.round(totalmem() / 2 ** 30);
  return [
    new Date().toISOString().slice(0, 10),
    `${availableParallelism()} × ${cpus()[0]?.model ?? arch()}, ${gib} GiB`,
    `${type()} ${release()}, ${arch()}`,
    `Node ${process.version}, V8 ${process.versions.v8}`,
    `Go ${/\d\S+/.exec(told('go version'))?.[0]}, Debian’s golang-github-hashicorp-serf-dev ${told(`dpkg-query -W -f '\${Version}' golang-github-hashicorp-serf-dev`)}`,
    `load average at the start: ${load().toFixed(2)}`,
  ];
}

/** The command that runs another on the first processor there is; none where there is no `taskset`. */
export const onOneProcessor = launcher();

function launcher() {
  const [, first] = /list: (\d+)/.exec(told('taskset -cp $$')) ?? [];
  return first ? ['taskset', '-c', first] : [];
}

/** Of the last minute. */
export function load() {
  return loadavg()[0] ?? 0;
}

/** @param {string} command */
function told(command) {
  try {
    return execSync(command, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }).trim();
  } catch {
    return 'unknown';
  }
}
