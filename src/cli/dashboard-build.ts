import { spawn } from 'node:child_process';
import { constants, setPriority } from 'node:os';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Observable } from 'rxjs';
import { printable } from './output/text.ts';

/**
 * Builds the dashboard of a checkout; what is published has it built, and no script. (In this folder and no deeper one, as the built
 * command has no folders: it is as far from here.)
 */
export const BUILD_SCRIPT = fileURLToPath(new URL('../../scripts/build-dashboard.mjs', import.meta.url));

/** Runs the script to its end, and emits how far it is; errors with its last words if it fails. */
export function builtBy(script: string): Observable<string> {
  return new Observable((subscriber) => {
    // A group of its own, so that what it starts ends with it.
    const child = spawn(process.execPath, [script, '--if-needed'], {
      stdio: ['ignore', 'ignore', 'pipe'],
      detached: true,
    });
    let last = 'the build has failed';
    let running = true;
    child.on('spawn', () => {
      // Before it starts anything itself, which has the same priority then.
      if (child.pid) setPriority(child.pid, constants.priority.PRIORITY_LOW);
    });
    createInterface({ input: child.stderr }).on('line', (line) => {
      const [, said] = /^dashboard: (.+)/.exec(line) ?? [];
      if (!said) return;
      last = said;
      subscriber.next(`dashboard: ${printable(said)}…`);
    });
    child.on('error', (error) => subscriber.error(error));
    child.on('close', (code) => {
      running = false;
      if (code === 0) subscriber.complete();
      else subscriber.error(new Error(`${last}; npm run dashboard shows more`));
    });
    return () => {
      if (running && child.pid) endGroup(child.pid);
    };
  });
}

function endGroup(pid: number): void {
  try {
    process.kill(process.platform === 'win32' ? pid : -pid);
  } catch {
    // It has just ended.
  }
}
