// Runs one measurement in a process of its own, and gives what it says in its last line. README.md has the contract.
import { execFile } from 'node:child_process';

/** After the time within which a runner has to give up by itself, in seconds. */
const GRACE = 10;

/** @typedef {Record<string, number> | {failed: string}} Measured */

/**
 * @param {string[]} command
 * @param {Record<string, string | number>} variables
 * @param {number} limit in seconds
 * @returns {Promise<Measured>}
 */
export function runPeer([file = '', ...args], variables, limit) {
  const env = { ...process.env, BENCH_LIMIT_S: String(limit), ...strings(variables) };
  return new Promise((resolve) => {
    execFile(
      file,
      args,
      { env, timeout: (limit + GRACE) * 1_000, killSignal: 'SIGKILL' },
      (error, stdout, stderr) => {
        const line = stdout.trimEnd().split('\n').at(-1) ?? '';
        if (line.startsWith('{')) resolve(JSON.parse(line));
        else if (error?.killed) resolve({ failed: `killed after ${limit + GRACE} s` });
        else
          resolve({
            failed: `no result: ${
              stderr
                .split('\n')
                .find((text) => /error|fatal/i.test(text))
                ?.slice(0, 200) ?? `exit status ${error?.code ?? 0}`
            }`,
          });
      },
    );
  });
}

/** @param {Record<string, string | number>} variables */
function strings(variables) {
  return Object.fromEntries(Object.entries(variables).map(([name, value]) => [name, String(value)]));
}
